// A network over data sets of other classes than its own: some of them, more of them, none of them, and no labels at all.

import Analytics
import Capture
import DataSets
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct ForeignDataTests {
  private let setting: GroupingSetting

  init() throws { setting = try GroupingSetting() }

  /// Ninety generated images, which a table of labels calls otherwise.
  private func set(_ name: String, _ classes: [String], _ label: (Int) -> Int?) throws
    -> ImageDataSet
  {
    let own = try DataSource.load("shapes:test:90")
    let made = ImageDataSet(
      name: name, shape: own.shape, classes: classes.map { ClassName(key: $0, name: $0) },
      labels: own.labels.indices.map { label(try! #require(own.labels[$0])) ?? 0 },
      keys: own.keys.map { "\(name) \($0)" },
      pixels: try own.labels.indices.flatMap { try own.image($0) })
    return label(0) == nil ? made.unlabelled : made
  }

  private func own() throws -> [String] {
    try DataSource.load("shapes:test:1").classes.map(\.key)
  }

  @discardableResult
  private func ingest(
    _ set: ImageDataSet, into name: String = "w.db", _ perturbation: Perturbation = .none,
    shard: Shard? = nil, bitsets: BitsetPolicy = .stored
  ) throws -> CaptureSummary {
    let job = try CaptureJob(
      model: try setting.model(), data: set, selection: Selection(), layers: .last(2), name: nil,
      perturbation: perturbation, permutationSeed: 0, threads: 2, bitsets: bitsets, shard: shard)
    return try job.run(into: setting.scratch.path(name), observer: CaptureObserver())
  }

  private func rows(_ sql: String, _ name: String = "w.db") throws -> [String] {
    let warehouse = try Warehouse.open(setting.scratch.path(name), mode: .readOnly)
    var rows = try warehouse.connection.prepare(sql)
    var lines: [String] = []
    while try rows.step() {
      lines.append(
        (0..<rows.columnCount).map { rows.isNull($0) ? "-" : rows.text($0) }.joined(separator: "|"))
    }
    return lines
  }

  private func damages(_ name: String = "w.db") throws -> [String] {
    try Warehouse.open(setting.scratch.path(name), mode: .readOnly).verify()
      .filter { $0.status == .damaged }.map { "\($0)" }
  }

  @Test func classesOfAnyOrderAndForeignOnesBesideThem() throws {
    let own = try own()
    // Backwards, without the first two, and three that the network does not know in front.
    let names = ["x", "y", "z"] + own.dropFirst(2).reversed()
    let summary = try ingest(
      try set("mixed", names) { $0 < 2 ? $0 : 3 + (own.count - 1 - $0) })
    let plain = try ingest(try DataSource.load("shapes:test:90"))
    // What the network says of an image does not depend on what the data set calls it.
    #expect(
      try rows("select predicted, confidence from predictions where run_id = 1 order by position")
        == rows("select predicted, confidence from predictions where run_id = 2 order by position"))
    let answered = try rows(
      "select count(*), sum(correct), avg(loss) from predictions where run_id = 2 and class_position >= 2"
    )
    #expect(
      try rows("select count(correct), sum(correct), avg(loss) from predictions where run_id = 1")
        == answered)
    #expect(
      try rows(
        "select class, n_samples, n_correct is null, mean_loss is null from class_accuracy where run_id = 1 and class in ('x', 'y')"
      )
        == ["x|9|1|1", "y|9|1|1"])
    #expect((summary.foreign, summary.unlabelled, summary.samples) == (18, 0, 90))
    #expect((plain.foreign, plain.unlabelled) == (0, 0))
    #expect(
      try rows("select n_foreign, n_unlabelled, accuracy is not null from runs") == [
        "18|0|1", "0|0|1",
      ])
    #expect(
      try rows("select class, output_position from classes where run_id = 1")
        == ["x|-", "y|-", "z|-"] + own.indices.dropFirst(2).reversed().map { "\(own[$0])|\($0)" })
    // Measures go by the data set's own classes, foreign ones among them.
    #expect(
      try rows("select count(distinct class) from class_entropy where run_id = 1") == ["10"])
    #expect(try damages() == [])
    // The network says what no label says as well.
    let warehouse = try Warehouse.open(setting.scratch.path("w.db"), mode: .write)
    _ = try warehouse.measure(run: 1, by: .predicted)
    #expect(
      try rows(
        "select distinct class from entropy_by_grouping where run_id = 1 and grouping = 'predicted' order by 1"
      )
        == rows("select distinct predicted from predictions where run_id = 1 order by 1"))
    #expect(try damages() == [])
  }

  @Test(arguments: [BitsetPolicy.stored, .derived])
  func samplesWithoutLabels(bitsets: BitsetPolicy) throws {
    let unlabelled = try set("none", ["a"]) { _ in nil }
    let summary = try ingest(unlabelled, bitsets: bitsets)
    #expect(summary.accuracy == nil && summary.unlabelled == 90 && summary.foreign == 0)
    #expect(summary.notes.contains { $0.contains("--by predicted") })
    #expect(
      try rows(
        "select count(*), count(class), count(correct), count(loss), count(predicted) from predictions"
      )
        == ["90|0|0|0|90"])
    #expect(try damages() == [])
    let warehouse = try Warehouse.open(setting.scratch.path("w.db"), mode: .write)
    _ = try warehouse.measure(run: 1, by: .predicted)
    #expect(try damages() == [])
    // Predicted classes separate it as they do the labelled run.
    try ingest(try DataSource.load("shapes:test:90"), bitsets: bitsets)
    _ = try warehouse.measure(run: 2, by: .predicted)
    let figures = { (run: Int) in
      try rows(
        """
        select layer, kind, class, n_samples, entropy from entropy_by_grouping
        where run_id = \(run) and grouping = 'predicted' order by 1, 2, 3
        """)
    }
    #expect(try figures(1) == figures(2) && !figures(1).isEmpty)
    // Resampling draws class by class.
    #expect(throws: MeasureError.self) { try warehouse.bootstrap(run: 1, replicates: 2, seed: 0) }
    // Ingesting it again finds it.
    #expect(try ingest(unlabelled, bitsets: bitsets).status == "already ingested")
  }

  /// Foreign samples are scored by what the network takes them for, whatever they are called.
  @Test func likelihoodsAndDetectorsPairByTheOutput() throws {
    try ingest(try DataSource.load("shapes:train:120"))
    try ingest(try DataSource.load("shapes:test:90"))
    try ingest(try set("foreign", ["x"]) { _ in 0 })
    let warehouse = try Warehouse.open(setting.scratch.path("w.db"), mode: .write)
    for run in [2, 3] {
      _ = try warehouse.measure(run: run, under: 1)
      _ = try warehouse.measure(run: run, detecting: 1)
    }
    func scores(_ run: Int) throws -> [String] {
      try rows(
        """
        select layer_id, kind, position, predicted, other, fit, fit_class_id, is_left_out from likelihood
        join sample using (sample_id) where run_id = \(run) and profile_run_id = 1 order by 1, 2, 3
        """)
    }
    #expect(try difference(scores(2), scores(3)) == nil)
    #expect(
      try rows("select count(own) from likelihood where run_id = 3 and profile_run_id = 1") == ["0"]
    )
    func detected(_ run: Int) throws -> [String] {
      try rows(
        """
        select layer_id, position, likelihood, likelihood_ratio, hamming, energy, mahalanobis from \(wideScores)
        join sample using (sample_id) where run_id = \(run) order by 1, 2
        """)
    }
    #expect(try difference(detected(2), detected(3)) == nil && !detected(2).isEmpty)
    #expect(try damages() == [])
    // A run without labels teaches nothing.
    try ingest(try set("none", ["a"]) { _ in nil })
    let summary = try warehouse.measure(run: 2, detecting: 4)
    #expect(
      summary.notes.filter { $0.contains("has no labels, and they are taught class by class") }
        .count == 2)
    let scored = try rows(
      "select distinct name from score join detector using (detector_id) where reference_run_id = 4"
    )
    let byLabels = Detector.all.filter { $0.lesson == .labels }.map(\.name)
    #expect(scored.contains("energy") && scored.contains("knn"))
    #expect(Set(scored).isDisjoint(with: byLabels))
  }

  /// What has no right answer is driven off what the network takes it for.
  @Test func foreignSamplesAreAttackedOffTheirPrediction() throws {
    let attack = Perturbation.attack(try Attack(parsing: "pgd:eps=8/255,step=4/255,steps=2"))
    let images = try DataSource.load("shapes:test:90")
    let said = try Dictionary(
      uniqueKeysWithValues: predictions(images).map { ($0.key, $0.predicted) })
    let own = try own()
    let foreign = try set("foreign", ["x"]) { _ in 0 }
    let asSaid = ImageDataSet(
      name: "said", shape: images.shape, classes: own.map { ClassName(key: $0, name: $0) },
      labels: try images.keys.map { key in try #require(own.firstIndex(of: said[key] ?? "")) },
      keys: images.keys, pixels: try images.labels.indices.flatMap { try images.image($0) })
    let (a, b) = (
      try predictions(foreign, attack).map { "\($0.predicted) \($0.confidence)" },
      try predictions(asSaid, attack).map { "\($0.predicted) \($0.confidence)" }
    )
    #expect(difference(a, b) == nil)
    #expect(
      try difference(a, predictions(images, attack).map { "\($0.predicted) \($0.confidence)" })
        != nil)
  }

  /// The note on samples without a right answer is of attacks that look for one.
  @Test func odinsStepLooksForNoRightAnswer() throws {
    let foreign = try set("foreign", ["x"]) { _ in 0 }
    func notes(_ text: String) throws -> [String] {
      try CaptureJob(
        model: try setting.model(), data: foreign, selection: Selection(), layers: .last(2),
        name: nil, perturbation: .attack(try Attack(parsing: text)), permutationSeed: 0, threads: 2
      ).notes
    }
    #expect(try notes("fgsm").contains { $0.contains("have no right answer") })
    #expect(try !notes("odin").contains { $0.contains("have no right answer") })
  }

  private func predictions(
    _ set: ImageDataSet, _ perturbation: Perturbation = .none
  ) throws -> [SamplePrediction] {
    let job = try CaptureJob(
      model: try setting.model(), data: set, selection: Selection(), layers: .last(2), name: nil,
      perturbation: perturbation, permutationSeed: 0, threads: 2)
    var all: [SamplePrediction] = []
    _ = try job.predict(observer: CaptureObserver()) { batch, _ in all += batch }
    return all
  }

  @Test func partsOfAForeignRunMerge() throws {
    let own = try own()
    let all = try DataSource.load("shapes:test:600")
    let mixed = ImageDataSet(
      name: "mixed", shape: all.shape,
      classes: (["x"] + own.dropFirst()).map { ClassName(key: $0, name: $0) },
      labels: try all.labels.map { try #require($0) }, keys: all.keys,
      pixels: try all.labels.indices.flatMap { try all.image($0) })
    for set in [mixed, mixed.unlabelled] {
      let name = set.classes.isEmpty ? "none" : "some"
      try ingest(set, into: "\(name)-whole.db")
      for part in 1...2 {
        try ingest(set, into: "\(name)-\(part).db", shard: Shard(index: part, count: 2))
      }
      let target = setting.scratch.path("\(name)-merged.db")
      let merge = try Merge((1...2).map { setting.scratch.path("\(name)-\($0).db") })
      _ = try merge.write(into: try Warehouse.open(target, mode: .create))
      #expect(try damages("\(name)-merged.db") == [])
      for sql in [
        "select run, sample, class, predicted, correct, loss, confidence from predictions order by position",
        "select layer, kind, class, n_samples, entropy from class_entropy order by 1, 2, 3",
        "select model, position, key, output, class_list from outputs order by 2",
        "select class_position, key, output_position from classes order by 1",
      ] {
        #expect(
          try difference(rows(sql, "\(name)-merged.db"), rows(sql, "\(name)-whole.db")) == nil,
          "\(sql)")
      }
    }
  }

  @Test func anotherClassListIsAConflict() throws {
    let own = try own()
    let bare = setting.scratch.path("bare.safetensors")
    try setting.writeWithoutMetadata(bare)
    let set = try DataSource.load("shapes:test:90")
    func ingest(_ list: [String]?) throws -> CaptureSummary {
      let model = try CapturedModel(
        architecture: .named("alexnet-cifar"), weights: bare, name: "net",
        classList: list.map { ClassList($0.map { (key: $0, name: $0) }, source: "list.txt") })
      let job = try CaptureJob(
        model: model, data: set, selection: Selection(), layers: .last(1), name: nil,
        permutationSeed: 0, threads: 2)
      return try job.run(into: setting.scratch.path("w.db"), observer: CaptureObserver())
    }
    #expect(try ingest(nil).status == "ingested")
    #expect(try rows("select key, class_list from outputs where position = 3") == ["output 3|-"])
    // Names for what was known by position: the same pairs.
    #expect(try ingest(own).status == "already ingested")
    #expect(
      try rows("select key, class_list from outputs where position = 3") == ["\(own[3])|list.txt"])
    // Others, and the same in another order, are told before anything is written.
    for list in [own.reversed(), own.map { $0 + "!" }] {
      let error = #expect(throws: WarehouseError.self) { try ingest(list) }
      #expect(error?.description.contains("output 0") == true, "\(error?.description ?? "")")
    }
    let error = #expect(throws: CaptureError.self) { try ingest(Array(own.dropLast())) }
    #expect(
      error?.description
        == "list.txt: expected a class for each of the network's 10 outputs, found 9")
  }
}
