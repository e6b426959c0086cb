// Measures over resampled samples, as a report reads them, and what a run's number needs to find its own. Leaves out
// intervals (Interval) and reading (ReplicateReader).

/// Which measure of a run replicates are of.
package struct ReplicateKey: Sendable, Hashable {
  /// The layer's position.
  package let layer: Int
  package let kind: String
  package let measure: String
  package let rule: String?
  package let classPosition: Int?

  package init(
    layer: Int, kind: String = "interaction", measure: String, rule: String? = nil,
    classPosition: Int? = nil
  ) {
    (self.layer, self.kind, self.measure) = (layer, kind, measure)
    (self.rule, self.classPosition) = (rule, classPosition)
  }
}

/// One measure's values, by replicate.
package struct Replicates: Sendable, Equatable {
  package let seed: Int
  package let method: String
  package var values: [Double]

  package init(seed: Int, method: String, values: [Double]) {
    (self.seed, self.method, self.values) = (seed, method, values)
  }
}

/// A number of a run, called by what sets the run apart.
struct Measured {
  let label: String
  let value: Double
  let run: RunReport
  let key: ReplicateKey

  var replicates: Replicates? { run.replicates[key] }

  /// Replicates of these two hold the same samples at every index.
  func isPaired(with other: Measured) -> Bool {
    let (a, b) = (run.info, other.run.info)
    guard let own = replicates, let others = other.replicates else { return false }
    return a.datasetID == b.datasetID && a.sampleSet == b.sampleSet && a.samples == b.samples
      && own.seed == others.seed && own.method == others.method
      && own.values.count == others.values.count
  }
}
