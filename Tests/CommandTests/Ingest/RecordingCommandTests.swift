// engram-ingest recording as a user calls it: what it prints, and the line that each broken recording gets.

import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct RecordingCommandTests {
  private let scratch: TemporaryDirectory

  init() throws { scratch = try TemporaryDirectory() }

  private typealias Arrays = [String: RawTensor]

  /// Three layers, of which the last two have one shape, over eight samples in two parts; z is recorded.
  private struct Written {
    var about = """
      {"format": "engram-recording", "version": 1, "model": {"name": "net"}, "n_samples": 8,
       "dataset": {"name": "set", "classes": ["a", "b", "c"]}, "outputs": ["a", "b", "c"], "layers": [
       {"name": "fc1", "n_in": 4, "n_out": 3, "bias": false},
       {"name": "fc2", "n_in": 3, "n_out": 3, "bias": false},
       {"name": "fc3", "n_in": 3, "n_out": 3, "bias": false}]}
      """
    var weights: [RawTensor] = []
    var parts: [Arrays] = []

    init() {
      func sine(_ i: Int, _ step: Double) -> Float { Float(sin(step * Double(i + 1))) }
      let sizes = [("fc1", 4), ("fc2", 3), ("fc3", 3)]
      let matrices = sizes.enumerated().map { place, size in
        (0..<3 * size.1).map { sine($0, 0.7 + Double(place)) }
      }
      weights = zip(sizes, matrices).map { RawTensor("\($0.0).weight", [3, $0.1], $1) }
      parts = (0..<2).map { part in
        var arrays: Arrays = [:]
        var x = (0..<16).map { sine(16 * part + $0, 0.37) }
        for ((name, width), matrix) in zip(sizes, matrices) {
          let z = (0..<4).flatMap { sample in
            (0..<3).map { i in
              (0..<width).reduce(Float(0)) {
                $0 + matrix[i * width + $1] * x[sample * width + $1]
              }
            }
          }
          arrays["\(name).x"] = RawTensor("\(name).x", [4, width], x)
          arrays["\(name).z"] = RawTensor("\(name).z", [4, 3], z)
          x = z.map { max($0, 0) }
        }
        arrays["logits"] = RawTensor("logits", [4, 3], (0..<12).map { sine($0, 1.9) })
        var labels = RawTensor("labels", [4], (0..<4).map { ($0 + part) % 3 })
        labels.keys = (0..<4).map { "sample \(4 * part + $0)" }
        arrays["labels"] = labels
        return arrays
      }
    }

    func write(to path: String) throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(about.utf8).write(to: URL(fileURLWithPath: "\(path)/recording.json"))
      try RawTensor.write(weights, to: "\(path)/weights.safetensors")
      for (part, arrays) in parts.enumerated() {
        try RawTensor.write(
          arrays.sorted { $0.key < $1.key }.map(\.value),
          to: "\(path)/part-\(String(format: "%05d", part)).safetensors")
      }
    }
  }

  private func ingest(_ words: String...) throws -> CommandResult {
    try runCommand("engram-ingest", ["recording"] + words, directory: scratch.root)
  }

  @Test func aRecordingIsMadeARun() throws {
    try Written().write(to: scratch.path("rec"))
    let dry = try ingest("rec", "--dry-run", "--format", "csv")
    expectSuccess(dry)
    #expect(dry.output.contains("\ndry run,net/set,8,"))
    let whole = try ingest("rec", "--into", "w.db", "--format", "csv")
    expectSuccess(whole)
    #expect(whole.output.contains("\ningested,net/set,8,"))
    #expect(whole.errors.contains("layer fc2: the recorded z is W x + b within "))
    let again = try ingest("rec", "--into", "w.db", "--format", "csv")
    #expect(again.output.contains("\nalready ingested,net/set,8,"))
    let verified = try runCommand("engram-ingest", ["verify", "w.db"], directory: scratch.root)
    expectSuccess(verified)
  }

  @Test func wrongUsageIsALine() throws {
    try Written().write(to: scratch.path("rec"))
    for (words, told) in [
      (["--into", "w.db"], "expected FOLDER, the recording"),
      (["rec"], "--into is required"),
      (
        ["rec", "--into", "w.db", "--name", "a,b"], "--name takes a name without commas, not 'a,b'"
      ),
      (["rec", "--into", "w.db", "--tokens", "1,1"], "--tokens takes first, last, mean, all"),
      (["rec", "--into", "w.db", "--shard", "3/2"], "--shard takes I/N"),
      (["rec", "--into", "w.db", "--bitsets", "some"], "unknown choice 'some'"),
    ] {
      let result = try runCommand("engram-ingest", ["recording"] + words, directory: scratch.root)
      #expect(result.status == 64 && result.errors.contains(told), "\(result.errors)")
    }
  }

  private struct Broken: Sendable, CustomStringConvertible {
    let description: String
    let told: String
    let change: @Sendable (inout Written, _ path: String) throws -> Void

    init(
      _ description: String, _ told: String,
      _ change: @escaping @Sendable (inout Written, _ path: String) throws -> Void
    ) {
      (self.description, self.told, self.change) = (description, told, change)
    }
  }

  private static func numbers(_ name: String, _ shape: [Int], _ value: Float = 1) -> RawTensor {
    RawTensor(name, shape, [Float](repeating: value, count: shape.reduce(1, *)))
  }

  private static let broken = [
    Broken(
      "missing part",
      "rec: expected part-00000.safetensors, found part-00001.safetensors: a part is missing"
    ) { try FileManager.default.removeItem(atPath: "\($1)/part-00000.safetensors") },
    Broken(
      "wrong shape",
      "rec/part-00001.safetensors: expected fc1.x of the shape [4, 4] or [4, tokens, 4], found [4, 5]"
    ) { written, _ in written.parts[1]["fc1.x"] = numbers("fc1.x", [4, 5]) },
    Broken(
      "swapped layers",
      "rec/weights.safetensors: expected fc2.weight of the shape [3, 4], found [3, 3]"
    ) { written, _ in
      written.about = written.about.replacingOccurrences(of: "\"fc1\"", with: "\"fc0\"")
        .replacingOccurrences(of: "\"fc2\"", with: "\"fc1\"")
        .replacingOccurrences(of: "\"fc0\"", with: "\"fc2\"")
      written.weights.swapAt(0, 1)
    },
    Broken(
      "duplicate keys",
      "rec/part-00001.safetensors: expected keys that name one sample each, found 'sample 0' again"
    ) { written, _ in written.parts[1]["labels"]?.keys = (0..<4).map { "sample \($0)" } },
    Broken(
      "labels out of range", "rec/part-00001.safetensors: expected labels from -1 to 2, found 3"
    ) { written, _ in
      let keys = written.parts[1]["labels"]?.keys
      written.parts[1]["labels"] = RawTensor("labels", [4], [0, 1, 2, 3])
      written.parts[1]["labels"]?.keys = keys
    },
    Broken("truncated part", "rec/part-00001.safetensors: expected ") { written, path in
      try written.write(to: path)
      let file = URL(fileURLWithPath: "\(path)/part-00001.safetensors")
      try Data(contentsOf: file).dropLast(10).write(to: file)
    },
    Broken(
      "z of another layer",
      "rec: layer fc2, sample sample 2: expected z = W x + b within 0.001 of the sum of its terms' magnitudes, found"
    ) { written, _ in
      let z = written.parts[0]["fc3.z"].map { RawTensor("fc2.z", $0.shape, $0.floats) }
      written.parts[0]["fc2.z"] = z
    },
    Broken("foreign version", "rec/recording.json: expected version 1, found 2") { written, _ in
      written.about = written.about.replacingOccurrences(
        of: "\"version\": 1", with: "\"version\": 2")
    },
    Broken(
      "no weights",
      "rec: expected weights.safetensors, weights.npz, weights (a folder of .npy files), which hold the weights, found none"
    ) { try FileManager.default.removeItem(atPath: "\($1)/weights.safetensors") },
    Broken(
      "empty",
      "rec/recording.json: expected the description of a recording, found none that can be read"
    ) {
      try FileManager.default.removeItem(atPath: $1)
      try FileManager.default.createDirectory(atPath: $1, withIntermediateDirectories: true)
    },
    Broken("one NaN", "rec: sample sample 5: its logits are not finite") { written, _ in
      var logits = [Float](repeating: 0, count: 12)
      logits[4] = .nan
      written.parts[1]["logits"] = RawTensor("logits", [4, 3], logits)
    },
    Broken("one NaN in z", "rec: layer fc2, sample sample 5: expected z = W x + b within 0.001") {
      written, _ in
      var z = written.parts[1]["fc2.z"]?.floats ?? []
      z[4] = .nan
      written.parts[1]["fc2.z"] = RawTensor("fc2.z", [4, 3], z)
    },
    Broken("one NaN in W", "rec/weights.safetensors: fc2.weight holds values that are not finite") {
      written, _ in
      var weight = written.weights[1].floats
      weight[4] = .nan
      written.weights[1] = RawTensor("fc2.weight", [3, 3], weight)
    },
  ]

  @Test(arguments: broken.indices)
  func whatIsBrokenIsALine(index: Int) throws {
    let broken = Self.broken[index]
    let path = scratch.path("rec")
    var written = Written()
    try written.write(to: path)
    let before = written
    try broken.change(&written, path)
    if written.about != before.about || written.weights.map(\.bytes) != before.weights.map(\.bytes)
      || written.parts.map({ $0.mapValues(\.bytes) }) != before.parts.map({ $0.mapValues(\.bytes) })
      || written.parts[1]["labels"]?.keys != before.parts[1]["labels"]?.keys
    {
      try written.write(to: path)
    }
    let result = try ingest("rec", "--into", "w.db")
    expectFailure(result, of: "engram-ingest recording", 1, broken.told)
    // Nothing is left that looks like a run.
    if FileManager.default.fileExists(atPath: scratch.path("w.db")) {
      let runs = try runCommand(
        "engram-ingest", ["runs", "w.db", "--format", "jsonl"], directory: scratch.root)
      #expect(runs.output == "", "\(runs.output)")
    }
  }

  /// Parts are opened one at a time.
  @Test func thereMayBeMorePartsThanOpenFiles() throws {
    var written = Written()
    written.about = written.about.replacingOccurrences(of: "8,", with: "320,")
    written.parts = (0..<80).map { part in
      var arrays = written.parts[part % 2]
      arrays["labels"]?.keys = (0..<4).map { "sample \(4 * part + $0)" }
      return arrays
    }
    try written.write(to: scratch.path("rec"))
    let result = try RunningCommand(
      "/bin/sh",
      [
        "-c", "ulimit -n 40 && exec \"$0\" recording rec --into w.db --format csv",
        try builtCommand("engram-ingest"),
      ], directory: scratch.root
    ).finish()
    expectSuccess(result)
    #expect(result.output.contains("\ningested,net/set,320,"))
  }

  @Test func logitsMayHave64Bits() throws {
    var written = Written()
    for part in 0..<2 {
      written.parts[part]["logits"] = (written.parts[part]["logits"]?.floats).map {
        RawTensor("logits", [4, 3], $0.map(Double.init))
      }
    }
    try written.write(to: scratch.path("rec"))
    let result = try ingest("rec", "--into", "w.db", "--format", "csv")
    expectSuccess(result)
    #expect(result.output.contains("\ningested,net/set,8,"))
    #expect(result.errors.contains("rec: logits is F64: rounded to F32"))
  }
}
