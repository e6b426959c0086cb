// Trainings that begin with given weights, with outliers beside them or without: what is kept of them, that stopping
// leaves no trace, and what is refused.

import DataSets
import FoundationEssentials
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import Training
import WeightFiles

@Suite struct GivenWeightsTests {
  private let folder: String
  private let given: String

  /// A network with batch normalisation, of other weights than any seed of these trainings gives.
  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/engram-given-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    given = folder + "/given.safetensors"
    let file = Network(try .named("resnet20-cifar"), seed: 99).weightFile()
    try WeightFile(tensors: file.tensors, metadata: [:]).write(given)
  }

  private func options(outliers: String? = "shapes-stylised:test:10") throws -> TrainingOptions {
    var options = TrainingOptions(data: "shapes:train:24")
    options.model = "resnet20-cifar"
    options.test = "shapes:test:10"
    (options.epochs, options.batchSize, options.seed) = (3, 16, 5)
    options.from = given
    if let outliers {
      try options.chooseOutliers(outliers)
      options.outlierWeight = 0.25
    }
    return options
  }

  private func begin(_ options: TrainingOptions, _ name: String, threads: Int = 2) throws
    -> Training
  {
    try Training(
      options, into: TrainingFolder("\(folder)/\(name)"), replacing: false, engramVersion: "test",
      threads: threads)
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  @Test(arguments: [LabelMode.true, .random(fraction: 0.5)])
  func `A resumed one ends in the same bytes, and the file may be gone by then`(
    labels: LabelMode
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = try options()
    options.labels = labels
    let final = labels == .true ? TrainingState.overtrained : .random
    let whole = try begin(options, "whole")
    #expect(try whole.run { _ in true } == final)
    let parts = try begin(options, "parts", threads: 1)
    let first = try parts.run { progress in
      if case .step(2, let samples, _) = progress { return samples < 16 }
      return true
    }
    #expect(first == nil)
    try FileManager.default.removeItem(atPath: given)
    let resumed = try Training(
      resuming: parts.folder, options: parts.folder.history().options, threads: 3)
    #expect(try resumed.run { _ in true } == final)
    for state in labels == .true ? [.best, final] : [final] {
      let found = [whole, parts].map {
        FileManager.default.contents(atPath: $0.folder.file(state)) ?? Data()
      }
      #expect(found[0].count > 1000 && difference(found[0], found[1]) == nil)
    }
    // What it began with is the file, not an untrained network.
    #expect(!FileManager.default.fileExists(atPath: whole.folder.file(.untrained)))
  }

  @Test func `Records name the weights, the outliers and their weight`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = try options()
    options.epochs = 1
    let training = try begin(options, "a")
    _ = try training.run { _ in true }
    let path = training.folder.file(.overtrained)
    let history = try TrainingFolder.history(of: try WeightFile.read(path), at: path)
    #expect(history.from?.name == given)
    #expect(history.from?.sha256 == (try WeightFile.read(given).sha256))
    #expect(history.outliers?.name == "shapes-stylised:test:10" && history.outliers?.samples == 10)
    #expect(history.options.outliers == "shapes-stylised:test:10")
    #expect(history.options.outlierWeight == 0.25 && history.options.from == given)
    #expect(history.options.preprocess?.description == history.preprocessing)
    let loss = try #require(history.epochs.first?.outlierLoss)
    #expect(loss > 2.3)
    let log = try String(contentsOfFile: training.folder.log, encoding: .utf8)
    #expect(log.contains("\"outlierLoss\":") && log.contains("\"outlierWeight\":0.25"))

    // A training without says nothing of either, as before there were any.
    var plain = try self.options(outliers: nil)
    (plain.from, plain.epochs) = (nil, 1)
    let other = try begin(plain, "b")
    _ = try other.run { _ in true }
    #expect(try !other.history.json().contains("utlier"))
    #expect(try !other.history.json().contains("from"))
  }

  /// The first loss of a training is of the weights it begins with.
  @Test func `The weights are the file's`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = try options(outliers: nil)
    (options.epochs, options.learningRate) = (1, 0)
    let training = try begin(options, "a")
    _ = try training.run { _ in true }
    let path = training.folder.file(.overtrained)
    let (found, expected) = (try WeightFile.read(path), try WeightFile.read(given))
    for (name, tensor) in expected.tensors where !name.contains("running") {
      #expect(found.tensors[name] == tensor, "\(name)")
    }
  }

  @Test func `Images are prepared as the file says`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var first = try options(outliers: nil)
    (first.epochs, first.preprocess) = (1, try Preprocessing(parsing: "unit,crop=28"))
    let before = try begin(first, "first")
    _ = try before.run { _ in true }
    var second = try options(outliers: nil)
    (second.epochs, second.from) = (1, before.folder.file(.overtrained))
    let after = try begin(second, "second")
    #expect(after.history.preprocessing == "crop=28,scale=255,mean=0,std=1")
    _ = try after.run { _ in true }
    let resumed = try Training(
      resuming: after.folder, options: after.folder.history().options, threads: 2)
    #expect(resumed.history.preprocessing == "crop=28,scale=255,mean=0,std=1")
    second.preprocess = try Preprocessing(parsing: "cifar")
    #expect(try begin(second, "third").history.preprocessing.hasPrefix("scale=255,mean=0.485"))
  }

  @Test func `Weights that are none of this network's are refused before anything is written`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func refusal(_ change: (inout TrainingOptions) throws -> Void) throws -> String {
      var options = try options()
      try change(&options)
      defer { #expect(!FileManager.default.fileExists(atPath: "\(folder)/x")) }
      return message { _ = try begin(options, "x") }
    }
    #expect(
      try refusal { $0.model = "alexnet-cifar" }.contains(
        "expected the parameters of alexnet-cifar"))
    let seven = folder + "/seven.safetensors"
    try Network(.named("resnet20-cifar", classes: 7), seed: 1).weightFile().write(seven)
    #expect(
      try refusal { $0.from = seven }.contains("linear.weight is [7, 64] instead of [10, 64]"))
    #expect(try refusal { $0.from = folder + "/none" }.contains("/none: "))
    try Data("no weights".utf8).write(to: URL(filePath: folder + "/text.pth"))
    #expect(try refusal { $0.from = folder + "/text.pth" }.contains("text.pth: expected"))
    #expect(try refusal { $0.epochs = 0 }.contains("--epochs 0, which writes an untrained network"))
    #expect(
      try refusal { $0.outliers = "shapes:test:none" }.contains("a number of images from 1"))
  }

  @Test func `Outputs of the same names in another order are refused, other names are told`() throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let shapes = try DataSource.load("shapes:test:10").classes
    let network = Network(try .named("resnet20-cifar"), seed: 1)
    func named(_ classes: [ClassName]) throws -> String {
      let path = "\(folder)/named.safetensors"
      try network.weightFile(metadata: [ClassList.metadataKey: ClassList.json(classes)]).write(path)
      return path
    }
    var options = try options(outliers: nil)
    options.from = try named(shapes)
    #expect(try begin(options, "same").notes == [])
    var turned = shapes
    turned.swapAt(2, 5)
    options.from = try named(turned)
    let error = message { _ = try begin(options, "turned") }
    #expect(
      error.contains("expected its classes in the order of the network's outputs"), "\(error)")
    #expect(error.contains("\(shapes[2].key) in place 2, which is output 5"), "\(error)")
    var renamed = shapes
    renamed[4] = ClassName(key: "ear", name: "ear")
    options.from = try named(renamed)
    let notes = try begin(options, "renamed").notes
    #expect(notes.count == 1)
    #expect(notes[0].contains("1 of 10 outputs learn other classes"), "\(notes)")
    #expect(notes[0].contains("ear becomes \(shapes[4].key)"), "\(notes)")
  }

  @Test func `What changes a bit cannot change when resuming`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = try options()
    options.epochs = 1
    let training = try begin(options, "a")
    _ = try training.run { _ in true }
    func refusal(_ change: (inout TrainingOptions) throws -> Void) throws -> String {
      var options = training.history.options
      options.epochs = 2
      try change(&options)
      return message { _ = try Training(resuming: training.folder, options: options, threads: 2) }
    }
    #expect(try refusal { _ in } == "")
    #expect(
      try refusal { $0.outlierWeight = 0.5 }.contains("begun with --outlier-weight 0.25, found 0.5")
    )
    #expect(
      try refusal { $0.from = "other.pth" }.contains("begun with --from \(given), found other.pth"))
    let other = try refusal { $0.outliers = "shapes-stylised:test:11" }
    #expect(other.contains("outliers shapes-stylised:test:10), found other content"), "\(other)")
    #expect(
      try refusal { $0.outliers = nil }.contains("begun with --outliers a data set, found left out")
    )
  }
}
