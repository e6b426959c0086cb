// How well a score tells positives from negatives: the area under the ROC curve, average precision, and single points
// of the curve. Larger scores are more positive; equal scores are never told apart.

/// The scores of a group's positives and negatives, as they come.
struct ScoreCurve {
  private(set) var positives: [Double] = []
  private(set) var negatives: [Double] = []

  /// Any number but NaN.
  mutating func add(_ score: Double, isPositive: Bool) {
    if isPositive { positives.append(score) } else { negatives.append(score) }
  }

  /// Without either there is nothing to tell apart.
  private var isOneSided: Bool { positives.isEmpty || negatives.isEmpty }

  /// Calls `body` with how many positives and negatives have each score, the largest first, until it answers false.
  private func forEachScore(_ body: (_ positives: Int, _ negatives: Int) -> Bool) {
    let (positives, negatives) = (positives.sorted(by: >), negatives.sorted(by: >))
    var (i, j) = (0, 0)
    while i < positives.count || j < negatives.count {
      let score = max(
        i < positives.count ? positives[i] : -.infinity,
        j < negatives.count ? negatives[j] : -.infinity)
      let (first, second) = (i, j)
      while i < positives.count, positives[i] == score { i += 1 }
      while j < negatives.count, negatives[j] == score { j += 1 }
      if !body(i - first, j - second) { return }
    }
  }

  /// The share of pairs of a positive and a negative whose positive has the larger score, equal ones by half; nil
  /// without either.
  var areaUnderROC: Double? {
    guard !isOneSided else { return nil }
    var above = 0
    var halves = 0
    forEachScore { positive, negative in
      halves += negative * (2 * above + positive)
      above += positive
      return true
    }
    return Double(halves) / (2 * Double(positives.count) * Double(negatives.count))
  }

  /// Σ (R_n − R_{n−1}) P_n over the distinct thresholds, without interpolation; nil without either.
  var averagePrecision: Double? {
    guard !isOneSided else { return nil }
    var (above, all) = (0, 0)
    var sum = 0.0
    forEachScore { positive, negative in
      above += positive
      all += positive + negative
      sum += Double(positive) * (Double(above) / Double(all))
      return true
    }
    return sum / Double(positives.count)
  }

  /// The lowest false-positive rate of the thresholds whose true-positive rate is at least `tpr`, one above every
  /// score among them; nil without either.
  func falsePositiveRate(atTruePositiveRate tpr: Double) -> Double? {
    guard !isOneSided else { return nil }
    var (found, accepted) = (0, 0)
    guard tpr > 0 else { return 0 }
    forEachScore { positive, negative in
      found += positive
      accepted += negative
      return Double(found) / Double(positives.count) < tpr
    }
    return Double(accepted) / Double(negatives.count)
  }
}

/// How well scores tell the samples of one run, in-distribution, from those of another: larger scores are more
/// in-distribution. What has no score counts in neither.
package struct Separation: Sendable, Equatable {
  /// Scores on either side.
  package let inside: Int
  package let outside: Int
  /// The share of pairs whose inside sample has the larger score, ties by half.
  package let areaUnderROC: Double
  /// The share of outside samples with a score at or above the one that 95 % of the inside samples reach: of these in
  /// ascending order the element ⌊0.05 n⌋.
  package let falsePositivesAt95: Double
  /// The average precision, by steps, of taking samples for inside from the largest score down.
  package let averagePrecisionInside: Double
  /// The same of taking samples for outside, from the smallest score up.
  package let averagePrecisionOutside: Double

  /// nil where either side has no score.
  package init?(inside: some Sequence<Double?>, outside: some Sequence<Double?>) {
    var (curve, turned) = (ScoreCurve(), ScoreCurve())
    for (scores, isInside) in [(Array(inside), true), (Array(outside), false)] {
      for case let score? in scores where !score.isNaN {
        curve.add(score, isPositive: isInside)
        turned.add(-score, isPositive: !isInside)
      }
    }
    guard let area = curve.areaUnderROC,
      let rate = curve.falsePositiveRate(atTruePositiveRate: 0.95),
      let precision = curve.averagePrecision, let other = turned.averagePrecision
    else { return nil }
    (self.inside, self.outside) = (curve.positives.count, curve.negatives.count)
    (areaUnderROC, falsePositivesAt95) = (area, rate)
    (averagePrecisionInside, averagePrecisionOutside) = (precision, other)
  }
}
