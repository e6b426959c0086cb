// The pseudo-inverse of a covariance matrix, as the directions that it keeps, each divided by its standard deviation: seen
// along them, a squared Mahalanobis distance is a squared length.

package struct Whitening: Sendable {
  /// Eigenvalues up to this share of the largest count as zero: above what the rounding of Float32 samples leaves,
  /// below any direction in which they differ.
  package static let cutoff = 1e-10

  let columns: Int
  /// How many directions are kept.
  let rank: Int
  /// rank × columns.
  let rows: [Double]

  /// Of the symmetric columns × columns matrix whose upper triangle is given; it is destroyed.
  init(covariance: inout [Double], columns: Int) throws(AnalyticsError) {
    let values = try LinearAlgebra.eigenvalues(&covariance, n: columns, vectors: true)
    let least = Self.cutoff * max(0, values.last ?? 0)
    let kept = values.indices.filter { values[$0] > least }
    var rows: [Double] = []
    rows.reserveCapacity(kept.count * columns)
    for index in kept {
      let deviation = values[index].squareRoot()
      rows += covariance[index * columns..<(index + 1) * columns].map { $0 / deviation }
    }
    self.columns = columns
    rank = kept.count
    self.rows = rows
  }

  /// vᵀ Σ⁺ v.
  func squaredLength(of vector: [Double]) -> Double {
    precondition(vector.count == columns, "a vector of another layer")
    let (rows, vector) = (rows.span, vector.span)
    var sum = 0.0
    for index in 0..<rank {
      var (first, second, third, fourth) = (0.0, 0.0, 0.0, 0.0)
      let start = index * columns
      var column = 0
      // Four sums: one would wait for itself.
      while column + 4 <= columns {
        first += rows[start + column] * vector[column]
        second += rows[start + column + 1] * vector[column + 1]
        third += rows[start + column + 2] * vector[column + 2]
        fourth += rows[start + column + 3] * vector[column + 3]
        column += 4
      }
      while column < columns {
        first += rows[start + column] * vector[column]
        column += 1
      }
      let along = (first + second) + (third + fourth)
      sum += along * along
    }
    return sum
  }
}
