// The mean of the reference's x, which several detectors start from.

struct MeanTeacher: DetectorTeacher {
  private var sum: [Double]
  private var count = 0
  private let makeScorer: @Sendable (_ mean: [Double]) throws -> DetectorScorer

  init(
    _ layer: LastLayer, _ scorer: @escaping @Sendable (_ mean: [Double]) throws -> DetectorScorer
  ) {
    sum = [Double](repeating: 0, count: layer.inputs)
    makeScorer = scorer
  }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) {
    count += block.count
    for row in 0..<block.count {
      for (column, value) in block.stored(row).enumerated() { sum[column] += Double(value) }
    }
  }

  func endPass() throws { try checkTaught(count) }

  func scorer() throws -> DetectorScorer { try makeScorer(sum.map { $0 / Double(count) }) }
}

/// Throws where nothing teaches.
func checkTaught(_ samples: Int, labels: Bool = false) throws(AnalyticsError) {
  guard samples > 0 else {
    throw AnalyticsError(
      "no sample of the reference teaches it: none is finite" + (labels ? " and has a label" : ""))
  }
}
