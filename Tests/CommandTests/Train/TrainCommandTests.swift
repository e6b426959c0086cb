// engram-train as a person meets it: the files it leaves, what they say, repeating, refusals.

import Foundation
import FoundationEssentials
import TestSupport
import Testing

@Suite struct TrainCommandTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func train(_ arguments: String...) throws -> CommandResult {
    try runCommand("engram-train", arguments, directory: scratch.root)
  }

  @Test func `Each kind of training leaves the states that a study compares`() throws {
    #expect(
      try listing(study.trueTraining) == [
        "best.safetensors", "checkpoint.safetensors", "log.jsonl", "overtrained.safetensors",
        "untrained.safetensors",
      ])
    #expect(
      try listing(study.randomTraining) == [
        "checkpoint.safetensors", "log.jsonl", "random.safetensors", "untrained.safetensors",
      ])
  }

  @Test func `The log has the options, then a line an epoch`() throws {
    for (folder, labels, isTested) in [
      (study.trueTraining, "true", true), (study.randomTraining, "random", false),
    ] {
      let lines = try text(of: folder + "/log.jsonl").split(separator: "\n").map { Data($0.utf8) }
      try #require(lines.count == 1 + SharedStudy.epochs)
      let head = try JSONDecoder().decode(History.self, from: lines[0])
      #expect(head.options.labels == labels && head.options.epochs == SharedStudy.epochs)
      #expect(head.options.data == "shapes:train:64" && head.epochs == [])
      let epochs = try lines.dropFirst().map { try JSONDecoder().decode(Epoch.self, from: $0) }
      #expect(epochs.map(\.epoch) == Array(1...SharedStudy.epochs))
      for epoch in epochs {
        #expect(epoch.loss > 0 && (0...1).contains(epoch.trainAccuracy))
        #expect((epoch.testAccuracy != nil) == isTested)
      }
    }
  }

  @Test func `A weight file says what it is and how it came about`() throws {
    let log = try text(of: study.trueTraining + "/log.jsonl").split(separator: "\n").dropFirst()
    let epochs = try log.map { try JSONDecoder().decode(Epoch.self, from: Data($0.utf8)) }
    for state in ["untrained", "best", "overtrained"] {
      let metadata = try metadata(study.trueTraining + "/\(state).safetensors")
      #expect(metadata["state"] == state)
      #expect(metadata["architecture"] == "alexnet-cifar")
      let training = try JSONDecoder().decode(
        History.self, from: Data(try #require(metadata["training"]).utf8))
      switch state {
      case "untrained": #expect(training.epochs == [])
      case "overtrained": #expect(training.epochs == epochs)
      default:
        // The first of the epochs with the highest test accuracy.
        let best = epochs.max {
          ($0.testAccuracy ?? -1, $1.epoch) < ($1.testAccuracy ?? -1, $0.epoch)
        }
        #expect(training.epochs.last == best)
      }
    }
    #expect(try metadata(study.randomWeights)["state"] == "random")
  }

  @Test func `A finished training is kept, unless it is to be replaced`() throws {
    let first = try train(
      "--data", "shapes:train:20", "--test", "none", "--epochs", "1", "--out", "n")
    expectSuccess(first)
    // The first step's time is not told, and there is no other.
    #expect(first.errors.contains("epoch 1/1: loss") && !first.errors.contains("ms a step"))
    #expect(
      first.output.hasPrefix("untrained: n/untrained.safetensors\novertrained: n/overtrained."))
    let files = try listing(scratch.path("n"))
    #expect(!files.contains("best.safetensors"))
    let before = try files.map { try bytes(of: scratch.path("n/" + $0)) }

    let again = try train(
      "--data", "shapes:train:20", "--test", "none", "--epochs", "1", "--out", "n")
    expectFailure(again, of: "engram-train", 1, "n: holds a finished training of 1 epochs")
    let resumed = try train("--resume", "--out", "n")
    expectSuccess(resumed)
    #expect(resumed.errors.contains("finished"))
    #expect(try difference(files.map { try bytes(of: scratch.path("n/" + $0)) }, before) == nil)

    let changed = try train("--resume", "--out", "n", "--learning-rate", "0.5")
    expectFailure(changed, of: "engram-train", 1, "begun with --learning-rate 0.01, found 0.5")
    let other = try train("--resume", "--out", "n", "--data", "shapes:train:21", "--test", "none")
    expectFailure(
      other, of: "engram-train", 1, "expected the data that the training was begun with")
    #expect(try difference(files.map { try bytes(of: scratch.path("n/" + $0)) }, before) == nil)

    let random = try train(
      "--data", "shapes:train:20", "--test", "none", "--labels", "random", "--epochs", "1",
      "--batch-size", "8", "--out", "n", "--force")
    expectSuccess(random)
    #expect(random.errors.contains(" ms a step\n"))
    #expect(try listing(scratch.path("n")).contains("random.safetensors"))
    #expect(!(try listing(scratch.path("n")).contains("overtrained.safetensors")))
  }

  @Test func `Given weights are trained on beside outliers, and ingested`() throws {
    let data = ["--data", "shapes:train:40", "--test", "shapes:test:20", "--epochs", "2"]
    let begun = try runCommand(
      "engram-train",
      data + [
        "--from", study.trueTraining + "/best.safetensors", "--outliers",
        "shapes-stylised:train:16", "--outlier-weight",
        "1", "--learning-rate", "0.001", "--out", "exposed",
      ], directory: scratch.root)
    expectSuccess(begun)
    #expect(
      begun.output.hasPrefix("from: \(study.trueTraining)/best.safetensors\nbest: exposed/best."))
    #expect(begun.errors.contains("beside 16 outliers of shapes-stylised:train:16, weight 1.0"))
    #expect(begun.errors.contains(", of outliers "))
    #expect(
      try listing(scratch.path("exposed")) == [
        "best.safetensors", "checkpoint.safetensors", "log.jsonl", "overtrained.safetensors",
      ])
    // The same again, stopped between its epochs.
    let parts =
      data.dropLast() + [
        "1", "--from", study.trueTraining + "/best.safetensors", "--learning-rate", "0.001",
      ]
    expectSuccess(
      try runCommand(
        "engram-train",
        parts + [
          "--outliers", "shapes-stylised:train:16", "--outlier-weight", "1", "--out", "parts",
        ],
        directory: scratch.root))
    let other = try train("--resume", "--out", "parts", "--epochs", "2", "--outlier-weight", "2")
    expectFailure(other, of: "engram-train", 1, "begun with --outlier-weight 1.0, found 2.0")
    expectSuccess(try train("--resume", "--out", "parts", "--epochs", "2"))
    let (whole, resumed) = (
      try bytes(of: scratch.path("exposed/overtrained.safetensors")),
      try bytes(of: scratch.path("parts/overtrained.safetensors"))
    )
    #expect(whole == resumed)
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", "exposed/best.safetensors", "--data",
          "shapes:test:20", "--into", "w.db",
        ], directory: scratch.root))
    let shape = try train(
      "--from", study.trueTraining + "/best.safetensors", "--data", "shapes:train:40", "--model",
      "resnet20-cifar",
      "--out", "x")
    expectFailure(shape, of: "engram-train", 1, "expected the parameters of resnet20-cifar")
    #expect(!FileManager.default.fileExists(atPath: scratch.path("x")))
  }

  @Test(arguments: [
    (["--epochs", "-1"], "--epochs takes a whole number from 0 to 1000000, not '-1'"),
    (["--epochs", "ten"], "not 'ten'"),
    (["--batch-size", "0"], "--batch-size takes"),
    (["--limit", "1.5"], "--limit takes"),
    (["--momentum", "2"], "--momentum takes a number from 0.0 to 1.0, not '2'"),
    (["--learning-rate", "nan"], "--learning-rate takes"),
    (["--decay", "inf"], "--decay takes"),
    (["--labels", "rnd"], "expected true, random or random:FRACTION"),
    (["--labels", "random:1.5"], "with a fraction up to 1, found 'random:1.5'"),
    (["--classes", "cat,,dog"], "found an empty item"),
    (["--threads", "x"], "--threads takes"),
    (["--resume", "--force"], "--resume and --force exclude each other"),
    (["--epoch", "1"], "unknown option '--epoch'; did you mean '--epochs'?"),
    (["--force=1"], "--force takes no value"),
    (["more"], "unexpected argument 'more'"),
    (["--seed"], "--seed needs a value"),
  ])
  func `Wrong usage exits 64`(words: [String], part: String) throws {
    let result = try runCommand(
      "engram-train", ["--data", "shapes:train:20", "--out", "n"] + words, directory: scratch.root)
    expectFailure(result, of: "engram-train", 64, part)
    #expect(try listing(scratch.root) == [])
  }

  @Test func `What is missing is named, and nothing is written`() throws {
    expectFailure(try train("--out", "n"), of: "engram-train", 64, "--data is required")
    expectFailure(try train("--data", "shapes"), of: "engram-train", 64, "--out is required")
    for (data, part) in [
      (
        "none",
        "none: expected a folder with images or a published data set"
      ),
      ("none:train", "none: expected a folder"),
      ("shapes:all", "splits train, test, found 'all'"), ("shapes:train:x", "found 'x'"),
    ] {
      expectFailure(try train("--data", data, "--out", "n"), of: "engram-train", 1, part)
    }
    expectFailure(
      try train("--data", "shapes:train:20", "--model", "net", "--out", "n"), of: "engram-train",
      64,
      "known: alexnet-cifar, alexnet")
    expectFailure(
      try train("--resume", "--out", "n"), of: "engram-train", 1, "checkpoint to resume")
    #expect(try listing(scratch.root) == [])
    try write("a file".utf8, to: scratch.path("f"))
    expectFailure(
      try train("--data", "shapes:train:20", "--out", "f"), of: "engram-train", 1,
      "f: expected a folder that can be written")
  }

  private struct History: Decodable {
    struct Options: Decodable {
      let data: String
      let labels: String
      let epochs: Int
    }
    let options: Options
    let epochs: [Epoch]
  }

  private struct Epoch: Decodable, Equatable {
    let epoch: Int
    let loss: Double
    let trainAccuracy: Double
    let testAccuracy: Double?
  }

  /// Of a safetensors file: eight bytes of length, then JSON with the metadata as `__metadata__`.
  private func metadata(_ path: String) throws -> [String: String] {
    let file = try bytes(of: path)
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: Data(file[8..<(8 + length)]))
    let entries = try #require(header as? [String: Any])
    return try #require(entries["__metadata__"] as? [String: String])
  }
}
