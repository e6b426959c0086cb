// Detectors of feature maps, from a warehouse's rows back to the network: scores beside slow loops over whole Gram matrices,
// the same bits however the work is cut, and what is refused.

import Analytics
import Capture
import DataSets
import Foundation
import Networks
import SQLiteKit
import Synchronization
import TestSupport
import Testing
import Training
import Warehouse
import WeightFiles

/// Runs of one network over generated images.
private struct DetectionSetting {
  let folder: Scratch
  let weights: String
  var file = "w.db"
  var path: String { folder.path(file) }
  static let sets = ["shapes:train:90", "shapes:test:40", "shapes-stylised:test:40"]

  init() throws {
    folder = try Scratch()
    weights = try TrainedNet.get().folder.file(.random)
  }

  func model() throws -> CapturedModel {
    try CapturedModel(
      architecture: try Architecture.named("alexnet-cifar"), weights: weights, name: "net")
  }

  func ingest(
    _ data: String, _ name: String, _ perturbation: Perturbation = .none,
    _ selection: Selection = Selection(), into file: String? = nil, shard: Shard? = nil,
    unlabelled: Bool = false
  ) throws {
    let set = try DataSource.load(data)
    let job = try CaptureJob(
      model: try model(), data: unlabelled ? set.unlabelled : set, selection: selection,
      layers: .last(2), name: name, perturbation: perturbation, permutationSeed: 3, threads: 2,
      shard: shard)
    _ = try job.run(into: file ?? path, observer: CaptureObserver())
  }

  /// Scores runs and stores what comes out.
  @discardableResult
  func detect(
    _ names: String..., by reference: String = "training", with text: String = "gram",
    weights: String? = nil, data: [String] = DetectionSetting.sets, threads: Int = 2
  ) throws -> [String] {
    let warehouse = try Warehouse.open(path, mode: .write)
    func run(_ name: String) throws -> Stored<RunRecord> {
      try #require(try warehouse.runs().first { $0.name == name })
    }
    let teacher = try run(reference)
    let sources = try RunSources(
      of: teacher, in: warehouse, weights: weights ?? self.weights, data: data, threads: threads)
    let detection = try FeatureDetection(
      try ChosenDetector.parse(text, ofFeatureMaps: true), taughtBy: teacher,
      try sources.job(of: teacher, in: warehouse), in: warehouse, observer: CaptureObserver())
    var notes = detection.notes
    for name in names {
      let own = try run(name)
      let scored = try detection.scores(
        of: own, try sources.job(of: own, in: warehouse), in: warehouse,
        observer: CaptureObserver())
      let summary = try warehouse.store(scored.columns, of: own, under: teacher)
      #expect(summary.rows["score"] == scored.columns.reduce(0) { $0 + $1.scores.count })
      notes += scored.notes
    }
    return notes
  }

  /// By detector and run, the scores in the order of samples.
  func scores(
    _ file: String? = nil, of reference: String = "training"
  ) throws -> [String: [Double?]] {
    let warehouse = try Warehouse.open(file ?? path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(
      """
      select detector.name || ' ' || run.name, score, layer.name from score join detector using (detector_id)
      join run using (run_id) join layer using (layer_id) join sample using (sample_id)
      where reference_run_id = (select run_id from run where name = ?) order by sample.position
      """)
    try rows.bind([.text(reference)])
    var scores: [String: [Double?]] = [:]
    while try rows.step() {
      #expect(rows.text(2) == "fc3")
      scores[rows.text(0), default: []].append(rows.isNull(1) ? nil : rows.double(1))
    }
    return scores
  }
}

/// Gram matrices as they are written down, of a network's maps one sample at a time.
private struct SlowGram {
  let network: Network
  let preprocessing: Preprocessing
  let orders: Int

  /// The predicted class, and by layer the entries.
  func entries(_ set: ImageDataSet, _ position: Int) throws -> (predicted: Int, [[Double]]) {
    let shapes = network.featureLayers.map(\.shape)
    let found = Mutex([[Double]](repeating: [], count: shapes.count))
    let image = try set.image(position)
    let logits = network.forward(
      count: 1, threads: 1,
      features: { _, layer, values, rowStride in
        let shape = shapes[layer]
        func value(_ channel: Int, _ position: Int) -> Double {
          Double(values[position * rowStride + channel])
        }
        var own: [Double] = []
        for order in 1...orders {
          func power(_ channel: Int, _ position: Int) -> Double {
            (0..<order).reduce(1) { product, _ in product * value(channel, position) }
          }
          let powers = (0..<shape.channels).map { channel in
            (0..<shape.positions).map { power(channel, $0) }
          }
          for i in 0..<shape.channels {
            var sum = 0.0
            for j in 0..<shape.channels {
              for s in 0..<shape.positions { sum += powers[i][s] * powers[j][s] }
            }
            own.append(root(sum, order))
          }
        }
        found.withLock { $0[layer] = own }
      },
      source: { _, input in preprocessing.apply(image, shape: set.shape, into: &input) }
    ).logits
    let predicted = try #require(logits.indices.max { logits[$0] < logits[$1] })
    return (predicted, found.withLock { $0 })
  }

  private func root(_ sum: Double, _ order: Int) -> Double {
    // Newton's steps, for no other root is at hand that is not the library's own.
    guard sum > 0 else { return 0 }
    var x = max(1, sum)
    for _ in 0..<4000 {
      let power = (1..<max(2, order)).reduce(1.0) { product, _ in product * x }
      let next = order == 1 ? sum : x - (x - sum / power) / Double(order)
      if next == x { break }
      x = next
    }
    return x
  }

  func scores(
    _ set: ImageDataSet, _ positions: [Int], taughtBy reference: ImageDataSet, _ teaching: [Int],
    heldAside: Set<Int>
  ) throws -> [Double?] {
    var low: [Int: [[Double]]] = [:]
    var high: [Int: [[Double]]] = [:]
    for position in teaching where !heldAside.contains(position) {
      let (label, own) = try entries(reference, position)
      for layer in own.indices {
        for at in own[layer].indices {
          low[label, default: own][layer][at] = min(
            low[label, default: own][layer][at], own[layer][at])
          high[label, default: own][layer][at] = max(
            high[label, default: own][layer][at], own[layer][at])
        }
      }
    }
    func deviations(_ set: ImageDataSet, _ position: Int) throws -> [Double]? {
      let (label, own) = try entries(set, position)
      guard let low = low[label], let high = high[label] else { return nil }
      return own.indices.map { layer -> Double in
        var sum = 0.0
        for at in own[layer].indices {
          let (g, a, b) = (own[layer][at], low[layer][at], high[layer][at])
          sum += max(a - g, 0) / abs(a + 1e-6) + max(g - b, 0) / abs(b + 1e-6)
        }
        return sum
      }
    }
    let aside = try heldAside.sorted().compactMap { try deviations(reference, $0) }
    return try positions.map { position -> Double? in
      guard let own = try deviations(set, position) else { return nil }
      var total = 0.0
      for layer in own.indices {
        var sum = 0.0
        for one in aside { sum += one[layer] }
        total += own[layer] / (sum / Double(aside.count) + 1e-7)
      }
      return -total
    }
  }
}

@Suite struct FeatureDetectionTests {
  private let setting: DetectionSetting

  init() throws {
    setting = try DetectionSetting()
    for (name, data) in zip(["training", "clean", "stylised"], DetectionSetting.sets) {
      try setting.ingest(data, name)
    }
  }

  private func refused(_ part: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("expected an error with '\(part)'")
    } catch {
      #expect("\(error)".contains(part), "\(error)")
      #expect(!"\(error)".contains("\n"))
    }
  }

  @Test func `Scores are those of Gram matrices as they are written down`() throws {
    let notes = try setting.detect("clean", "stylised", with: "gram:orders=3,held-aside=0.3,seed=9")
    #expect(notes[0].contains("of 4 layers are those of 63 samples of run \"training\""))
    #expect(notes[0].contains("those of 27 others of it, held aside by seed 9"))
    let reference = try DataSource.load(DetectionSetting.sets[0])
    var generator = SeededGenerator(seed: 9, 0x6A11)
    let heldAside = Set(shuffled(0..<90, using: &generator).prefix(27))
    let model = try setting.model()
    let slow = SlowGram(
      network: model.network,
      preprocessing: try Preprocessing(parsing: "cifar-alexnet"), orders: 3)
    let found = try setting.scores()
    for (name, data) in zip(["clean", "stylised"], DetectionSetting.sets.dropFirst()) {
      let expected = try slow.scores(
        try DataSource.load(data), Array(0..<40), taughtBy: reference, Array(0..<90),
        heldAside: heldAside)
      let own = try #require(found["gram:orders=3,held-aside=0.3,seed=9 \(name)"])
      #expect(difference(own, expected, absolute: 1e-9, relative: 1e-9) == nil)
      #expect(Set(own.compactMap(\.self)).count > 10)
    }
  }

  @Test func `Threads, other runs and asking again change no bit`() throws {
    try setting.detect("clean", "stylised")
    let first = try setting.scores()
    #expect(Set(first.keys) == ["gram clean", "gram stylised"])
    try setting.detect("stylised", threads: 1)
    try setting.detect("clean", threads: 3)
    #expect(try setting.scores() == first)
    // Beside one another, each is what it is alone.
    try setting.detect("clean", with: "gram:orders=2,gram,gram:held-aside=0.5")
    let all = try setting.scores()
    #expect(all["gram clean"] == first["gram clean"])
    try setting.detect("clean", with: "gram:orders=2")
    #expect(try setting.scores() == all)
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    #expect(
      try warehouse.verify(VerifyOptions(samples: 0)).filter { $0.status == .damaged } == [])
    try warehouse.delete(run: try #require(try warehouse.runs().first).id)
    #expect(try warehouse.connection.integer("select count(*) from score") == 0)
    #expect(try warehouse.connection.integer("select count(*) from detector") == 0)
  }

  /// What was done to a run's images is done again, from what its row says.
  @Test func `Perturbed runs and parts of data sets are found again`() throws {
    let sets = DetectionSetting.sets
    try setting.ingest(sets[1], "same", .shift(try Shift(parsing: "sign-noise:eps=0")))
    try setting.ingest(sets[1], "blurred", .shift(try Shift(parsing: "blur:4")))
    try setting.ingest(
      sets[1], "attacked", .attack(try Attack(parsing: "pgd:eps=8/255,steps=2,seed=4")))
    try setting.ingest(sets[1], "odin", .attack(try Attack(parsing: "odin:eps=0.01,T=100")))
    try setting.ingest(sets[1], "some", .none, Selection(perClass: 2, seed: 8))
    try setting.ingest(sets[1], "unlabelled", unlabelled: true)
    for name in ["clean", "same", "blurred", "attacked", "odin", "some", "unlabelled"] {
      #expect(try setting.detect(name).count == 1, "\(name)")
    }
    let scores = try setting.scores()
    let clean = try #require(scores["gram clean"])
    for name in ["same", "unlabelled"] { #expect(scores["gram \(name)"] == clean) }
    for name in ["blurred", "attacked", "odin"] {
      let own = try #require(scores["gram \(name)"])
      #expect(own.count == clean.count && own != clean, "\(name)")
    }
    let some = try Selection(perClass: 2, seed: 8).indices(in: try DataSource.load(sets[1]))
    #expect(some.count < 40)
    // A sample's place among others may move the last bit of a product.
    let own = try #require(scores["gram some"])
    #expect(difference(own, some.map { clean[$0] }, absolute: 1e-3, relative: 1e-3) == nil)
  }

  @Test func `A run of parts is scored once they are merged`() throws {
    let big = "shapes:test:300"
    try setting.ingest(big, "whole")
    try setting.detect("whole", data: [DetectionSetting.sets[0], big])
    let expected = try setting.scores()
    let parts = [1, 2].map { setting.folder.path("part\($0).db") }
    var merged = setting
    merged.file = "merged.db"
    for (index, part) in parts.enumerated() {
      try setting.ingest(big, "whole", into: part, shard: Shard(index: index + 1, count: 2))
    }
    try merged.ingest(DetectionSetting.sets[0], "training")
    func merge(_ paths: [String], into path: String) throws {
      _ = try Merge(paths).write(into: try Warehouse.open(path, mode: .create))
    }
    try merge(parts, into: merged.path)
    try merged.detect("whole", data: [DetectionSetting.sets[0], big])
    #expect(try merged.scores() == expected)
    // Scores come with their runs.
    try merge([setting.path], into: setting.folder.path("copy.db"))
    #expect(try setting.scores(setting.folder.path("copy.db")) == expected)
  }

  @Test func `A pass that is stopped has scored nothing`() throws {
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let runs = try warehouse.runs()
    let sources = try RunSources(
      of: runs[0], in: warehouse, weights: setting.weights, data: DetectionSetting.sets, threads: 2)
    let job = try sources.job(of: runs[0], in: warehouse)
    #expect(throws: CaptureCancelled.self) {
      _ = try FeatureDetection(
        try ChosenDetector.parse("gram", ofFeatureMaps: true), taughtBy: runs[0], job,
        in: warehouse, observer: CaptureObserver(isCancelled: { true }))
    }
    #expect(sources.unused == Array(DetectionSetting.sets.dropFirst()))
    // Of a reference that has samples of another data set, or lacks some of its own.
    for change in [
      "update sample set position = position + 100 where dataset_id = 1",
      "update sample set position = 95 where dataset_id = 1 and position = 3",
    ] {
      let copy = setting.folder.path("changed.db")
      try? FileManager.default.removeItem(atPath: copy)
      try FileManager.default.copyItem(atPath: setting.path, toPath: copy)
      try Connection.open(copy, mode: .readWrite).execute(change)
      var changed = setting
      changed.file = "changed.db"
      #expect(throws: (any Error).self) { try changed.detect("clean") }
      #expect(try changed.scores() == [:])
    }
  }

  @Test func `Other weights, data and runs are refused`() throws {
    let other = setting.folder.path("other.safetensors")
    try Network(try Architecture.named("alexnet-cifar"), seed: 6).weightFile().write(other)
    refused("expected the weights of model \"net\", ") {
      try setting.detect("clean", weights: other)
    }
    refused("run \"clean\": expected its data set \"shapes:test:40\", ") {
      try setting.detect("clean", data: [DetectionSetting.sets[0], "shapes:test:41"])
    }
    refused("nowhere") {
      try setting.detect("clean", data: [DetectionSetting.sets[0], "nowhere:test"])
    }
    refused("run \"training\" is given twice") { try setting.detect("training") }
    try setting.ingest(DetectionSetting.sets[2], "moved", .shift(try Shift(parsing: "blur:1")))
    refused("run \"moved\" is perturbed (blur:1)") { try setting.detect("clean", by: "moved") }
    try setting.ingest(DetectionSetting.sets[0], "again", .shift(try Shift(parsing: "blur:1")))
    refused("share 90 samples") { try setting.detect("again") }
    refused("of which 0 are held aside") {
      try setting.detect("clean", with: "gram:held-aside=0.005")
    }
    // Rows that no ingest writes.
    for (column, value, part) in [
      ("preprocessing", "upside=down", "its row does not say how it was made"),
      ("selection", "{}", "its row does not say how it was made"),
      ("perturbation", "blur:9", "its row does not say how it was made"),
      ("permutation_seed", "77", "it was made by another version of Engram"),
      ("selection", "{\"limit\":39,\"seed\":0}", "it was made by another version of Engram"),
    ] {
      let warehouse = try Warehouse.open(setting.path, mode: .write)
      let old = try #require(
        try warehouse.connection.first("select \(column) from run where name = 'clean'"))
      try warehouse.connection.run(
        "update run set \(column) = ? where name = 'clean'", .text(value))
      refused(part) { try setting.detect("clean") }
      try warehouse.connection.run("update run set \(column) = ? where name = 'clean'", old)
    }
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    try warehouse.connection.run("update model set architecture = 'of my own'")
    refused("expected one of the built-in networks") { try setting.detect("clean") }
    #expect(try setting.scores() == [:])
  }

  /// A reference of four samples knows few of the classes that are predicted.
  @Test func `A class that teaches nothing scores nothing`() throws {
    var found = 0
    for seed in UInt64(1)...8 {
      let few = "few\(seed)"
      try setting.ingest(
        DetectionSetting.sets[0], few, .none, Selection(limit: 4, seed: seed))
      let known = Set(try predicted(few))
      let said = try predicted("stylised")
      do {
        let notes = try setting.detect("stylised", by: few, with: "gram:held-aside=0.25")
        let scores = try #require(try setting.scores(of: few)["gram:held-aside=0.25 stylised"])
        for (score, key) in zip(scores, said) where !known.contains(key) {
          #expect(score == nil, "\(key)")
          found += 1
        }
        let missing = scores.count { $0 == nil }
        #expect(
          notes.contains { $0.contains("\(missing) of 40 samples have no score") } == (missing > 0))
      } catch {
        #expect("\(error)".contains("none of the samples that were held aside is predicted as"))
      }
    }
    #expect(found > 0)
  }

  private func predicted(_ name: String) throws -> [String] {
    let warehouse = try Warehouse.open(setting.path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(
      """
      select class.key from prediction join run using (run_id) join sample using (sample_id)
      join class on class.class_id = prediction.class_id where run.name = ? order by sample.position
      """)
    try rows.bind([.text(name)])
    var keys: [String] = []
    while try rows.step() { keys.append(rows.text(0)) }
    return keys
  }
}
