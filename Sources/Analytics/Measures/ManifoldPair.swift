// The dimensions that two classes' samples in front of a layer share, and the angles between their subspaces.

/// The dimension of the subspace two classes share by one rule.
package struct EntanglementMeasure: Sendable, Equatable {
  package let rule: RankRule
  package let samplesA: Int
  package let samplesB: Int
  package let dimension: Int
  /// Of the stacked matrix, as is the tolerance (nil for the rules by energy: each matrix has its own).
  package let sigmaMax: Double
  package let tolerance: Double?
  package let rankA: Int
  package let rankB: Int
  package let rankUnion: Int
  /// rank A + rank B − rank [A; B]; can come out slightly negative at coarse rules.
  package var entanglement: Int { rankA + rankB - rankUnion }
  package var isLimitedBySamples: Bool { min(samplesA, samplesB) < dimension }
}

/// What two classes share in front of one layer.
package struct ManifoldPair {
  private let a: Manifold
  private let b: Manifold
  /// B Aᵀ (N_B × N_A) where both have fewer samples than dimensions; all that differs from pair to pair follows from it.
  private let products: [Double]

  package init(_ a: Manifold, _ b: Manifold) {
    precondition(a.matrix.columns == b.matrix.columns, "samples of different layers")
    (self.a, self.b) = (a, b)
    guard !a.sampleGram.isEmpty, !b.sampleGram.isEmpty else {
      products = []
      return
    }
    var products = [Double](repeating: 0, count: a.matrix.rows * b.matrix.rows)
    LinearAlgebra.multiply(
      b.matrix.samples, transposed: a.matrix.samples, m: b.matrix.rows, n: a.matrix.rows,
      k: a.matrix.columns, into: &products)
    self.products = products
  }

  /// See `Manifold`.
  package func entanglement() throws(AnalyticsError) -> [EntanglementMeasure] {
    let (columns, rows) = (a.matrix.columns, a.matrix.rows + b.matrix.rows)
    let size = min(rows, columns)
    var upper =
      rows < columns && !products.isEmpty
      ? stackedGram : a.matrix.stacked(on: b.matrix).smallerGram().upper
    let values = try LinearAlgebra.eigenvalues(&upper, n: size, vectors: false)
    let sigma = Array(values.reversed().map { max($0, 0).squareRoot() })
    let sigmaMax = sigma.first ?? 0
    return RankRule.allCases.map { rule in
      let tolerance = rule.tolerance(sigmaMax: sigmaMax, rows: rows, columns: columns)
      return EntanglementMeasure(
        rule: rule, samplesA: a.matrix.rows, samplesB: b.matrix.rows, dimension: columns,
        sigmaMax: sigmaMax, tolerance: tolerance,
        rankA: rule.rank(a.singularValues, tolerance: tolerance),
        rankB: rule.rank(b.singularValues, tolerance: tolerance),
        rankUnion: rule.rank(sigma, tolerance: tolerance))
    }
  }

  /// The upper triangle of [A; B] [A; B]ᵀ.
  private var stackedGram: [Double] {
    let (n, m) = (a.matrix.rows, b.matrix.rows)
    var upper = [Double](repeating: 0, count: (n + m) * (n + m))
    for row in 0..<n {
      let start = row * (n + m)
      for column in row..<n { upper[start + column] = a.sampleGram[row * n + column] }
      for column in 0..<m { upper[start + n + column] = products[column * n + row] }
    }
    for row in 0..<m {
      let start = (n + row) * (n + m) + n
      for column in row..<m { upper[start + column] = b.sampleGram[row * m + column] }
    }
    return upper
  }

  /// See `Manifold`.
  package var meanSquaredCosine: Double? {
    guard a.kept > 0, b.kept > 0 else { return nil }
    var cosines = [Double](repeating: 0, count: a.kept * b.kept)
    if products.isEmpty {
      LinearAlgebra.multiply(
        a.basis, transposed: b.basis, m: a.kept, n: b.kept, k: a.matrix.columns, into: &cosines)
    } else {
      // v_A · v_B = u_A · (A Bᵀ) u_B / (σ_A σ_B).
      var half = [Double](repeating: 0, count: a.kept * b.matrix.rows)
      LinearAlgebra.multiply(
        a.directions, transposed: products, m: a.kept, n: b.matrix.rows, k: a.matrix.rows,
        into: &half)
      LinearAlgebra.multiply(
        half, transposed: b.directions, m: a.kept, n: b.kept, k: b.matrix.rows, into: &cosines)
      for row in 0..<a.kept {
        for column in 0..<b.kept {
          cosines[row * b.kept + column] /= a.singularValues[row] * b.singularValues[column]
        }
      }
    }
    let sum = cosines.reduce(0) { $0 + $1 * $1 }
    return min(1, sum / Double(min(a.kept, b.kept)))
  }
}
