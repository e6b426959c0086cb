// Likelihoods and detectors come out of the warehouse as they went in, and pair the right runs.

import Reports
import SQLiteKit
import Testing

@Suite struct PerturbedReaderTests {
  @Test func likelihoodsUnderTheCleanProfile() throws {
    let data = try ReportReader.read(try SmallWarehouse.scored(), runs: [], isChecking: false)
    #expect(data.likelihoods.map(\.other) == [3, 3, 3, 3, 5, 5, 5, 5])
    #expect(data.likelihoods.allSatisfy { $0.clean == 2 && $0.classes.count == 3 })
    #expect(data.likelihoods[0].kind == "interaction" && data.likelihoods[1].kind == "neuron")
    #expect(data.likelihoods[1].layerPosition == 0 && data.likelihoods[2].layerPosition == 1)
    // Samples 0 and 1; 3 outputs of 4 inputs and a bias.
    let blurred = data.likelihoods[0].classes[0]
    #expect(blurred.samples == 2 && blurred.fell == 0.5)
    #expect(abs(blurred.clean - -30.5 / 15) < 1e-12)
    #expect(abs(blurred.difference - 1.0 / 15) < 1e-12)
    let attacked = data.likelihoods[5].classes[2]
    #expect(attacked.fell == 1 && abs(attacked.difference - -4.5 / 3) < 1e-12)
  }

  /// A sample whose likelihood is what it was fell no more than it rose.
  @Test func whatStaysAsItWasDidNotFall() throws {
    let connection = try SmallWarehouse.scored()
    #expect(
      try ReportReader.read(connection, runs: [], isChecking: false).attacks.contains { effect in
        effect.layers.contains { $0.classes.contains { $0.fell > 0 } }
      })
    try connection.execute(
      """
      update likelihood as a set own = c.own from likelihood as c
      where a.run_id <> a.profile_run_id and c.run_id = a.profile_run_id and c.profile_run_id = c.run_id
        and c.layer_id = a.layer_id and c.kind = a.kind and c.grouping = a.grouping and c.sample_id = a.sample_id
      """)
    let data = try ReportReader.read(connection, runs: [], isChecking: false)
    let classes = data.attacks.flatMap { $0.layers.flatMap(\.classes) }
    #expect(!classes.isEmpty && classes.allSatisfy { $0.fell == 0 && $0.difference == 0 })
    #expect(data.likelihoods.flatMap(\.classes).allSatisfy { $0.fell == 0 && $0.difference == 0 })
  }

  @Test func runsThatAreLeftOutAreNotCompared() throws {
    let connection = try SmallWarehouse.scored()
    let data = try ReportReader.read(
      connection, runs: ["second <&>", "attacked"], isChecking: false)
    #expect(Set(data.likelihoods.map(\.other)) == [5])
    #expect(data.detections.isEmpty)
  }

  @Test func detectorsOfEveryPair() throws {
    let data = try ReportReader.read(try SmallWarehouse.scored(), runs: [], isChecking: false)
    #expect(data.detections.map(\.outside) == [3, 5])
    #expect(data.detections.allSatisfy { $0.inside == 2 && $0.reference == 6 })
    let results = data.detections[1].results
    // Four in each of two layers, softmax and energy in the last alone: mahalanobis is the last's, too.
    #expect(results.count == 9)
    #expect(results[0].detector == "mahalanobis")
    let likelihood = try #require(results.first { $0.detector == "likelihood" })
    #expect(abs(likelihood.auroc - 0.875) < 1e-12)
    #expect(likelihood.interval.low < 0.875 && likelihood.interval.high > 0.875)
    #expect(likelihood.samples == (6, 6))
    #expect(likelihood.isEngrams && !results[0].isEngrams)
  }

  @Test func curvesAreReadOfWhatIsDrawn() throws {
    let data = try ReportReader.read(try SmallWarehouse.scored(), runs: [], isChecking: false)
    let benchmark = try #require(DetectorBenchmark.all(of: data.detections).first)
    #expect(benchmark.comparisons.map(\.outside) == [3, 5])
    for index in benchmark.comparisons.indices {
      let drawn = benchmark.drawn(index)
      #expect(drawn.map(\.detector) == ["mahalanobis", "likelihood", "max-softmax"])
      for result in drawn {
        #expect(result.curve.first?.truePositive == 0 && result.curve.last?.truePositive == 1)
      }
      #expect(benchmark.comparisons[index].results.count { !$0.curve.isEmpty } == 3)
    }
  }

  /// Digits by position are right answers, too, and rarely right: they are no clean run of the reference's data.
  @Test func foreignRunsAreNeverInDistribution() throws {
    let connection = try SmallWarehouse.scored()
    try connection.execute(
      """
      insert into dataset values (2, 'digits:test', 'g', 6);
      insert into class select class_id + 10, 2, position, 'digit ' || position, position, null, null from class;
      insert into sample select sample_id + 10, 2, position, position, class_id + 10 from sample;
      insert into run (run_id, name, model_id, dataset_id, identity, perturbation, preprocessing, selection, bitsets,
        n_samples, permutation_seed, engram_version, cpu_level, started_at, completed_at)
      select 7, 'digits', model_id, 2, '7', 'none', preprocessing, selection, bitsets, n_samples,
        permutation_seed, engram_version, cpu_level, started_at, completed_at from run where run_id = 6;
      insert into prediction (run_id, sample_id, class_id, confidence, loss, correct)
        select 7, sample_id, 1, 0.5, null, null from sample where dataset_id = 2;
      insert into score (run_id, reference_run_id, layer_id, detector_id, sample_id, score)
        select 7, 6, layer_id, detector_id, sample_id + 10, score - 0.5 from score where run_id = 2;
      """)
    func pairs() throws -> [[Int]] {
      try ReportReader.read(connection, runs: [], isChecking: false).detections.map {
        [$0.inside, $0.outside]
      }
      .sorted { $0[1] < $1[1] }
    }
    #expect(try pairs() == [[2, 3], [2, 5], [2, 7]])
    try connection.execute("update prediction set correct = class_id % 2 where run_id = 7")
    #expect(try pairs() == [[2, 3], [2, 5], [2, 7]])
    // A folder that teaches is of no family; without a right answer a run is out of distribution all the same.
    try connection.execute(
      """
      update prediction set correct = null where run_id = 7;
      update dataset set name = 'folder:digits' where dataset_id = 2;
      insert into dataset values (3, 'folder:train', 'h', 6);
      update run set dataset_id = 3 where run_id = 6;
      update dataset set name = 'folder:test' where dataset_id = 1;
      """)
    #expect(try pairs() == [[2, 3], [2, 5], [2, 7]])
    try connection.execute("update prediction set correct = null where run_id = 2")
    #expect(try pairs().isEmpty)
    #expect(
      try Report.page(from: connection, isChecking: false).html.contains(
        "No detector has scored a clean run whose samples have a right answer"))
  }

  /// Draws of a bootstrap follow the order of samples, which rows as they lie need not have.
  @Test func scoresAreReadAlikeHoweverTheyLie() throws {
    let connection = try SmallWarehouse.scored()
    func results(_ runs: [Int]) throws -> [String] {
      let names = try runs.map { run in
        guard
          case .text(let name)? = try connection.first(
            "select name from run where run_id = ?", .integer(run))
        else { return "" }
        return name
      }
      let found = try ReportReader.read(connection, runs: names, isChecking: false).detections
      return found.filter { $0.outside == 3 && $0.reference == 6 }.flatMap(\.results).map {
        "\($0.detector) \($0.layer) \($0.auroc) \($0.interval) \($0.samples)"
      }
    }
    let whole = try results([])
    #expect(whole.count > 3)
    try connection.execute("update score set score_id = 1000000 - score_id")
    #expect(try results([]) == whole)
    // Of many runs' scores a few are asked for by the index.
    try connection.execute(
      """
      insert into score (run_id, reference_run_id, layer_id, detector_id, sample_id, score)
      select run_id, 2, layer_id, detector_id, sample_id, score + 1 from score
      """)
    #expect(try results([2, 3, 6]) == whole)
  }

  @Test func detectorsAreRankedInTheirBestLayerOnAverage() throws {
    func result(_ detector: String, _ layer: Int, _ auroc: Double) -> DetectorResult {
      DetectorResult(
        layerPosition: layer, layer: "fc\(layer)", detector: detector, auroc: auroc,
        interval: (auroc - 0.02, auroc + 0.02), falsePositives: 0.5, aupr: 0.5, samples: (4, 4))
    }
    var comparisons = [2, 3].map { DetectorComparison(inside: 1, outside: $0, reference: 9) }
    comparisons[0].results = [
      result("likelihood", 0, 0.9), result("energy", 1, 0.8), result("likelihood", 1, 0.7),
    ]
    comparisons[1].results = [
      result("energy", 1, 0.83), result("likelihood", 1, 0.8), result("likelihood", 0, 0.5),
      result("max-softmax", 1, 0.5),
    ]
    let other = DetectorComparison(inside: 4, outside: 2, reference: 9)
    let all = DetectorBenchmark.all(of: comparisons + [other])
    #expect(all.map(\.inside) == [1, 4] && all[1].rows.isEmpty)
    #expect(all[0].rows.map(\.detector) == ["energy", "likelihood", "max-softmax"])
    #expect(all[0].rows[1].layerPosition == 1 && abs(all[0].rows[1].mean - 0.75) < 1e-12)
    #expect(all[0].rows[2].results.map { $0 == nil } == [true, false])
    #expect(all[0].ranked(0).map(\.detector) == ["energy", "likelihood"])
    let ranked = all[0].ranked(1)
    #expect(!ranked[0].isToldApart(from: ranked[1]))
    #expect(ranked[0].isToldApart(from: ranked[2]) && ranked[2].isToldApart(from: ranked[0]))
  }

  @Test func theCurveStepsOverTies() {
    let curve = DetectorResult.curve([(3, true), (2, true), (2, false), (1, false)])
    #expect(curve.map(\.falsePositive) == [0, 0, 0.5, 1])
    #expect(curve.map(\.truePositive) == [0, 0.5, 1, 1])
    #expect(DetectorResult.curve([(1, true)]).isEmpty)
    let many = (0..<5000).map { (score: Double(-$0), isInside: $0 % 2 == 0) }
    #expect(DetectorResult.curve(many).count == 101)
  }
}
