// What the Mahalanobis detectors are taught: class means, the covariance that all classes share, and for the relative ones
// the mean and covariance of all labelled samples together. Samples without a label teach nothing.

struct GaussianTeacher: DetectorTeacher {
  /// Of x̂ instead of x.
  private let isNormalized: Bool
  /// Whether the distance to all samples together is taken off.
  private let isRelative: Bool
  private var classMeans: ClassMeans
  private var allMeans: ClassMeans
  private var within: TiedCovariance?
  private var together: TiedCovariance?
  private var labelled = 0

  init(_ layer: LastLayer, isNormalized: Bool, isRelative: Bool) {
    (self.isNormalized, self.isRelative) = (isNormalized, isRelative)
    classMeans = ClassMeans(columns: layer.inputs)
    allMeans = ClassMeans(columns: layer.inputs)
  }

  var passes: Int { 2 }

  mutating func add(_ block: SampleBlock) {
    for row in 0..<block.count {
      guard let label = block.labels[row] else { continue }
      let x = isNormalized ? unit(block.x(row)) : block.x(row)
      if within == nil {
        labelled += 1
        classMeans.add(x, to: label)
        if isRelative { allMeans.add(x, to: 0) }
      } else {
        within?.add(x, to: label)
        together?.add(x, to: 0)
      }
    }
  }

  mutating func endPass() throws {
    guard within == nil else { return }
    try checkTaught(labelled, labels: true)
    within = TiedCovariance(classMeans)
    if isRelative { together = TiedCovariance(allMeans) }
  }

  func scorer() throws -> DetectorScorer {
    guard let within else { preconditionFailure("two passes teach it") }
    let isNormalized = isNormalized
    let distances = try within.distances()
    let background = try together?.distances()
    return DetectorScorer { block in
      let rows = block.shaped { isNormalized ? unit($0) : $0 }
      let near = distances.smallest(of: rows, count: block.count)
      guard let background else { return near.map { -$0 } }
      return zip(near, background.smallest(of: rows, count: block.count)).map { $1 - $0 }
    }
  }
}
