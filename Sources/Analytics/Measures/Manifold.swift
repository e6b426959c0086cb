// The subspace a class's samples span in front of a layer: its singular values, its rank by every rule and
// the dimensions it shares with another class.

/// The rank of one matrix by one rule, with all that the number depends on.
package struct RankMeasure: Sendable, Equatable {
  package let rule: RankRule
  package let samples: Int
  package let dimension: Int
  package let sigmaMax: Double
  /// Absolute; nil for the rules by energy.
  package let tolerance: Double?
  package let rank: Int
  /// Fewer samples than dimensions: the rank can only say so.
  package var isLimitedBySamples: Bool { samples < dimension }
}

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

/// What is measured of one class's samples X (N × d), not centred.
package struct Manifold: Sendable {
  package let matrix: SampleMatrix
  /// Descending; min(N, d) of them.
  package let singularValues: [Double]
  /// (Σλ)² / Σλ² with λ = σ²; nil when all samples are zero, and centred when all samples are equal.
  package let participationRatio: Double?
  package let participationRatioCentred: Double?
  /// The Gram matrix of its samples, where there are fewer of them than dimensions; empty otherwise.
  fileprivate let sampleGram: [Double]
  /// Unit eigenvectors of the smaller side's Gram matrix, one a row, of what is kept: σ above 1e-2 of σ_max.
  fileprivate let directions: [Double]
  fileprivate let kept: Int

  /// Throws where a sample is not finite.
  package init(_ samples: SampleMatrix) throws(AnalyticsError) {
    guard samples.isFinite else {
      throw AnalyticsError("a sample holds a value that is not finite: it has no rank")
    }
    var matrix = samples
    matrix.finish()
    self.matrix = matrix

    let gram = matrix.smallerGram()
    participationRatio = gram.participationRatio
    let centred = matrix.centred(gram)
    // Equal samples leave only the rounding of their mean.
    participationRatioCentred =
      centred.trace > 1e-12 * gram.trace ? centred.participationRatio : nil
    sampleGram = gram.side == .samples ? gram.upper : []

    var vectors = gram.upper
    let size = gram.size
    let values = try LinearAlgebra.eigenvalues(&vectors, n: size, vectors: true)
    let sigma = Array(values.reversed().map { max($0, 0).squareRoot() })
    singularValues = sigma

    let rule = RankRule.share1e2
    kept = rule.rank(
      sigma,
      tolerance: rule.tolerance(
        sigmaMax: sigma.first ?? 0, rows: matrix.rows, columns: matrix.columns))
    directions = (0..<kept).flatMap { vectors[(size - 1 - $0) * size..<(size - $0) * size] }
  }

  package func rank(by rule: RankRule) -> RankMeasure {
    let tolerance = rule.tolerance(
      sigmaMax: sigmaMax, rows: matrix.rows, columns: matrix.columns)
    return RankMeasure(
      rule: rule, samples: matrix.rows, dimension: matrix.columns, sigmaMax: sigmaMax,
      tolerance: tolerance, rank: rule.rank(singularValues, tolerance: tolerance))
  }

  private var sigmaMax: Double { singularValues.first ?? 0 }

  /// By every rule of the ladder, from one eigenproblem of the stacked matrix.
  package func entanglement(
    with other: Manifold
  ) throws(AnalyticsError) -> [EntanglementMeasure] {
    try ManifoldPair(self, other).entanglement()
  }

  /// The mean of cos² over the principal angles between the subspaces kept at 1e-2 of each matrix's own
  /// σ_max, min(r_A, r_B) angles; nil when either keeps none.
  package func meanSquaredCosine(with other: Manifold) -> Double? {
    ManifoldPair(self, other).meanSquaredCosine
  }

  /// The kept directions as orthonormal rows, kept × columns.
  fileprivate var basis: [Double] {
    guard !sampleGram.isEmpty else { return directions }
    // v = Xᵀu / σ.
    let (samples, columns) = (matrix.samples, matrix.columns)
    var basis = [Double](repeating: 0, count: kept * columns)
    for index in 0..<kept {
      for row in 0..<matrix.rows {
        let share = directions[index * matrix.rows + row] / singularValues[index]
        for column in 0..<columns {
          basis[index * columns + column] += share * samples[row * columns + column]
        }
      }
    }
    return basis
  }
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
