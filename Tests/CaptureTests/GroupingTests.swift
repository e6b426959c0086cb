// Samples grouped by the labels a network was trained on, and by its predictions: a net trained on random labels of
// some of a data set, its runs, and what their profiles and measures are, worked out anew from the bits.

import Bits
import Capture
import DataSets
import FoundationEssentials
import Glibc
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse

/// A network trained on 120 of 300 samples, about half of them with another label, until it predicts some of the classes.
private final class TrainedNet: Sendable {
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

@Suite struct GroupingTests {
  private let scratch: Scratch
  private let net: TrainedNet

  init() throws {
    scratch = try Scratch()
    net = try TrainedNet.get()
  }

  private func model(_ weights: String? = nil) throws -> CapturedModel {
    try CapturedModel(
      architecture: try Architecture.named("alexnet-cifar"),
      weights: weights ?? net.folder.file(.random), name: "net")
  }

  /// Ingests and gives the warehouse's path.
  private func ingest(
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
  private func expectedLabels() throws -> [Int: Int] {
    let set = try DataSource.load(TrainedNet.data)
    let labels = assignedLabels(for: set, mode: TrainedNet.mode, seed: 5)
    return Dictionary(
      uniqueKeysWithValues: try TrainedNet.selection.indices(in: set).map { ($0, labels[$0]) })
  }

  private func storedLabels(_ path: String) throws -> [Int: Int] {
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

  private func number(_ path: String, _ sql: String) throws -> Double? {
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    var row = try warehouse.connection.prepare(sql)
    return try row.step() && !row.isNull(0) ? row.double(0) : nil
  }

  @Test func samplesHaveTheLabelsTheyWereTrainedOn() throws {
    let path = try ingest(try model())
    let labels = try expectedLabels()
    #expect(labels.count == 120)
    #expect(try storedLabels(path) == labels)
    // The training's own count of the samples that the network classifies as it was told to.
    let accuracy = try number(
      path,
      "select avg(class_id = assigned_class_id) from prediction where assigned_class_id is not null"
    )
    #expect(accuracy == net.trainAccuracy)
    let differing = try number(
      path,
      """
      select sum(assigned_class_id <> sample.class_id) from prediction join sample using (sample_id)
      """)
    #expect(try #require(differing) > 30)
  }

  @Test func noLabelIsGuessed() throws {
    let other = try ingest(try model(), "shapes:test:60", into: "other.db")
    let fewer = try ingest(try model(), "shapes:train:299", into: "fewer.db")
    let untrained = try ingest(try model(net.folder.file(.untrained)), into: "untrained.db")
    for path in [other, fewer, untrained] { #expect(try storedLabels(path) == [:]) }
    for record in ["{}", "nonsense", #"{"train": {"fingerprint": 5}}"#] {
      let file = try bare(["training": record])
      #expect(try model(file).assignedLabels(in: try DataSource.load(TrainedNet.data)) == nil)
    }
    let warehouse = try Warehouse.open(other, mode: .write)
    let error = #expect(throws: MeasureError.self) { try warehouse.measure(run: 1, by: .assigned) }
    #expect(error?.description.contains("has no assigned labels") == true)
    #expect(error?.description.contains("\n") == false)
    #expect(try warehouse.measure(run: 1, by: .predicted).notes == [])
    try warehouse.connection.execute("update run set completed_at = null")
    let incomplete = #expect(throws: MeasureError.self) {
      try warehouse.measure(run: 1, by: .predicted)
    }
    #expect(incomplete?.description.contains("is not whole") == true)
  }

  /// The network's weights in a file with other metadata.
  private func bare(_ metadata: [String: String] = [:]) throws -> String {
    let architecture = try Architecture.named("alexnet-cifar")
    let random = net.folder.file(.random)
    let network = try Network(
      try WeightFile.read(random), path: random, architecture: architecture)
    let path = scratch.path("bare-\(metadata.hashValue).safetensors")
    try network.weightFile(metadata: metadata).write(path)
    return path
  }

  @Test func aLaterIngestFillsThemIn() throws {
    let path = try ingest(try model(try bare()))
    #expect(try storedLabels(path) == [:])
    let again = try ingest(try model())
    #expect(again == path)
    #expect(try number(path, "select count(*) from run") == 1)
    #expect(try storedLabels(path) == expectedLabels())

    // What was measured by fewer labels goes.
    let warehouse = try Warehouse.open(path, mode: .write)
    _ = try warehouse.measure(run: 1, by: .assigned)
    try warehouse.connection.execute(
      "update prediction set assigned_class_id = null where prediction_id < 100")
    _ = try ingest(try model())
    #expect(try storedLabels(path) == expectedLabels())
    for table in ["class_profile", "entropy", "divergence"] {
      #expect(
        try number(path, "select count(*) from \(table) where grouping = 'assigned'") == 0)
    }
  }

  @Test(arguments: BitsetPolicy.allCases, ProfilePolicy.allCases)
  func profilesAndMeasuresAreThoseOfTheBits(bitsets: BitsetPolicy, profiles: ProfilePolicy) throws {
    let path = try ingest(try model(), bitsets: bitsets, profiles: profiles)
    let warehouse = try Warehouse.open(path, mode: .write)
    let run = try warehouse.run(1)
    for (grouping, samples) in [(ProfileGrouping.predicted, 300), (.assigned, 120)] {
      let summary = try warehouse.measure(run: 1, by: grouping)
      #expect(summary.notes.count == (samples == 300 ? 0 : 1))
      for layer in try warehouse.layers(run: 1) {
        for kind in ProfileKind.allCases {
          let own = try Recount(warehouse, layer, kind, grouping)
          #expect(own.samples.reduce(0, +) == samples)
          var counted: [[UInt32]] = []
          try warehouse.forEachCounters(run: run, layer: layer, kind: kind, grouping: grouping) {
            counted.append($0)
          }
          let (isSame, classes) = (counted == own.counters, own.samples.count)
          #expect(isSame && classes > 1, "\(layer.name) \(kind) \(grouping)")
          #expect(
            try warehouse.countedClasses(run: run, layer: layer, grouping: grouping).map(\.samples)
              == own.samples)
          try expect(own, in: warehouse, layer, kind, grouping)
        }
      }
      let kept = try number(
        path,
        """
        select count(*) from class_profile
        where kind = 'interaction' and grouping = '\(grouping.rawValue)'
        """)
      #expect((kept == 0) == (profiles == .streamed))
      // Again makes the same; measuring the run again leaves them.
      let rows = try rows(path)
      #expect(try warehouse.measure(run: 1, by: grouping) == summary)
      _ = try warehouse.measure(run: 1)
      #expect(try self.rows(path) == rows)
    }
    let damaged = try warehouse.verify().filter { $0.status == .damaged }
    #expect(damaged == [])
  }

  /// Entropies, divergences and separation by their formulas.
  private func expect(
    _ own: Recount, in warehouse: borrowing Warehouse, _ layer: Stored<LayerRecord>,
    _ kind: ProfileKind, _ grouping: ProfileGrouping
  ) throws {
    let size = Double(own.counters[0].count)
    func values(_ sql: String) throws -> [Double] {
      var rows = try warehouse.connection.prepare(sql)
      try rows.bind([.integer(layer.id), .text(kind.rawValue), .text(grouping.rawValue)])
      var values: [Double] = []
      while try rows.step() { values.append(rows.double(0)) }
      return values
    }
    func agree(_ found: [Double], _ expected: [Double]) -> Bool {
      found.count == expected.count
        && zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-9 * max(abs($1), 1e-6) }
    }
    let entropies = own.entropies
    #expect(
      agree(
        try values(
          """
          select entropy from entropy join class using (class_id)
          where layer_id = ? and kind = ? and grouping = ? order by position
          """), entropies))
    let divergences = own.divergences
    #expect(
      agree(
        try values(
          """
          select kl from divergence join class as a on a.class_id = from_class_id
          join class as b on b.class_id = to_class_id
          where layer_id = ? and kind = ? and grouping = ? order by a.position, b.position
          """), divergences))
    let classes = own.samples.count
    let apart = divergences.indices.filter { $0 / classes != $0 % classes }
    let separation = apart.reduce(0) { $0 + divergences[$1] } / Double(apart.count) / size
    let entropy = entropies.reduce(0, +) / Double(classes) / size
    for (column, expected) in [
      ("n_classes", Double(classes)), ("separation", separation), ("mean_entropy", entropy),
      ("relative_separation", separation / entropy),
    ] {
      #expect(
        agree(
          try values(
            """
            select \(column) from separation_by_grouping join layers using (run_id, layer)
            where layer_id = ? and kind = ? and grouping = ?
            """), [expected]))
    }
  }

  /// Everything of profiles and measures but ids.
  private func rows(_ path: String) throws -> [String] {
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

  @Test func mergesKeepThem() throws {
    let path = try ingest(try model())
    do {
      let warehouse = try Warehouse.open(path, mode: .write)
      for grouping in ProfileGrouping.askedFor { _ = try warehouse.measure(run: 1, by: grouping) }
    }
    // Another data set first, so that ids differ.
    let merged = try ingest(try model(), "shapes:test:30", into: "merged.db")
    _ = try Merge([path]).write(into: try Warehouse.open(merged, mode: .write))
    try Warehouse.open(merged, mode: .write).delete(run: 1)
    #expect(try rows(merged).map(withoutRunID) == rows(path).map(withoutRunID))
    let findings = try Warehouse.open(merged, mode: .readOnly).verify()
    #expect(findings.filter { $0.status == .damaged } == [])

    let parts = try (1...2).map {
      try ingest(try model(), into: "part\($0).db", shard: Shard(index: $0, count: 2))
    }
    let error = #expect(throws: MeasureError.self) {
      try Warehouse.open(parts[0], mode: .write).measure(run: 1, by: .predicted)
    }
    #expect(error?.description.contains("merge its parts") == true)
    let whole = scratch.path("whole.db")
    _ = try Merge(parts).write(into: try Warehouse.open(whole, mode: .create))
    #expect(try storedLabels(whole) == expectedLabels())
  }

  private func withoutRunID(_ line: String) -> Substring {
    line.hasPrefix("integer(") ? line.drop { $0 != "|" } : line[...]
  }

  @Test func verifyFindsWhatDoesNotAgree() throws {
    let path = try ingest(try model())
    let warehouse = try Warehouse.open(path, mode: .write)
    for grouping in ProfileGrouping.askedFor { _ = try warehouse.measure(run: 1, by: grouping) }
    let labelled = """
      prediction_id = (select min(prediction_id) from prediction where assigned_class_id is not null)
      """
    for (sql, check, part) in [
      (
        "update prediction set assigned_class_id = null where \(labelled)", "neuron counts",
        "assigned class"
      ),
      (
        "delete from class_profile where grouping = 'predicted' and kind = 'interaction'",
        "interaction counts", "predicted class"
      ),
      (
        """
        delete from entropy where entropy_id =
          (select max(entropy_id) from entropy where grouping = 'assigned')
        """, "rows", "entropy of neurons, assigned classes"
      ),
      (
        "delete from divergence where grouping = 'predicted' and kind = 'neuron'", "rows",
        "divergence of neurons, predicted classes"
      ),
      (
        """
        insert into dataset values (9, 'x', 'x', 1); insert into class values (99, 9, 0, 'x', 'x');
        update prediction set assigned_class_id = 99 where \(labelled)
        """, "rows", "a class of another data set"
      ),
    ] {
      try warehouse.connection.execute("savepoint intact")
      try warehouse.connection.execute(sql)
      let damaged = try warehouse.verify().filter { $0.status == .damaged }
      #expect(
        damaged.contains { $0.check == check && $0.detail.contains(part) }, "\(sql): \(damaged)")
      try warehouse.connection.execute("rollback to intact; release intact")
    }
  }
}

/// Counters of a layer by class, from every sample's bits as a dense bitset or from its z.
private struct Recount {
  /// Of the classes that have samples, by position.
  private(set) var samples: [Int] = []
  private(set) var counters: [[UInt32]] = []

  init(
    _ warehouse: borrowing Warehouse, _ layer: Stored<LayerRecord>, _ kind: ProfileKind,
    _ grouping: ProfileGrouping
  ) throws {
    let column = grouping == .predicted ? "class_id" : "assigned_class_id"
    var labels: [Int: Int] = [:]
    do {
      var rows = try warehouse.connection.prepare(
        """
        select sample_id, c.position from prediction as p join class as c on c.class_id = p.\(column)
        """)
      while try rows.step() { labels[rows.int(0)] = rows.int(1) }
    }
    var members = [Int](repeating: 0, count: 10)
    let size = kind == .interaction ? layer.interactions : layer.outputs
    var counts = [[UInt32]](repeating: [UInt32](repeating: 0, count: size), count: 10)
    if kind == .interaction {
      try warehouse.forEachSignificance(run: 1, layer: layer.id) { sample, bits in
        guard let label = labels[sample.id] else { return }
        members[label] += 1
        let dense = try Significance.dense(bits)
        for i in 0..<size where dense[i / 8] >> (i % 8) & 1 == 1 { counts[label][i] += 1 }
      }
    } else {
      try warehouse.forEachActivation(run: 1, layer: layer.id) { sample, _, z in
        guard let label = labels[sample.id] else { return }
        members[label] += 1
        let values = try FloatVector.decode(z, count: layer.outputs)
        for i in 0..<size where values[i] > 0 { counts[label][i] += 1 }
      }
    }
    for label in members.indices where members[label] > 0 {
      samples.append(members[label])
      counters.append(counts[label])
    }
  }

  var entropies: [Double] {
    zip(samples, counters).map { samples, counters in
      counters.reduce(0) { sum, k in
        let p = Double(k) / Double(samples)
        return p == 0 || p == 1 ? sum : sum - p * log(p) - (1 - p) * log(1 - p)
      }
    }
  }

  /// Row by row.
  var divergences: [Double] {
    let proportions = zip(samples, counters).map { samples, counters in
      counters.map { (Double($0) + 0.5) / (Double(samples) + 1) }
    }
    return proportions.flatMap { p in
      proportions.map { q in
        zip(p, q).reduce(0) {
          $0 + $1.0 * log($1.0 / $1.1) + (1 - $1.0) * log((1 - $1.0) / (1 - $1.1))
        }
      }
    }
  }
}
