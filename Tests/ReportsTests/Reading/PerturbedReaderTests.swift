// Likelihoods and detectors come out of the warehouse as they went in, and pair the right runs.

import Reports
import SQLiteKit
import Testing

@Suite struct PerturbedReaderTests {
  @Test func likelihoodsUnderTheCleanProfile() throws {
    let data = try ReportReader.read(try SmallWarehouse.scored(), runs: [])
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
      try ReportReader.read(connection, runs: []).attacks.contains { effect in
        effect.layers.contains { $0.classes.contains { $0.fell > 0 } }
      })
    try connection.execute(
      """
      update likelihood as a set own = c.own from likelihood as c
      where a.run_id <> a.profile_run_id and c.run_id = a.profile_run_id and c.profile_run_id = c.run_id
        and c.layer_id = a.layer_id and c.kind = a.kind and c.grouping = a.grouping and c.sample_id = a.sample_id
      """)
    let data = try ReportReader.read(connection, runs: [])
    let classes = data.attacks.flatMap { $0.layers.flatMap(\.classes) }
    #expect(!classes.isEmpty && classes.allSatisfy { $0.fell == 0 && $0.difference == 0 })
    #expect(data.likelihoods.flatMap(\.classes).allSatisfy { $0.fell == 0 && $0.difference == 0 })
  }

  @Test func runsThatAreLeftOutAreNotCompared() throws {
    let connection = try SmallWarehouse.scored()
    let data = try ReportReader.read(connection, runs: ["second <&>", "attacked"])
    #expect(Set(data.likelihoods.map(\.other)) == [5])
    #expect(data.detections.isEmpty)
  }

  @Test func detectorsOfEveryPair() throws {
    let data = try ReportReader.read(try SmallWarehouse.scored(), runs: [])
    #expect(data.detections.map(\.outside) == [3, 5])
    #expect(data.detections.allSatisfy { $0.inside == 2 && $0.reference == 6 })
    let results = data.detections[1].results
    // Four in each of two layers, softmax and energy in the last alone: mahalanobis is the last's, too.
    #expect(results.count == 9)
    #expect(results[0].detector == "mahalanobis")
    let likelihood = try #require(results.first { $0.detector == "likelihood" })
    #expect(abs(likelihood.auroc - 0.875) < 1e-12)
    #expect(likelihood.samples == (6, 6))
    #expect(likelihood.isEngrams && !results[0].isEngrams)
    #expect(likelihood.curve.first?.falsePositive == 0 && likelihood.curve.last?.truePositive == 1)
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
