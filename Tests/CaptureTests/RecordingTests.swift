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
  private let setting: RecordingSetting

  init() throws { setting = try RecordingSetting() }

  private static let names = [
    "float32", "half", "bfloat16", "float64", "with-z", "unlabelled", "foreign", "rectified",
    "rectified-computed", "page",
  ]

  @Test(arguments: names, [BitsetPolicy.stored, .derived])
  func aRunIsWhatNumPyMakesOfTheRecording(name: String, bitsets: BitsetPolicy) throws {
    let expected = try setting.expected(name)
    let summary = try setting.ingest("\(setting.folder)/\(name)", bitsets: bitsets)
    #expect(summary.status == "ingested" && summary.samples == expected.keys.count)
    try setting.expectRun(expected)
    // The same again is found.
    #expect(
      try setting.ingest("\(setting.folder)/\(name)", bitsets: bitsets).status == "already ingested"
    )
  }

  @Test func aRunDoesNotDependOnItsPartsOrOnBeingStopped() throws {
    let one = try setting.write("one", parts: 1)
    try setting.ingest(one, into: "one.db")
    // Of other parts it is the same run.
    #expect(
      try setting.ingest(try setting.write("three", parts: 3), into: "one.db").status
        == "already ingested")
    // Stopped behind its first batch, and gone on with.
    #expect(throws: CaptureCancelled.self) {
      try setting.ingest(
        one, into: "stopped.db",
        observer: CaptureObserver(isCancelled: { true }))
    }
    #expect(try setting.rows("select count(*) from prediction", "stopped.db") == [[.integer(256)]])
    try setting.ingest(one, into: "stopped.db")
    // In two warehouses, and merged.
    for part in 1...2 {
      try setting.ingest(one, into: "part\(part).db", shard: Shard(index: part, count: 2))
    }
    let merge = try Merge((1...2).map { setting.scratch.path("part\($0).db") })
    _ = try merge.write(into: try Warehouse.open(setting.scratch.path("merged.db"), mode: .create))
    for other in ["stopped.db", "merged.db"] {
      #expect(try setting.damages(other) == [])
      for sql in [
        "select sample, class, predicted, loss from predictions order by position",
        "select layer, kind, class, n_samples, entropy from class_entropy order by 1, 2, 3",
        "select hex(x), hex(z) from activation join sample using (sample_id) order by position",
        "select hex(counts) from class_profile order by kind, grouping, class_id, block",
      ] {
        #expect(try setting.rows(sql, other) == setting.rows(sql, "one.db"), "\(other) \(sql)")
      }
    }
    // Fewer samples are another run.
    #expect(
      try setting.ingest(one, into: "one.db", selection: Selection(limit: 100)).status == "ingested"
    )
  }

  /// What was recorded is kept where it is not, to the bit, what is computed here.
  @Test func aRecordedInputOfAComputedOutputIsKept() throws {
    let path = try setting.write("chain", parts: 1) { _, tensors in
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
    try setting.ingest(path)
    #expect(
      try setting.rows(
        "select count(x), count(*) from activation join layer using (layer_id) where layer.name = 'fc2'"
      )
        == [[.integer(600), .integer(600)]])
    #expect(try setting.damages() == [])
    // Left out, it is the rectified z.
    let tensors = (0..<2400).map { Float(sin(0.37 * Double($0))) }
    try RawTensor.write(
      [
        RawTensor("fc.x", [600, 4], tensors),
        RawTensor("logits", [600, 3], [Float](repeating: 1, count: 1800)),
      ], to: "\(path)/part-00000.safetensors")
    try setting.ingest(path, into: "other.db")
    #expect(
      try setting.rows(
        "select count(x), count(*) from activation join layer using (layer_id) where layer.name = 'fc2'",
        "other.db") == [[.integer(0), .integer(600)]])
    #expect(try setting.damages("other.db") == [])
  }

  /// A transaction has the x of all of its samples or of none.
  @Test func oneInputThatIsNotTheRectifiedOneKeepsItsNeighbours() throws {
    let x = (0..<2400).map { Float($0 * 7 % 11 - 5) }
    let weight = (0..<12).map { Float($0 - 6) / 8 }
    func z(_ sample: Int, _ output: Int) -> Float {
      var sum: Float = 0
      for j in 0..<4 { sum += weight[4 * output + j] * x[4 * sample + j] }
      return sum
    }
    var x2: [Float] = []
    for sample in 0..<600 { for output in 0..<3 { x2.append(max(0, z(sample, output))) } }
    let rectified = x2
    x2[3 * 200] += 1
    let path = try setting.write("most", parts: 1) { _, tensors in
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
        RawTensor("fc.weight", [3, 4], weight),
        RawTensor("fc2.weight", [2, 3], (0..<6).map { Float($0) / 8 }),
      ], to: "\(path)/weights.safetensors")
    try setting.ingest(path)
    let kept = try setting.rows(
      """
      select sample.position, x from activation join layer using (layer_id) join sample using (sample_id)
      where layer.name = 'fc2' order by sample.position
      """)
    var wanted: [Value] = []
    for sample in 0..<600 {
      let own = (sample == 200 ? x2 : rectified)[3 * sample..<3 * (sample + 1)]
      wanted.append(sample < 256 ? .blob(SparseVector.encode(Array(own).span)) : .null)
    }
    #expect(kept.map { $0[1] } == wanted)
    #expect(try setting.damages() == [])
  }

  /// Rows that are not finite have no significant interaction, and a line says so.
  @Test func anInputThatIsNotFiniteIsTold() throws {
    let path = try setting.write("nan", parts: 2) { part, tensors in
      var x = (0..<1200).map { Float(sin(Double($0))) }
      if part == 1 { x[9] = .nan }
      tensors[0] = RawTensor("fc.x", [300, 4], x)
    }
    #expect(
      try setting.ingest(path).notes.contains(
        "layer fc: z has values that are not finite in 1 of 600 samples, the first 302: no interaction of these neurons is "
          + "significant"))
    #expect(try setting.damages() == [])
    #expect(
      try setting.rows(
        "select n_significant from significance join sample using (sample_id) where position = 302"
      ) == [[.integer(0)]])
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
    (
      "a state of no schedule", "sed \"name\":·\"net\" \"name\":·\"net\",·\"state\":·\"good\"",
      "expected a state of untrained, best, overtrained, random, found 'good'"
    ),
    (
      "a bias beside the weights", "bias weights",
      "expected no fc.bias, as recording.json says that the layer has none, found one"
    ),
  ]

  @Test(arguments: broken.indices)
  func whatIsBrokenIsALine(index: Int) throws {
    let (_, change, told) = Self.broken[index]
    let path = try setting.write("rec", parts: 3)
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
    case "bias":
      try RawTensor.write(
        [
          RawTensor("fc.weight", [3, 4], [Float](repeating: 1, count: 12)),
          RawTensor("fc.bias", [3], [Float](repeating: 1, count: 3)),
        ], to: "\(path)/weights.safetensors")
    default:
      let file = URL(fileURLWithPath: "\(path)/recording.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacingOccurrences(of: words[1], with: words[2]).utf8).write(to: file)
    }
    try setting.expectLine(path, told)
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
    let path = try setting.write("rec", parts: 3) { part, tensors in
      guard part == 1 || name == "fc.z" else { return }
      tensors.removeAll { $0.name == name }
      let count = shape.reduce(1, *)
      tensors.append(
        name == "labels"
          ? RawTensor(name, shape, [Int](repeating: 1, count: count))
          : RawTensor(name, shape, [Float](repeating: 1, count: count)))
    }
    try setting.expectLine(path, told)
  }

  @Test func labelsKeysAndLogitsAreChecked() throws {
    try setting.expectLine(
      try setting.write("labels", parts: 2) { _, tensors in
        tensors[1] = RawTensor("labels", [300], [Int](repeating: 3, count: 300))
      }, "expected labels from -1 to 2, found 3")
    try setting.expectLine(
      try setting.write("keys", parts: 2) { _, tensors in
        tensors[0].keys = (0..<300).map { "k\($0)" }
      },
      "found 'k0' again")
    try setting.expectLine(
      try setting.write("some", parts: 2) { part, tensors in
        if part == 1 { tensors[0].keys = (0..<300).map { "k\($0)" } }
      }, "expected keys as in the first part (none), found some")
    try setting.expectLine(
      try setting.write("nan", parts: 2) { part, tensors in
        if part == 1 {
          tensors[2] = RawTensor("logits", [300, 3], [Float](repeating: .nan, count: 900))
        }
      }, "its logits are not finite")
    try setting.expectLine(
      try setting.write("z", parts: 2) { part, tensors in
        var z = [Float](repeating: 0, count: 900)
        z[7] = part == 1 ? .nan : 0
        tensors[0] = RawTensor("fc.x", [300, 4], [Float](repeating: 0, count: 1200))
        tensors.append(RawTensor("fc.z", [300, 3], z))
      },
      "sample 302: expected z = W x + b within 0.001 of the sum of its terms' magnitudes, found one of them alone to be finite"
    )
  }
}
