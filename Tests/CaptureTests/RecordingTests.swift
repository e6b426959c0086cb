// Recordings made runs, against an independent computation in NumPy (tools/goldens/recordings.py); and what is said of broken
// ones.

import Bits
import Capture
import DataSets
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse
import WeightFiles

@Suite struct RecordingTests {
  private let scratch: Scratch
  private let folder: String

  init() throws {
    scratch = try Scratch()
    folder = try #require(
      Bundle.module.url(forResource: "recordings", withExtension: nil, subdirectory: "Fixtures")
    ).path
  }

  private struct Expected: Decodable {
    struct Layer: Decodable {
      let counts: [[UInt32]]
      let neurons: [[UInt32]]
    }
    struct All: Decodable {
      let keys: [String]
      let labels: [Int]
    }
    let keys: [String]
    let labels: [Int]?
    let predicted: [Int]
    let correct: [Int?]
    let layers: [String: Layer]?
    let all: All?
  }

  private static let names = [
    "float32", "half", "bfloat16", "float64", "with-z", "unlabelled", "foreign", "rectified",
    "rectified-computed", "page",
  ]

  private func expected(_ name: String) throws -> Expected {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))
    return try #require(try JSONDecoder().decode([String: Expected].self, from: data)[name])
  }

  @discardableResult
  private func ingest(
    _ path: String, into name: String = "w.db", tokens: TokenChoice? = nil,
    bitsets: BitsetPolicy = .stored, shard: Shard? = nil, selection: Selection = Selection(),
    observer: CaptureObserver = CaptureObserver()
  ) throws -> CaptureSummary {
    let job = try RecordingJob(
      try Recording(path), selection: selection, layers: .all, name: "run", classList: nil,
      tokens: tokens, bitsets: bitsets, profiles: nil, shard: shard, isCancelled: { false })
    return try job.run(into: scratch.path(name), observer: observer)
  }

  private func rows(_ sql: String, _ name: String = "w.db") throws -> [[Value]] {
    let warehouse = try Warehouse.open(scratch.path(name), mode: .readOnly)
    var rows = try warehouse.connection.prepare(sql)
    var found: [[Value]] = []
    while try rows.step() { found.append((0..<rows.columnCount).map { rows.value($0) }) }
    return found
  }

  private func damages(_ name: String = "w.db") throws -> [String] {
    try Warehouse.open(scratch.path(name), mode: .readOnly).verify()
      .filter { $0.status == .damaged }.map { "\($0)" }
  }

  /// By class, where the run has any.
  private func counts(_ layer: String, _ kind: String, _ grouping: String) throws -> [Int: [UInt32]]
  {
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

  @Test(arguments: names, [BitsetPolicy.stored, .derived])
  func aRunIsWhatNumPyMakesOfTheRecording(name: String, bitsets: BitsetPolicy) throws {
    let expected = try expected(name)
    let summary = try ingest("\(folder)/\(name)", bitsets: bitsets)
    #expect(summary.status == "ingested" && summary.samples == expected.keys.count)
    let found = try rows(
      "select sample, ifnull(class_position, -1), output_position, correct from predictions order by position"
    )
    #expect(found.map { $0[0] } == expected.keys.map { .text($0) })
    #expect(
      found.map { $0[1] } == expected.keys.indices.map { .integer(expected.labels?[$0] ?? -1) })
    #expect(found.map { $0[2] } == expected.predicted.map { .integer($0) })
    #expect(found.map { $0[3] } == expected.correct.map { $0.map { .integer($0) } ?? .null })
    #expect(try damages() == [])
    let isLabelled = try rows("select count(*) from class where dataset_id = 1") != [[.integer(0)]]
    for (layer, own) in try #require(expected.layers) where isLabelled {
      for (kind, counts) in [("interaction", own.counts), ("neuron", own.neurons)] {
        let found = try self.counts(layer, kind, "true")
        for (label, counts) in counts.enumerated() where counts.contains(where: { $0 > 0 }) {
          #expect(difference(found[label] ?? [], counts) == nil, "\(layer) \(kind) \(label)")
        }
      }
    }
    // The same again is found; another prefix of samples is another run.
    #expect(try ingest("\(folder)/\(name)", bitsets: bitsets).status == "already ingested")
  }

  @Test(arguments: [TokenChoice.first, .last, .mean, .all])
  func tokensAreChosen(tokens: TokenChoice) throws {
    let expected = try expected("tokens")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))
    struct Forms: Decodable { let tokens: [String: [String: Expected.Layer]]? }
    let forms = try JSONDecoder().decode([String: Forms].self, from: data)["tokens"]?.tokens
    try ingest("\(folder)/tokens", tokens: tokens)
    #expect(try damages() == [])
    if tokens == .all {
      let all = try #require(expected.all)
      let found = try rows(
        "select sample, ifnull(class_position, -1) from predictions order by position")
      #expect(found.map { $0[0] } == all.keys.map { .text($0) })
      #expect(found.map { $0[1] } == all.labels.map { .integer($0) })
      return
    }
    for (layer, own) in try #require(forms?["\(tokens)"]) {
      let found = try counts(layer, "interaction", "true")
      for (label, counts) in own.counts.enumerated() where counts.contains(where: { $0 > 0 }) {
        #expect(difference(found[label] ?? [], counts) == nil, "\(layer) \(label)")
      }
    }
    let error = #expect(throws: CaptureError.self) {
      try ingest("\(folder)/tokens", into: "none.db")
    }
    #expect(
      error?.description.contains("expected --tokens first, last, mean, all or a position") == true)
    #expect(throws: CaptureError.self) {
      try ingest("\(folder)/float32", into: "none.db", tokens: tokens)
    }
  }

  /// Six hundred samples of four inputs and three outputs, dealt out to parts.
  private func write(
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

  @Test func aRunDoesNotDependOnItsPartsOrOnBeingStopped() throws {
    let one = try write("one", parts: 1)
    try ingest(one, into: "one.db")
    // Of other parts it is the same run.
    #expect(try ingest(try write("three", parts: 3), into: "one.db").status == "already ingested")
    // Stopped behind its first batch, and gone on with.
    #expect(throws: CaptureCancelled.self) {
      try ingest(
        one, into: "stopped.db",
        observer: CaptureObserver(isCancelled: { true }))
    }
    #expect(try rows("select count(*) from prediction", "stopped.db") == [[.integer(256)]])
    try ingest(one, into: "stopped.db")
    // In two warehouses, and merged.
    for part in 1...2 {
      try ingest(one, into: "part\(part).db", shard: Shard(index: part, count: 2))
    }
    let merge = try Merge((1...2).map { scratch.path("part\($0).db") })
    _ = try merge.write(into: try Warehouse.open(scratch.path("merged.db"), mode: .create))
    for other in ["stopped.db", "merged.db"] {
      #expect(try damages(other) == [])
      for sql in [
        "select sample, class, predicted, loss from predictions order by position",
        "select layer, kind, class, n_samples, entropy from class_entropy order by 1, 2, 3",
        "select hex(x), hex(z) from activation join sample using (sample_id) order by position",
        "select hex(counts) from class_profile order by kind, grouping, class_id, block",
      ] {
        #expect(try rows(sql, other) == rows(sql, "one.db"), "\(other) \(sql)")
      }
    }
    // Fewer samples are another run.
    #expect(
      try ingest(one, into: "one.db", selection: Selection(limit: 100)).status == "ingested")
  }

  /// What was recorded is kept where it is not, to the bit, what is computed here.
  @Test func aRecordedInputOfAComputedOutputIsKept() throws {
    let path = try write("chain", parts: 1) { _, tensors in
      let x = (0..<2400).map { Float(sin(0.37 * Double($0))) }
      // One bit beside z for every third value, and the very z for none.
      let x2 = (0..<1800).map { $0 % 3 == 0 ? Float(0.1).nextUp : 0 }
      tensors[0] = RawTensor("fc.x", [600, 4], x)
      tensors.append(RawTensor("fc2.x", [600, 3], x2))
    }
    let about = """
      {"format": "engram-recording", "version": 1, "model": {"name": "net"}, "dataset": {"name": "set", "classes": ["a", "b", "c"]},
       "layers": [{"name": "fc", "n_in": 4, "n_out": 3, "bias": false},
        {"name": "fc2", "n_in": 3, "n_out": 2, "bias": false, "relu_of": "fc"}]}
      """
    try Data(about.utf8).write(to: URL(fileURLWithPath: "\(path)/recording.json"))
    try RawTensor.write(
      [
        RawTensor("fc.weight", [3, 4], (0..<12).map { Float($0) / 8 }),
        RawTensor("fc2.weight", [2, 3], (0..<6).map { Float($0) / 8 }),
      ], to: "\(path)/weights.safetensors")
    try ingest(path)
    #expect(
      try rows(
        "select count(x), count(*) from activation join layer using (layer_id) where layer.name = 'fc2'"
      )
        == [[.integer(600), .integer(600)]])
    #expect(try damages() == [])
    // Left out, it is the rectified z.
    let tensors = (0..<2400).map { Float(sin(0.37 * Double($0))) }
    try RawTensor.write(
      [
        RawTensor("fc.x", [600, 4], tensors),
        RawTensor("logits", [600, 3], [Float](repeating: 1, count: 1800)),
      ], to: "\(path)/part-00000.safetensors")
    try ingest(path, into: "other.db")
    #expect(
      try rows(
        "select count(x), count(*) from activation join layer using (layer_id) where layer.name = 'fc2'",
        "other.db") == [[.integer(0), .integer(600)]])
    #expect(try damages("other.db") == [])
  }

  private static let broken: [(String, String, String)] = [
    (
      "a part is missing", "rm part-00001",
      "expected part-00001.safetensors, found part-00002.safetensors: a part is missing"
    ),
    ("a part is cut short", "cut part-00002", "cut short"),
    ("no weights", "rm weights", "weights.safetensors"),
    (
      "another format", "sed engram-recording engram-tape",
      "expected the format engram-recording, found 'engram-tape'"
    ),
    ("another version", "sed \"version\":·1 \"version\":·2", "expected version 1, found 2"),
    (
      "another size", "sed \"n_in\":·4 \"n_in\":·5",
      "expected fc.weight of the shape [3, 5], found [3, 4]"
    ),
    (
      "fewer samples than said", "sed 600 601",
      "expected 601 samples as recording.json says, found 600"
    ),
    ("a member is missing", "sed \"bias\":·false \"bees\":·false", "layers.0.bias"),
    ("no JSON", "sed } x", "expected JSON"),
    (
      "two layers of a name",
      "sed [{ [{\"name\":·\"fc\",·\"n_in\":·4,·\"n_out\":·3,·\"bias\":·false},·{",
      "expected every layer once, found fc again"
    ),
    ("nothing", "rm all", "recording.json"),
  ]

  @Test(arguments: broken.indices)
  func whatIsBrokenIsALine(index: Int) throws {
    let (_, change, told) = Self.broken[index]
    let path = try write("rec", parts: 3)
    let words = change.split(separator: " ", maxSplits: 2).map {
      $0.replacingOccurrences(of: "·", with: " ")
    }
    switch words[0] {
    case "rm":
      for name in try FileManager.default.contentsOfDirectory(atPath: path)
      where words[1] == "all" || name.hasPrefix(words[1]) {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
      }
    case "cut":
      let file = URL(fileURLWithPath: "\(path)/\(words[1]).safetensors")
      try Data(contentsOf: file).dropLast(100).write(to: file)
    default:
      let file = URL(fileURLWithPath: "\(path)/recording.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacingOccurrences(of: words[1], with: words[2]).utf8).write(to: file)
    }
    try expectLine(path, told)
  }

  @Test(arguments: [
    ("fc.x", [200, 5], "expected fc.x of the shape [200, 4] or [200, tokens, 4], found [200, 5]"),
    ("logits", [200, 2], "expected logits of 3 outputs, found 2"),
    ("labels", [199], "expected labels of the shape [200], found [199]"),
    (
      "fc.z", [200, 3],
      "expected z = W x + b within 0.001 of the sum of its terms' magnitudes, found"
    ),
  ])
  func whatAPartHasWrongIsALine(name: String, shape: [Int], told: String) throws {
    let path = try write("rec", parts: 3) { part, tensors in
      guard part == 1 || name == "fc.z" else { return }
      tensors.removeAll { $0.name == name }
      let count = shape.reduce(1, *)
      tensors.append(
        name == "labels"
          ? RawTensor(name, shape, [Int](repeating: 1, count: count))
          : RawTensor(name, shape, [Float](repeating: 1, count: count)))
    }
    try expectLine(path, told)
  }

  @Test func labelsKeysAndLogitsAreChecked() throws {
    try expectLine(
      try write("labels", parts: 2) { _, tensors in
        tensors[1] = RawTensor("labels", [300], [Int](repeating: 3, count: 300))
      }, "expected labels from -1 to 2, found 3")
    try expectLine(
      try write("keys", parts: 2) { _, tensors in tensors[0].keys = (0..<300).map { "k\($0)" } },
      "found 'k0' again")
    try expectLine(
      try write("some", parts: 2) { part, tensors in
        if part == 1 { tensors[0].keys = (0..<300).map { "k\($0)" } }
      }, "expected keys as in the first part (none), found some")
    try expectLine(
      try write("nan", parts: 2) { part, tensors in
        if part == 1 {
          tensors[2] = RawTensor("logits", [300, 3], [Float](repeating: .nan, count: 900))
        }
      }, "its logits are not finite")
  }

  private func expectLine(_ path: String, _ told: String) throws {
    do {
      try ingest(path)
      Issue.record("\(path) was ingested")
    } catch {
      let line = "\(error)"
      #expect(line.contains(told) && line.contains(path) && !line.contains("\n"), "\(line)")
    }
    if scratch.exists("w.db") {
      #expect(
        try rows("select count(*) from run where completed_at is not null") == [[.integer(0)]])
    }
  }
}

/// An array of a safetensors file, written without the project's own writer, which has F32 alone.
private struct RawTensor {
  let name: String
  let type: String
  let shape: [Int]
  let bytes: [UInt8]
  /// For the file's metadata.
  var keys: [String]?

  init(_ name: String, _ shape: [Int], _ values: [Float]) {
    (self.name, type, self.shape) = (name, "F32", shape)
    bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
  }

  init(_ name: String, _ shape: [Int], _ values: [Int]) {
    (self.name, type, self.shape) = (name, "I64", shape)
    bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  static func write(_ tensors: [RawTensor], to path: String) throws {
    var (entries, data) = ([String](), [UInt8]())
    if let keys = tensors.compactMap(\.keys).first {
      let list = "[" + keys.map { "\\\"\($0)\\\"" }.joined(separator: ",") + "]"
      entries.append("\"__metadata__\":{\"keys\":\"\(list)\"}")
    }
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],\"data_offsets\":[\(data.count),\(data.count + tensor.bytes.count)]}"
      )
      data += tensor.bytes
    }
    let header = Array(("{" + entries.joined(separator: ",") + "}").utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try Data(length + header + data).write(to: URL(fileURLWithPath: path))
  }
}
