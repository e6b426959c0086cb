// How well detectors tell the samples of one run from those of another. Leaves out: reading (DetectorReader), ranking over
// several runs (DetectorBenchmark), drawing.

internal import Analytics

/// Two runs that one reference run's detectors have scored.
package struct DetectorComparison: Sendable {
  /// Ids of the runs: in distribution, to be told from it, and the detectors' teacher.
  package let inside: Int
  package let outside: Int
  package let reference: Int
  /// By AUROC, best first.
  package var results: [DetectorResult] = []

  package init(inside: Int, outside: Int, reference: Int) {
    (self.inside, self.outside, self.reference) = (inside, outside, reference)
  }
}

/// One detector in one layer.
package struct DetectorResult: Sendable {
  package let layerPosition: Int
  package let layer: String
  package let detector: String
  package let auroc: Double
  /// 95 % over resampled samples.
  package let interval: (low: Double, high: Double)
  /// The share of the outside run taken for in-distribution where 95 % of the inside run are.
  package let falsePositives: Double
  /// Average precision of finding the inside run's samples.
  package let aupr: Double
  /// Samples of the inside and of the outside run.
  package let samples: (inside: Int, outside: Int)
  /// From (0, 0) to (1, 1); empty where it is not drawn.
  package var curve: [(falsePositive: Double, truePositive: Double)] = []

  package init(
    layerPosition: Int, layer: String, detector: String, auroc: Double,
    interval: (low: Double, high: Double), falsePositives: Double, aupr: Double,
    samples: (inside: Int, outside: Int)
  ) {
    (self.layerPosition, self.layer, self.detector) = (layerPosition, layer, detector)
    (self.auroc, self.falsePositives, self.aupr) = (auroc, falsePositives, aupr)
    self.interval = interval
    self.samples = samples
  }

  /// Whether it scores patterns of significant interactions; the others are the yardsticks of the field.
  package var isEngrams: Bool {
    Detector.all.contains { $0.isOfPatterns && $0.name == detector }
  }

  /// With its layer where it is of any; the others are of the network's last one.
  package var name: String { isEngrams ? "\(detector), \(layer)" : detector }

  /// Whether the intervals of both AUROCs have no point in common.
  package func isToldApart(from other: DetectorResult) -> Bool {
    interval.low > other.interval.high || other.interval.low > interval.high
  }
}

extension DetectorResult {
  /// The ROC curve of `scores` in descending order, `isInside` beside each; ties are one step. Of the steps those
  /// are kept that the hundredths of the samples reach.
  package static func curve(
    _ scores: [(score: Double, isInside: Bool)]
  ) -> [(falsePositive: Double, truePositive: Double)] {
    let inside = scores.count(where: \.isInside)
    let outside = scores.count - inside
    guard inside > 0, outside > 0 else { return [] }
    var points = [(falsePositive: 0.0, truePositive: 0.0)]
    var found = (inside: 0, outside: 0)
    var reached = 0
    for (index, one) in scores.enumerated() {
      if one.isInside { found.inside += 1 } else { found.outside += 1 }
      let isLast = index == scores.count - 1
      guard isLast || scores[index + 1].score != one.score else { continue }
      let hundredth = 100 * (index + 1) / scores.count
      guard isLast || hundredth > reached else { continue }
      reached = hundredth
      points.append(
        (
          falsePositive: Double(found.outside) / Double(outside),
          truePositive: Double(found.inside) / Double(inside)
        ))
    }
    return points
  }
}
