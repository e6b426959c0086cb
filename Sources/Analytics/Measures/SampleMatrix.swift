// The inputs of many samples to one layer, as far as singular values need them: the rows while there are
// fewer rows than columns, their Gram matrix from then on. Memory is bounded by columns², not by samples.

/// A matrix X (rows × columns), one row per sample, that grows row by row.
package struct SampleMatrix: Sendable {
  package let columns: Int
  package private(set) var rows = 0
  package private(set) var isFinite = true
  /// Rows that the Gram matrix does not hold yet.
  private var pending: [Float] = []
  /// Upper triangle of XᵀX over all rows but the pending ones; empty at first.
  private var gram: [Double] = []
  private var columnSums: [Double]

  package init(columns: Int) {
    precondition(columns > 0, "a sample has at least one element")
    self.columns = columns
    columnSums = [Double](repeating: 0, count: columns)
  }

  package mutating func append(_ row: Span<Float>) {
    precondition(row.count == columns, "a row of another layer")
    rows += 1
    for index in row.indices {
      let value = row[index]
      if !value.isFinite { isFinite = false }
      pending.append(value)
      columnSums[index] += Double(value)
    }
    if pending.count >= columns * columns { fold() }
  }

  /// The rows of `other` below these.
  package func stacked(on other: SampleMatrix) -> SampleMatrix {
    precondition(columns == other.columns, "samples of different layers")
    var (result, lower) = (self, other)
    result.rows += lower.rows
    result.isFinite = isFinite && lower.isFinite
    for index in 0..<columns { result.columnSums[index] += lower.columnSums[index] }
    if result.rows >= columns {
      result.fold()
      lower.fold()
      for index in result.gram.indices { result.gram[index] += lower.gram[index] }
    } else {
      result.pending += lower.pending
    }
    return result
  }

  /// Folds what is pending where that serves the smaller side.
  mutating func finish() {
    if !gram.isEmpty { fold() }
  }

  private mutating func fold() {
    if gram.isEmpty { gram = [Double](repeating: 0, count: columns * columns) }
    LinearAlgebra.addFeatureGram(
      pending.map(Double.init), rows: pending.count / columns, columns: columns, to: &gram)
    pending.removeAll(keepingCapacity: false)
  }

  /// The rows as they lie, where the matrix is still made of them.
  var samples: [Double] {
    precondition(gram.isEmpty, "the rows are folded")
    return unsafe [Double](unsafeUninitializedCapacity: pending.count) { doubles, count in
      for index in pending.indices {
        unsafe doubles.initializeElement(at: index, to: Double(pending[index]))
      }
      count = pending.count
    }
  }

  /// The Gram matrix of the smaller side, whose eigenvalues are the squares of the singular values.
  struct Gram {
    var side: Side
    /// Size of the matrix; `upper` holds its upper triangle, row-major.
    var size: Int
    var upper: [Double]

    enum Side { case features, samples }

    /// (Σλ)² / Σλ², from trace and Frobenius norm; nil for a matrix of zeros.
    var participationRatio: Double? {
      var (trace, squares) = (0.0, 0.0)
      for row in 0..<size {
        let diagonal = upper[row * size + row]
        trace += diagonal
        squares += diagonal * diagonal
        for column in row + 1..<max(size, row + 1) {
          let value = upper[row * size + column]
          squares += 2 * value * value
        }
      }
      return squares > 0 ? trace * trace / squares : nil
    }

    var trace: Double { (0..<size).reduce(0) { $0 + upper[$1 * size + $1] } }
  }

  func smallerGram() -> Gram {
    if gram.isEmpty {
      return Gram(
        side: .samples, size: rows,
        upper: LinearAlgebra.sampleGram(samples, rows: rows, columns: columns))
    }
    precondition(pending.isEmpty, "finish before asking")
    return Gram(side: .features, size: columns, upper: gram)
  }

  /// The Gram matrix, `smallerGram`, of X with the mean of every column taken off.
  func centred(_ gram: Gram) -> Gram {
    guard rows > 0 else { return gram }
    var gram = gram
    let size = gram.size
    switch gram.side {
    case .features:
      for row in 0..<size {
        let mean = columnSums[row] / Double(rows)
        for column in row..<size { gram.upper[row * size + column] -= mean * columnSums[column] }
      }
    case .samples:
      var means = [Double](repeating: 0, count: size)
      for row in 0..<size {
        means[row] += gram.upper[row * size + row]
        for column in row + 1..<max(size, row + 1) {
          means[row] += gram.upper[row * size + column]
          means[column] += gram.upper[row * size + column]
        }
      }
      for row in 0..<size { means[row] /= Double(size) }
      let mean = means.reduce(0, +) / Double(size)
      for row in 0..<size {
        for column in row..<size {
          gram.upper[row * size + column] += mean - means[row] - means[column]
        }
      }
    }
    return gram
  }
}
