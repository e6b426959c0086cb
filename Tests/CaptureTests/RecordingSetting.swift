// Recordings and what is expected of them, for the suites that ingest them.

import Bits
import Capture
import DataSets
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

/// A directory of its own, and the fixtures beside the tests.
struct RecordingSetting {
  let scratch: Scratch
  /// Of the fixtures.
  let folder: String

  init() throws {
    scratch = try Scratch()
    folder = try #require(
      Bundle.module.url(forResource: "recordings", withExtension: nil, subdirectory: "Fixtures")
    ).path
  }

  struct Expected: Decodable {
    struct Layer: Decodable {
      let counts: [[UInt32]]
      let neurons: [[UInt32]]
    }
    let keys: [String]
    let labels: [Int]
    let predicted: [Int]
    let correct: [Int?]
    let layers: [String: Layer]
  }
  /// Of a fixture with tokens by what `--tokens` chooses, of another one by nothing.
  struct Fixture: Decodable {
    let tokens: [String: Expected]
    init(from decoder: any Decoder) throws {
      struct Choices: Decodable { let tokens: [String: Expected]? }
      tokens = try Choices(from: decoder).tokens ?? ["": try Expected(from: decoder)]
    }
  }

  func expected(_ name: String, tokens: String = "") throws -> Expected {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))
    let all = try JSONDecoder().decode([String: Fixture].self, from: data)
    return try #require(all[name]?.tokens[tokens])
  }

  /// Compares a run with what NumPy makes of its recording.
  func expectRun(_ expected: Expected) throws {
    let found = try rows(
      "select sample, ifnull(class_position, -1), output_position, correct from predictions order by position"
    )
    #expect(found.map { $0[0] } == expected.keys.map { .text($0) })
    #expect(found.map { $0[1] } == expected.labels.map { .integer($0) })
    #expect(found.map { $0[2] } == expected.predicted.map { .integer($0) })
    #expect(found.map { $0[3] } == expected.correct.map { $0.map { .integer($0) } ?? .null })
    #expect(try damages() == [])
    let isLabelled = try rows("select count(*) from class where dataset_id = 1") != [[.integer(0)]]
    for (layer, own) in expected.layers where isLabelled {
      for (kind, counts) in [("interaction", own.counts), ("neuron", own.neurons)] {
        let found = try self.counts(layer, kind, "true")
        for (label, counts) in counts.enumerated() where counts.contains(where: { $0 > 0 }) {
          #expect(difference(found[label] ?? [], counts) == nil, "\(layer) \(kind) \(label)")
        }
      }
    }
  }

  @discardableResult
  func ingest(
    _ path: String, into name: String = "w.db", tokens: TokenChoice? = nil,
    bitsets: BitsetPolicy = .stored, thumbnails: ThumbnailChoice = .none, shard: Shard? = nil,
    selection: Selection = Selection(),
    observer: CaptureObserver = CaptureObserver()
  ) throws -> CaptureSummary {
    let job = try RecordingJob(
      try Recording(path), selection: selection, layers: .all, name: "run", classList: nil,
      tokens: tokens, bitsets: bitsets, profiles: nil, thumbnails: thumbnails, shard: shard,
      isCancelled: { false })
    return try job.run(into: scratch.path(name), observer: observer)
  }

  func rows(_ sql: String, _ name: String = "w.db") throws -> [[Value]] {
    let warehouse = try Warehouse.open(scratch.path(name), mode: .readOnly)
    var rows = try warehouse.connection.prepare(sql)
    var found: [[Value]] = []
    while try rows.step() { found.append((0..<rows.columnCount).map { rows.value($0) }) }
    return found
  }

  func damages(_ name: String = "w.db") throws -> [String] {
    try Warehouse.open(scratch.path(name), mode: .readOnly).verify()
      .filter { $0.status == .damaged }.map { "\($0)" }
  }

  /// By class, where the run has any.
  func counts(_ layer: String, _ kind: String, _ grouping: String) throws -> [Int: [UInt32]] {
    let found = try rows(
      """
      select class.position, counts from class_profile join class using (class_id) join layer using (layer_id)
      where layer.name = '\(layer)' and kind = '\(kind)' and grouping = '\(grouping)' order by 1
      """)
    var counts: [Int: [UInt32]] = [:]
    for row in found {
      guard case .integer(let label) = row[0], case .blob(let blob) = row[1] else { continue }
      counts[Int(label)] = try CountsBlock(decoding: blob.span.bytes).counters
    }
    return counts
  }

  /// Six hundred samples of four inputs and three outputs, dealt out to parts.
  func write(
    _ name: String, parts: Int, change: (Int, inout [RawTensor]) -> Void = { _, _ in }
  ) throws
    -> String
  {
    let path = scratch.path(name)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let about = """
      {"format": "engram-recording", "version": 1, "model": {"name": "net"}, "dataset": {"name": "set", "classes": ["a", "b", "c"]},
       "layers": [{"name": "fc", "n_in": 4, "n_out": 3, "bias": false}], "n_samples": 600}
      """
    try Data(about.utf8).write(to: URL(fileURLWithPath: "\(path)/recording.json"))
    func sine(_ i: Int) -> Float { Float(sin(0.7 * Double(i + 1))) }
    try RawTensor.write(
      [RawTensor("fc.weight", [3, 4], (0..<12).map(sine))], to: "\(path)/weights.safetensors")
    let share = 600 / parts
    for part in 0..<parts {
      let own = part * share..<(part + 1) * share
      var tensors = [
        RawTensor("fc.x", [share, 4], own.flatMap { i in (0..<4).map { sine(13 * i + $0) } }),
        RawTensor("labels", [share], own.map { $0 % 3 }),
        RawTensor("logits", [share, 3], own.flatMap { i in (0..<3).map { sine(7 * i + $0) } }),
      ]
      change(part, &tensors)
      try RawTensor.write(tensors, to: "\(path)/part-0000\(part).safetensors")
    }
    return path
  }

  func expectLine(_ path: String, _ told: String, tokens: TokenChoice? = nil) throws {
    do {
      try ingest(path, tokens: tokens)
      Issue.record("\(path) was ingested")
    } catch {
      let line = "\(error)"
      #expect(line.contains(told) && line.contains(path) && !line.contains("\n"), "\(line)")
    }
    if scratch.exists("w.db") { #expect(try rows("select count(*) from run") == [[.integer(0)]]) }
  }
}
