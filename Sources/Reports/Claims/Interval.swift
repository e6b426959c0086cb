// 95 % confidence intervals: of sums of measures over their replicates, of means and of shares.

/// From `low` to `high`.
package struct Interval: Sendable, Equatable {
  package let low: Double
  package let high: Double

  /// Standard deviations to either side of a normal estimate.
  static let reach = 1.96

  package init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  package init(_ estimate: Double, deviation: Double) {
    self.init(low: estimate - Self.reach * deviation, high: estimate + Self.reach * deviation)
  }

  /// Ends included.
  package func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// Whether all of it is above 0, or below it. Ends that are no numbers exclude nothing.
  package var isAboveZero: Bool { low > 0 }
  package var isBelowZero: Bool { high < 0 }
  package var excludesZero: Bool { isAboveZero || isBelowZero }

  /// Of the share `count` / `total` (Wilson 1927).
  package static func share(_ count: Int, of total: Int) -> Interval {
    let (n, z) = (Double(max(total, 1)), reach)
    let p = Double(count) / n
    let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(low: middle - half, high: middle + half)
  }

  /// Of the mean of values; nil for fewer than two.
  package static func mean(of values: [Double]) -> Interval? {
    guard let deviation = deviation(of: values) else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return Interval(mean, deviation: deviation / Double(values.count).squareRoot())
  }

  /// The sample's standard deviation; nil for fewer than two values.
  package static func deviation(of values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }

  /// Of Σ weight · number. Numbers over the same samples are added replicate by replicate, so that what they have in
  /// common cancels; the rest are independent, and their variances add up. nil where a number has no replicates.
  static func of(_ terms: [(weight: Double, number: Measured)]) -> Interval? {
    var groups: [(first: Measured, sums: [Double])] = []
    for (weight, number) in terms {
      guard let own = number.replicates else { return nil }
      let values = own.values.map { weight * $0 }
      if let index = groups.firstIndex(where: { $0.first.isPaired(with: number) }) {
        groups[index].sums = zip(groups[index].sums, values).map(+)
      } else {
        groups.append((number, values))
      }
    }
    var variance = 0.0
    for group in groups {
      guard let deviation = deviation(of: group.sums) else { return nil }
      variance += deviation * deviation
    }
    let estimate = terms.reduce(0) { $0 + $1.weight * $1.number.value }
    return Interval(estimate, deviation: variance.squareRoot())
  }
}
