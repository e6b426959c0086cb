// The commands with networks other than the study's: training, ingesting, predicting, describing.

import Foundation
import SQLiteKit
import Testing

@Suite struct NetworkCommandTests {
  private let scratch: TemporaryDirectory

  init() throws { scratch = try TemporaryDirectory() }

  private func run(_ command: String, _ words: String) throws -> CommandResult {
    try runCommand(command, words.split(separator: " ").map(String.init), directory: scratch.root)
  }

  @Test func `A residual network is trained, resumed and ingested at its one layer`() throws {
    let training = "--model resnet20-cifar --data shapes:train:96 --test shapes:test:40"
    expectSuccess(try run("engram-train", "\(training) --epochs 2 --batch-size 64 --out whole"))
    expectSuccess(try run("engram-train", "\(training) --epochs 1 --batch-size 64 --out parts"))
    expectSuccess(try run("engram-train", "--resume --epochs 2 --out parts"))
    let weights = try ["whole", "parts"].map {
      try Data(contentsOf: URL(filePath: scratch.path("\($0)/overtrained.safetensors")))
    }
    #expect(weights[0] == weights[1])

    let run = "--model resnet20-cifar --weights whole/best.safetensors --into w.db"
    expectSuccess(try self.run("engram-ingest", "\(run) --data shapes:test:40 --name test"))
    let attacked = "--data shapes:test:20 --name attacked --attack pgd:eps=8/255,steps=2"
    expectSuccess(try self.run("engram-ingest", "\(run) \(attacked)"))
    let verified = try self.run("engram-ingest", "verify w.db --samples all")
    #expect(verified.status == 0, "\(verified.output)")
    let database = try Connection.open(scratch.path("w.db"), mode: .readOnly)
    #expect(try database.first("select group_concat(name) from layer") == .text("linear"))
    #expect(
      try database.first("select n_in * 1000 + n_out from layer") == .integer(64_010))
  }

  /// Untrained networks with and without a fully connected layer, over images of 32 × 32.
  private func untrained(_ model: String, _ options: String = "") throws {
    let data = "--data shapes:train:20 --test none --preprocess unit"
    expectSuccess(
      try run("engram-train", "--model \(model) \(data) --epochs 0 --out \(model) \(options)"))
  }

  @Test func `A network that is not trained here is refused before anything is read`() throws {
    let refused = try run("engram-train", "--model vit_b_16 --data nowhere --epochs 0 --out vit")
    #expect(refused.status == 64)
    #expect(
      refused.errors.contains(
        "--model: expected an architecture that trains, found vit_b_16, which predicts, is attacked and ingested"
      ))
    #expect(try listing(scratch.root).isEmpty)
  }

  @Test func `A network without fully connected layers predicts and is refused`() throws {
    try untrained("squeezenet1_1")
    let model = "--model squeezenet1_1 --weights squeezenet1_1/untrained.safetensors"
    let source = "\(model) --data shapes:test:30"
    let predicted = try run(
      "engram-ingest", "predict \(source) --logits logits.npy --format csv")
    expectSuccess(predicted)
    let lines = predicted.output.split(whereSeparator: \.isNewline)
    #expect(lines.count == 31)
    #expect(lines[0] == "key,label,predicted,correct,confidence,loss")
    let logits = try Data(contentsOf: URL(filePath: scratch.path("logits.npy")))
    #expect(logits.count == 128 + 4 * 30 * 10)
    let right = lines.dropFirst().count { $0.split(separator: ",")[3] == "1" }
    #expect(predicted.errors.contains("\(right) of 30 right"))
    let attacked = try run(
      "engram-ingest", "predict \(source) --limit 8 --attack fgsm:eps=8/255 --format jsonl")
    #expect(attacked.output.split(separator: "\n").count == 8)

    // Told before anything is read.
    let idle = try run(
      "engram-ingest", "predict --threads 0 --model squeezenet1_1 --weights x --data y")
    #expect(idle.status == 64 && idle.errors.contains("--threads takes a whole number"))
    let nowhere = try run("engram-ingest", "predict \(source) --logits nowhere/logits.npy")
    #expect(nowhere.status == 1 && nowhere.output.isEmpty)
    #expect(
      nowhere.errors.hasSuffix("cannot write nowhere/logits.npy: No such file or directory\n"))
    let full = scratch.path("full.npy")
    try FileManager.default.createSymbolicLink(atPath: full, withDestinationPath: "/dev/full")
    let unwritten = try run("engram-ingest", "predict \(source) --limit 8 --logits full.npy")
    #expect(unwritten.status == 1 && unwritten.errors.contains("No space left on device"))
    #expect(try listing(scratch.root) == ["full.npy", "logits.npy", "squeezenet1_1"])

    let refused = try run("engram-ingest", "\(source) --into w.db")
    #expect(
      refused.errors.contains(
        "squeezenet1_1: expected a fully connected layer, whose interactions a warehouse keeps, found none"
      ))
    #expect(refused.status == 1)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("w.db")))
  }

  @Test func `Classes of a run are taken again, and weights get a state`() throws {
    try untrained("resnet20-cifar")
    let model = "--model resnet20-cifar --weights resnet20-cifar/untrained.safetensors --into w.db"
    expectSuccess(
      try run(
        "engram-ingest",
        "\(model) --data shapes:test:60 --classes random:3 --seed 4 --name first --state untrained")
    )
    expectSuccess(
      try run(
        "engram-ingest", "\(model) --data shapes-stylised:test:60 --classes run:first --name second"
      ))
    let database = try Connection.open(scratch.path("w.db"), mode: .readOnly)
    let classes = """
      select group_concat(key) from (
        select distinct class.key from prediction join run using (run_id)
        join sample using (sample_id) join class on class.class_id = sample.class_id
        where run.name = ? order by class.key)
      """
    let first = try database.first(classes, .text("first"))
    #expect(try database.first(classes, .text("second")) == first)
    guard case .text(let keys)? = first else { return #expect(Bool(false), "no classes") }
    #expect(keys.split(separator: ",").count == 3)
    #expect(try database.first("select state from model") == .text("untrained"))
    let wrong = try run(
      "engram-ingest", "\(model) --data shapes:test:60 --name third --state best")
    #expect(wrong.status == 1)
    #expect(wrong.errors.contains("expected weights of the state best, found untrained"))
    expectSuccess(
      try run(
        "engram-ingest", "\(model) --data shapes:test:60 --classes run:first --dry-run"))
    let predicted = try run(
      "engram-ingest",
      "predict --model resnet20-cifar --weights resnet20-cifar/untrained.safetensors "
        + "--data shapes:test:60 --classes run:first")
    #expect(predicted.status == 64 && predicted.errors.contains("predict reads none"))
    let unknown = try run(
      "engram-ingest", "\(model) --data shapes:test:60 --classes run:frist --name third")
    #expect(unknown.status == 1 && unknown.errors.contains("did you mean 'first'?"))
  }

  @Test func `Outputs and sizes are told by the weights`() throws {
    try untrained("resnet20-cifar", "--outputs 10")
    let wrong = try run(
      "engram-train",
      "--model resnet20-cifar --data shapes:train:20 --test none --epochs 0 --outputs 7 --out x")
    #expect(wrong.status == 1 && wrong.errors.contains("expected 7 classes, found 10"))
    let small = try run(
      "engram-ingest",
      "--dry-run --model resnet20-cifar --weights resnet20-cifar/untrained.safetensors "
        + "--data shapes:test:20 --preprocess unit,crop=20 --format csv")
    expectSuccess(small)
    #expect(small.output.contains("\ndry run,"))
  }

  @Test func `A network's card names layers, parameters and sizes`() throws {
    let card = try run("engram-ingest", "describe alexnet --format csv")
    expectSuccess(card)
    let lines = card.output.split(whereSeparator: \.isNewline).map(String.init)
    #expect(lines[0] == "layer,kind,output,parameters,multiply_adds,interactions")
    #expect(
      lines.contains("classifier.1,fully connected,4096 × 1 × 1,37752832,37748736,37752832"))
    #expect(lines.last == "total,23 layers,,61100840,714188480,58631144")
    #expect(card.errors.contains("244 MB of weights"))
    #expect(card.errors.contains("1,000 samples with 25 % of the inputs active: "))
    let none = try run("engram-ingest", "describe squeezenet1_0")
    #expect(none.errors.contains("no fully connected layer"))
    let unknown = try run("engram-ingest", "describe resnet5")
    #expect(unknown.status == 64 && unknown.errors.contains("did you mean 'resnet50'?"))
    let timed = try run(
      "engram-ingest", "describe resnet20-cifar --time 2 --threads 1 --format csv")
    #expect(timed.output.contains("resnet20-cifar,2,1,"))
    let alone = try run("engram-ingest", "describe resnet20-cifar --threads 2")
    #expect(alone.status == 64 && alone.errors.contains("--threads needs --time"))
    let option = try run("engram-ingest", "--describe resnet20-cifar")
    #expect(option.status == 64)
    #expect(option.errors.contains("it is a command: engram-ingest describe"))
  }

  @Test func `A card of weights is of the network that they fit`() throws {
    try untrained("resnet20-cifar")
    let weights = "--weights resnet20-cifar/untrained.safetensors"
    expectSuccess(try run("engram-ingest", "describe resnet20-cifar \(weights)"))
    let other = try run("engram-ingest", "describe squeezenet1_0 \(weights)")
    #expect(other.status == 1 && other.output.isEmpty)
    #expect(other.errors.contains("resnet20-cifar/untrained.safetensors"))
  }
}
