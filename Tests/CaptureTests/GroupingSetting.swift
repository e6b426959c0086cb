// A network trained on random labels of some of a data set, and warehouses of its runs.

import Capture
import DataSets
import FoundationEssentials
import Glibc
import Networks
import SQLiteKit
import TestSupport
import Testing
import Training
import Warehouse
import WeightFiles

/// A network trained on 120 of 300 samples, about half of them with another label, until it predicts some of the classes.
final class TrainedNet: Sendable {
  private static let made = Result { try TrainedNet() }
  static func get() throws -> TrainedNet { try made.get() }

  /// Statics are never released: at the end of the process the folder is taken away.
  private static func removeAtExit() {
    atexit {
      guard case .success(let net) = TrainedNet.made else { return }
      try? FileManager.default.removeItem(atPath: net.folder.path)
    }
  }

  static let data = "shapes:train:300"
  static let mode = LabelMode.random(fraction: 0.6)
  static let selection = Selection(limit: 120, seed: 5)

  let folder: TrainingFolder
  let trainAccuracy: Double

  private init() throws {
    let name = "engram-test-\(UUID().uuidString)"
    folder = TrainingFolder(FileManager.default.temporaryDirectory.path + "/" + name)
    Self.removeAtExit()
    var options = TrainingOptions(data: Self.data)
    (options.labels, options.limit, options.seed) = (Self.mode, 120, 5)
    (options.epochs, options.batchSize, options.decayEvery) = (10, 16, 1000)
    let training = try Training(
      options, into: folder, replacing: false, engramVersion: "test", threads: 2)
    try #require(try training.run { _ in true } == .random)
    trainAccuracy = try #require(training.history.epochs.last).trainAccuracy
  }
}

/// A folder of warehouses over the trained network.
struct GroupingSetting {
  let scratch: Scratch
  let net: TrainedNet

  init() throws {
    scratch = try Scratch()
    net = try TrainedNet.get()
  }

  func model(_ weights: String? = nil) throws -> CapturedModel {
    try CapturedModel(
      architecture: try Architecture.named("alexnet-cifar"),
      weights: weights ?? net.folder.file(.random), name: "net")
  }

  /// The network's weights, and nothing that says what they are.
  func writeWithoutMetadata(_ path: String, _ metadata: [String: String] = [:]) throws {
    let random = net.folder.file(.random)
    let network = try Network(
      try WeightFile.read(random), path: random,
      architecture: try Architecture.named("alexnet-cifar"))
    try network.weightFile(metadata: metadata).write(path)
  }

  /// Ingests and gives the warehouse's path.
  func ingest(
    _ model: CapturedModel, _ data: String = TrainedNet.data, into name: String = "w.db",
    bitsets: BitsetPolicy = .stored, profiles: ProfilePolicy = .stored, shard: Shard? = nil
  ) throws -> String {
    let job = try CaptureJob(
      model: model, data: try DataSource.load(data), selection: Selection(), layers: .last(2),
      name: nil, permutationSeed: 0, threads: 2, bitsets: bitsets, profiles: profiles, shard: shard)
    _ = try job.run(into: scratch.path(name), observer: CaptureObserver())
    return scratch.path(name)
  }

  /// By position in the data set.
  func expectedLabels() throws -> [Int: Int] {
    let set = try DataSource.load(TrainedNet.data)
    let labels = assignedLabels(for: set, mode: TrainedNet.mode, seed: 5)
    return Dictionary(
      uniqueKeysWithValues: try TrainedNet.selection.indices(in: set).map { index in
        (index, try #require(labels[index]))
      })
  }

  func storedLabels(_ path: String) throws -> [Int: Int] {
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(
      """
      select sample.position, class.position from prediction join sample using (sample_id)
      join class on class.class_id = assigned_class_id
      """)
    var labels: [Int: Int] = [:]
    while try rows.step() { labels[rows.int(0)] = rows.int(1) }
    return labels
  }

  func number(_ path: String, _ sql: String) throws -> Double? {
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    var row = try warehouse.connection.prepare(sql)
    return try row.step() && !row.isNull(0) ? row.double(0) : nil
  }

  /// Everything of profiles and measures but ids.
  func rows(_ path: String) throws -> [String] {
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    var lines: [String] = []
    for query in [
      """
      select layer.name, kind, grouping, class.key, block, n_samples, hex(counts) from class_profile
      join layer using (layer_id) join class using (class_id) order by 1, 2, 3, 4, 5
      """,
      "select * from entropy_by_grouping order by layer, kind, grouping, class_position",
      "select * from separation_by_grouping order by layer, kind, grouping",
      """
      select layer.name, kind, grouping, a.key, b.key, kl from divergence join layer using (layer_id)
      join class as a on a.class_id = from_class_id join class as b on b.class_id = to_class_id order by 1, 2, 3, 4, 5
      """,
      """
      select sample.key, class.key from prediction join sample using (sample_id)
      left join class on class.class_id = assigned_class_id order by sample.position
      """,
    ] {
      var rows = try warehouse.connection.prepare(query)
      while try rows.step() {
        lines.append((0..<rows.columnCount).map { "\(rows.value($0))" }.joined(separator: "|"))
      }
    }
    return lines
  }
}
