// An ingest that saves its images and is killed: made again, the set is the one of an undisturbed ingest, byte for byte, and
// no half of one has a name in between.

import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct SavedImagesKillTests {
  @Test func `Images of a killed ingest are saved by the next`() throws {
    try registerEngramFunctions()
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let (path, folder) = (scratch.path("w.db"), scratch.path("saved"))
    let names = ["classes.txt", "images.npy", "keys.txt", "labels.npy"]
    var expected: (rows: [String: [[Value]]], files: [[UInt8]]) = ([:], [])
    let words = [
      "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:260",
      "--layers", "fc3", "--shift", "blur:3", "--save-attacked", folder, "--into", path,
    ]
    try KillMoments(words, in: scratch.root).walk(
      prepare: {
        try scratch.clear("w.db")
        try? FileManager.default.removeItem(atPath: folder)
      },
      undisturbed: {
        expected = (
          try contents(path, ids: false), try names.map { try bytes(of: folder + "/" + $0) }
        )
      },
      killed: { moment in
        // The images come last, and whole.
        let found = try FileManager.default.fileExists(atPath: folder) ? listing(folder) : []
        #expect(found.allSatisfy(names.contains), "\(found), killed at moment \(moment)")
        if found.contains("images.npy") { #expect(found == names) }
      },
      again: { moment, result in
        expectSuccess(result)
        #expect(try scratch.names("") == ["saved", "w.db"], "killed at moment \(moment)")
        #expect(try listing(folder) == names, "killed at moment \(moment)")
        for (name, whole) in zip(names, expected.files) {
          let isSame = try bytes(of: folder + "/" + name) == whole
          #expect(isSame, "\(name), killed at moment \(moment)")
        }
        try expectSame(contents(path, ids: false), expected.rows, "killed at moment \(moment)")
        try expectVerified(path)
      })
  }
}
