// When a singular value counts as more than zero: the ladder of rules every rank is kept for.

/// A rule that turns singular values into a rank.
package enum RankRule: String, CaseIterable, Sendable {
  /// numpy.linalg.matrix_rank's rule for Float32: above σ_max · max(N, d) · 2⁻²³.
  case numpy
  /// Above this share of σ_max.
  case share1e3 = "1e-3"
  case share1e2 = "1e-2"
  case share5e2 = "5e-2"
  /// The least number of directions holding this share of Σσ².
  case energy99 = "energy-99"
  case energy999 = "energy-99.9"

  /// The absolute tolerance for a rows × columns matrix; nil for the rules by energy.
  package func tolerance(sigmaMax: Double, rows: Int, columns: Int) -> Double? {
    switch self {
    case .numpy: sigmaMax * Double(max(rows, columns)) * 0x1p-23
    case .share1e3: sigmaMax * 1e-3
    case .share1e2: sigmaMax * 1e-2
    case .share5e2: sigmaMax * 5e-2
    case .energy99, .energy999: nil
    }
  }

  /// The rank of a matrix with these singular values, descending, at an absolute tolerance, or at the
  /// rule's share of the energy where there is none.
  func rank(_ singularValues: [Double], tolerance: Double?) -> Int {
    if let tolerance { return singularValues.prefix { $0 > tolerance }.count }
    let total = singularValues.reduce(0) { $0 + $1 * $1 }
    // The last bits of a sum must not cost a direction: 99 equal values of 100 hold 99 %.
    let wanted = total * (self == .energy99 ? 0.99 : 0.999) * (1 - 1e-12)
    var (held, rank) = (0.0, 0)
    while rank < singularValues.count, total > 0, held < wanted {
      held += singularValues[rank] * singularValues[rank]
      rank += 1
    }
    return rank
  }
}
