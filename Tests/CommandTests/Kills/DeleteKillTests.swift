// A delete that is killed: the run is there or gone as a whole, the next command says what became of it, and what it
// advises gives the space back.

import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DeleteKillTests {
  @Test func `A killed delete is made again and gives the space back`() throws {
    try registerEngramFunctions()
    let scratch = try TemporaryDirectory()
    let (start, path) = (scratch.path("start.db"), scratch.path("w.db"))
    try SharedStudy.get().copyWarehouse(to: start)
    var (expected, size) = ([String: [[Value]]](), 0)
    var gone = 0
    // The only run of its model, whose weights go with it.
    try KillMoments(["delete", path, "--run", "memorised"], in: scratch.root).walk(
      prepare: {
        try scratch.clear("w.db")
        try copy(start, to: path)
      },
      undisturbed: {
        (expected, size) = (try contents(path), try bytes(of: path).count)
      },
      again: { moment, result in
        if result.status != 0 {
          gone += 1
          try followAdvice(result, path)
        }
        #expect(try scratch.names("w.db") == ["w.db"], "killed at moment \(moment)")
        try expectSame(contents(path), expected, "killed at moment \(moment)")
        #expect(try bytes(of: path).count == size, "killed at moment \(moment)")
        try expectVerified(path)
      })
    print("killed delete: \(gone) of them had deleted the run already")
  }

  /// The run is gone already: the command must say so and how its space is had.
  private func followAdvice(_ result: CommandResult, _ path: String) throws {
    #expect(result.status == 1 && result.output == "")
    // Nothing to be said where the file was written anew before the kill.
    if try rows(path, "pragma freelist_count") != [[0]] {
      #expect(
        result.errors.contains("'engram-ingest compact \(path)' gives them back"), "\(result)")
    }
    #expect(result.errors.contains("unknown run 'memorised'"), "\(result)")
    expectSuccess(try runCommand("engram-ingest", ["compact", path]))
  }
}
