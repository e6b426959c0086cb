// label_audit on generated images some of whose labels were changed: it finds them, on a network that was trained on the
// changed labels and on one that never saw them.

import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

/// Made once: the images with changed labels, and a run over them of a network that was trained on them and of one that was
/// not.
private final class FlippedStudy: Sendable {
  static let made = Result { try FlippedStudy() }
  static let samples = 400
  /// Labels that are moved by three classes: two of every class.
  static let flipped = Set(stride(from: 7, to: samples, by: 21))
  private let scratch: TemporaryDirectory
  func path(_ name: String) -> String { scratch.path(name) }

  private init() throws {
    scratch = try TemporaryDirectory()
    atexit { try? FlippedStudy.made.get().removeAll() }
    // A shift that shifts nothing leaves a data set as arrays.
    try run(
      "engram-ingest", "--model", "alexnet-cifar", "--weights", try SharedStudy.get().weights,
      "--data", "shapes:train:\(Self.samples)", "--shift", "sign-noise:eps=0/255",
      "--save-attacked", "flipped", "--layers", "last:1", "--into", "other.db")
    let path = URL(fileURLWithPath: path("flipped/labels.npy"))
    var bytes = try Data(contentsOf: path)
    // Behind a header of 128 bytes: Int64, little-endian.
    try #require(bytes.count == 128 + 8 * Self.samples)
    for sample in Self.flipped { bytes[128 + 8 * sample] = (bytes[128 + 8 * sample] + 3) % 10 }
    try bytes.write(to: path)
    for (name, data) in [("seen", "npy:flipped"), ("unseen", "shapes:test:\(Self.samples)")] {
      try run(
        "engram-train", "--data", data, "--test", "none", "--epochs", "10", "--batch-size", "16",
        "--out", name)
      try run(
        "engram-ingest", "--model", "alexnet-cifar", "--weights", "\(name)/overtrained.safetensors",
        "--data", "npy:flipped", "--layers", name == "seen" ? "all" : "last:1", "--into", "w.db",
        "--name", name)
    }
  }

  func run(_ words: String...) throws {
    let result = try runCommand(
      words[0], Array(words.dropFirst()), directory: scratch.root)
    try #require(result.status == 0, "\(words): \(result.errors)")
  }

  /// Statics are never released.
  private func removeAll() { try? FileManager.default.removeItem(atPath: scratch.root) }
}

@Suite struct LabelAuditAnswerTests {
  private static let samples = FlippedStudy.samples
  private static let flipped = FlippedStudy.flipped
  private let study: FlippedStudy
  private var warehouse: String { study.path("w.db") }

  init() throws { study = try FlippedStudy.made.get() }

  /// The rows of label_audit, by column.
  private func audit(_ words: String...) throws -> [[String: String]] {
    let result = try runCommand(
      "engram-query", [warehouse, "label_audit", "--format", "csv"] + words)
    try #require(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }

  private func keys() throws -> [String] {
    try rows(warehouse, "select key from sample order by position").map { row in
      if case .text(let key) = row[0] { key } else { "" }
    }
  }

  @Test func `Changed labels come first, and look like what they were`() throws {
    let keys = try keys()
    let wrong = Set(Self.flipped.map { keys[$0] })
    let names = try rows(
      warehouse, "select name from class where dataset_id = 1 order by position"
    ).map { row in if case .text(let name) = row[0] { name } else { "" } }
    for (run, least) in [("seen", 0.6), ("unseen", 0.55)] {
      let found = try audit("--run", run, "--limit", "\(wrong.count)")
      let hits = found.filter { wrong.contains($0["sample"] ?? "") }
      let precision = Double(hits.count) / Double(wrong.count)
      #expect(precision >= least, "\(run): \(precision)")
      let right = hits.count { row in
        let (label, looks) = (
          names.firstIndex(of: row["class"]!), names.firstIndex(of: row["looks_like"]!)
        )
        return label.map { ($0 + 7) % 10 } == looks
      }
      #expect(Double(right) >= 0.7 * Double(hits.count), "\(run): \(right) of \(hits.count)")
    }
  }

  @Test func `Parts add up, and what was trained on has no prediction`() throws {
    for (run, layers) in [("seen", ["fc1", "fc2", "fc3"]), ("unseen", ["fc3"])] {
      let all = try audit("--run", run, "--limit", "-1")
      #expect(all.count == Self.samples && Set(all.map { $0["sample"] }).count == Self.samples)
      var last = Double.infinity
      for row in all {
        let parts = ["pattern", "prediction", "neighbors"].map { Double(row[$0] ?? "") }
        let score = try #require(Double(row["score"] ?? ""))
        let sum = zip(parts, [1, 1, 0.5]).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }
        #expect(abs(sum - score) < 1e-9 && score <= last)
        #expect(parts[0] != nil && parts[2] != nil && (parts[1] == nil) == (run == "seen"))
        #expect(row["looks_like"] != row["class"])
        last = score
      }
      for part in ["pattern", "prediction", "neighbors"] {
        let values = all.compactMap { Double($0[part] ?? "") }
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        #expect(abs(mean) < 1e-9, "\(part)")
      }
      // The first layer in which another class fits better.
      var first: [String: String] = [:]
      for layer in layers.reversed() {
        for row in try rows(
          warehouse,
          """
          select sample from likelihoods where run = '\(run)' and layer = '\(layer)' and profile_run = run
            and kind = 'interaction' and fits <> class
          """)
        {
          if case .text(let key) = row[0] { first[key] = layer }
        }
      }
      #expect(!first.isEmpty)
      for row in all { #expect(row["first_layer"] == first[row["sample"] ?? ""] ?? "") }
    }
  }

  @Test func `A class, other neighbors and a run without activations`() throws {
    let one = try audit("--run", "unseen", "--class", "ring", "--limit", "-1")
    let all = try audit("--run", "unseen", "--limit", "-1")
    #expect(one.map { $0["sample"] } == all.filter { $0["class"] == "ring" }.map { $0["sample"] })
    #expect(!one.isEmpty)
    let few = try audit("--run", "seen", "--neighbors", "3", "--layer", "fc1", "--limit", "-1")
    #expect(few.count == Self.samples)
    try study.run("engram-ingest", "copy", "w.db", "less.db", "--without", "activations")
    let result = try runCommand(
      "engram-query",
      [
        study.path("less.db"), "label_audit", "--run", "unseen", "--format", "csv", "--limit",
        "-1",
      ])
    let lines = result.output.split(separator: "\r\n")
    #expect(lines.count == 1 + Self.samples, "\(result.errors)")
    #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(",") })
  }
}
