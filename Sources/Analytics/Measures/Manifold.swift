// The subspace a class's samples span in front of a layer: its singular values and its rank by every rule. What it shares
// with another class's is ManifoldPair's.

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

/// What is measured of one class's samples X (N × d), not centred.
package struct Manifold: Sendable {
  package let matrix: SampleMatrix
  /// Descending; min(N, d) of them.
  package let singularValues: [Double]
  /// (Σλ)² / Σλ² with λ = σ²; nil when all samples are zero, and centred when all samples are equal.
  package let participationRatio: Double?
  package let participationRatioCentred: Double?
  /// The Gram matrix of its samples, where there are fewer of them than dimensions; empty otherwise.
  let sampleGram: [Double]
  /// Unit eigenvectors of the smaller side's Gram matrix, one a row, of what is kept: σ above 1e-2 of σ_max.
  let directions: [Double]
  let kept: Int

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
  var basis: [Double] {
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
