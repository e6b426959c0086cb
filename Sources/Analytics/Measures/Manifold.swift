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
  /// Orthonormal rows (r × d): the directions with σ above 1e-2 of σ_max.
  private let basis: [Double]
  private let basisRank: Int

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
    let centred = matrix.smallerGram(centred: true)
    // Equal samples leave only the rounding of their mean.
    participationRatioCentred =
      centred.trace > 1e-12 * gram.trace ? centred.participationRatio : nil

    var vectors = gram.upper
    let size = gram.size
    let values = try LinearAlgebra.eigenvalues(&vectors, n: size, vectors: true)
    let sigma = Array(values.reversed().map { max($0, 0).squareRoot() })
    singularValues = sigma

    let rule = RankRule.share1e2
    let kept = rule.rank(
      sigma,
      tolerance: rule.tolerance(
        sigmaMax: sigma.first ?? 0, rows: matrix.rows, columns: matrix.columns))
    let columns = matrix.columns
    var basis = [Double](repeating: 0, count: kept * columns)
    for index in 0..<kept {
      let vector = vectors[(size - 1 - index) * size..<(size - index) * size]
      switch gram.side {
      case .features:
        basis.replaceSubrange(index * columns..<(index + 1) * columns, with: vector)
      case .samples:
        // v = Xᵀu / σ.
        for (sample, weight) in zip(0..., vector) {
          let share = weight / sigma[index]
          for column in 0..<columns {
            basis[index * columns + column] += share * gram.matrix[sample * columns + column]
          }
        }
      }
    }
    self.basis = basis
    basisRank = kept
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
    let stack = matrix.stacked(on: other.matrix)
    let gram = stack.smallerGram()
    var upper = gram.upper
    let values = try LinearAlgebra.eigenvalues(&upper, n: gram.size, vectors: false)
    let sigma = Array(values.reversed().map { max($0, 0).squareRoot() })
    let sigmaMax = sigma.first ?? 0
    return RankRule.allCases.map { rule in
      let tolerance = rule.tolerance(
        sigmaMax: sigmaMax, rows: stack.rows, columns: stack.columns)
      return EntanglementMeasure(
        rule: rule, samplesA: matrix.rows, samplesB: other.matrix.rows,
        dimension: stack.columns, sigmaMax: sigmaMax, tolerance: tolerance,
        rankA: rule.rank(singularValues, tolerance: tolerance),
        rankB: rule.rank(other.singularValues, tolerance: tolerance),
        rankUnion: rule.rank(sigma, tolerance: tolerance))
    }
  }

  /// The mean of cos² over the principal angles between the subspaces kept at 1e-2 of each matrix's own
  /// σ_max, min(r_A, r_B) angles; nil when either keeps none.
  package func meanSquaredCosine(with other: Manifold) -> Double? {
    precondition(matrix.columns == other.matrix.columns, "samples of different layers")
    guard basisRank > 0, other.basisRank > 0 else { return nil }
    var cosines = [Double](repeating: 0, count: basisRank * other.basisRank)
    LinearAlgebra.multiply(
      basis, transposed: other.basis, m: basisRank, n: other.basisRank, k: matrix.columns,
      into: &cosines)
    let sum = cosines.reduce(0) { $0 + $1 * $1 }
    return min(1, sum / Double(min(basisRank, other.basisRank)))
  }
}
