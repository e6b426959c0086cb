// Ranks and overlaps of the classes over some of their samples, by every rule, without what else a Manifold keeps.

/// What is measured of one replicate of the inputs of a layer, by rule.
package struct RankReplicate: Sendable {
  /// Of every class.
  package let ranks: [[RankRule: Int]]
  /// rank(A) + rank(B) − rank([A; B]), mean over the pairs of classes; empty for a single class.
  package let meanOverlaps: [RankRule: Double]

  /// - Parameter classes: the samples of every class, row-major, each at least as many as `columns`.
  package init(_ classes: [[Float]], columns: Int) throws(AnalyticsError) {
    var matrices: [(gram: [Double], sigma: [Double], rows: Int)] = []
    for samples in classes {
      let rows = samples.count / columns
      precondition(rows >= columns, "ranks of fewer samples than dimensions say nothing")
      guard samples.allSatisfy(\.isFinite) else {
        throw AnalyticsError("a sample holds a value that is not finite: it has no rank")
      }
      var gram = [Double](repeating: 0, count: columns * columns)
      LinearAlgebra.addFeatureGram(
        samples.map(Double.init), rows: rows, columns: columns, to: &gram)
      matrices.append((gram, try Self.singularValues(gram, columns), rows))
    }
    ranks = matrices.map { matrix in
      Self.byRule { rule in
        rule.rank(
          matrix.sigma,
          tolerance: rule.tolerance(
            sigmaMax: matrix.sigma.first ?? 0, rows: matrix.rows, columns: columns))
      }
    }
    var sums: [RankRule: Int] = [:]
    for (index, a) in matrices.enumerated() {
      for b in matrices[(index + 1)...] {
        var stack = a.gram
        for cell in stack.indices { stack[cell] += b.gram[cell] }
        let sigma = try Self.singularValues(stack, columns)
        for rule in RankRule.allCases {
          let tolerance = rule.tolerance(
            sigmaMax: sigma.first ?? 0, rows: a.rows + b.rows, columns: columns)
          sums[rule, default: 0] +=
            rule.rank(a.sigma, tolerance: tolerance) + rule.rank(b.sigma, tolerance: tolerance)
            - rule.rank(sigma, tolerance: tolerance)
        }
      }
    }
    let pairs = matrices.count * (matrices.count - 1) / 2
    meanOverlaps = sums.mapValues { Double($0) / Double(pairs) }
  }

  private static func byRule(_ value: (RankRule) -> Int) -> [RankRule: Int] {
    Dictionary(uniqueKeysWithValues: RankRule.allCases.map { ($0, value($0)) })
  }

  /// Descending, from the upper triangle of a feature-side Gram matrix.
  private static func singularValues(
    _ gram: [Double], _ columns: Int
  ) throws(AnalyticsError) -> [Double] {
    var upper = gram
    let values = try LinearAlgebra.eigenvalues(&upper, n: columns, vectors: false)
    return values.reversed().map { max($0, 0).squareRoot() }
  }
}
