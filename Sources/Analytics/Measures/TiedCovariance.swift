// Squared Mahalanobis distances to the means of classes under one covariance that they share, after Lee et al. 2018,
// "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks".

/// The means of some classes: the first of two passes over the samples that teach them.
package struct ClassMeans: Sendable {
  package let columns: Int
  /// Of every class with samples.
  package private(set) var counts: [Int: Int] = [:]
  private var sums: [Int: [Double]] = [:]

  package init(columns: Int) {
    precondition(columns > 0, "a sample has at least one element")
    self.columns = columns
  }

  package mutating func add(_ row: some Collection<Float>, to label: Int) {
    add(row.map(Double.init), to: label)
  }

  mutating func add(_ row: [Double], to label: Int) {
    precondition(row.count == columns, "a row of another layer")
    counts[label, default: 0] += 1
    var sum = sums.removeValue(forKey: label) ?? [Double](repeating: 0, count: columns)
    for (index, value) in row.enumerated() { sum[index] += value }
    sums[label] = sum
  }

  /// By ascending label.
  package var means: [(label: Int, mean: [Double])] {
    sums.sorted { $0.key < $1.key }.map { label, sum in
      (label, sum.map { $0 / Double(counts[label] ?? 1) })
    }
  }
}

/// Σ (x − μ_c)(x − μ_c)ᵀ / N over the samples of all classes: the second pass.
package struct TiedCovariance: Sendable {
  private let columns: Int
  private let means: [Int: [Double]]
  private var samples = 0
  private var upper: [Double]
  private var pending: [Double] = []
  private static let rowsAtATime = 256

  package init(_ classes: ClassMeans) {
    columns = classes.columns
    means = Dictionary(uniqueKeysWithValues: classes.means.map { ($0.label, $0.mean) })
    upper = [Double](repeating: 0, count: columns * columns)
  }

  package mutating func add(_ row: some Collection<Float>, to label: Int) {
    add(row.map(Double.init), to: label)
  }

  mutating func add(_ row: [Double], to label: Int) {
    guard let mean = means[label] else { preconditionFailure("the class has no mean") }
    samples += 1
    for (value, mean) in zip(row, mean) { pending.append(value - mean) }
    if pending.count >= Self.rowsAtATime * columns { fold() }
  }

  private mutating func fold() {
    LinearAlgebra.addFeatureGram(
      pending, rows: pending.count / columns, columns: columns, to: &upper)
    pending.removeAll(keepingCapacity: true)
  }

  /// Its pseudo-inverse's distances. Throws where a sample was not finite, or there was none.
  package consuming func distances() throws(AnalyticsError) -> MahalanobisDistances {
    fold()
    guard samples > 0 else { throw AnalyticsError("no samples: they have no covariance") }
    for index in upper.indices { upper[index] /= Double(samples) }
    guard upper.allSatisfy(\.isFinite) else {
      throw AnalyticsError("a sample holds a value that is not finite: it has no covariance")
    }
    let whitening = try Whitening(covariance: &upper, columns: columns)
    let ordered = means.sorted { $0.key < $1.key }.map(\.value)
    return MahalanobisDistances(means: ordered, whitening: whitening)
  }
}

/// The pseudo-inverse of a covariance, and class means seen along the directions that it keeps.
package struct MahalanobisDistances: Sendable {
  private let columns: Int
  /// How many directions are kept.
  package let rank: Int
  /// Taken off first, so that nothing large cancels.
  private let centre: [Double]
  /// rank × columns.
  private let whitening: [Double]
  private let classes: Int
  /// Classes × rank.
  private let means: [Double]
  /// The squared lengths of `means`.
  private let squares: [Double]

  fileprivate init(means: [[Double]], whitening kept: Whitening) {
    columns = kept.columns
    var centre = [Double](repeating: 0, count: columns)
    for mean in means {
      for index in centre.indices { centre[index] += mean[index] / Double(means.count) }
    }
    let (rank, columns, whitening) = (kept.rank, kept.columns, kept.rows)
    self.rank = rank
    self.centre = centre
    self.whitening = whitening
    let seen = Self.whitened(
      means.flatMap { zip($0, centre).map { $0 - $1 } }, by: whitening, count: means.count,
      rank: rank, columns: columns)
    classes = means.count
    self.means = seen
    squares = (0..<means.count).map { label in
      seen[label * rank..<(label + 1) * rank].reduce(0) { $0 + $1 * $1 }
    }
  }

  private static func whitened(
    _ rows: [Double], by whitening: [Double], count: Int, rank: Int, columns: Int
  ) -> [Double] {
    LinearAlgebra.rowProducts(rows, count: count, with: whitening, n: rank, k: columns)
  }

  /// (x − μ_c)ᵀ Σ⁺ (x − μ_c) of the class where it is smallest, for every row of `rows` (count × columns).
  package func smallest(of rows: [Float], count: Int) -> [Double] {
    smallest(of: rows.map(Double.init), count: count)
  }

  /// The same. A row's distance depends on that row alone, to the last bit.
  func smallest(of rows: [Double], count: Int) -> [Double] {
    precondition(rows.count == count * columns, "rows of another layer")
    guard rank > 0 else { return [Double](repeating: 0, count: count) }
    var centred: [Double] = []
    centred.reserveCapacity(rows.count)
    for row in 0..<count {
      for column in 0..<columns { centred.append(rows[row * columns + column] - centre[column]) }
    }
    let seen = Self.whitened(centred, by: whitening, count: count, rank: rank, columns: columns)
    // ‖s − m‖² = ‖s‖² − 2 s · m + ‖m‖² tells which class is nearest; its distance is then taken without cancellation.
    let products = LinearAlgebra.rowProducts(
      seen, count: count, with: means, n: classes, k: rank)
    return (0..<count).map { row in
      var (nearest, least) = (0, Double.infinity)
      for label in 0..<classes {
        let distance = squares[label] - 2 * products[row * classes + label]
        if distance < least { (nearest, least) = (label, distance) }
      }
      var distance = 0.0
      for index in 0..<rank {
        let difference = seen[row * rank + index] - means[nearest * rank + index]
        distance += difference * difference
      }
      return distance
    }
  }
}
