// SHE: x times the mean x of the reference samples of the predicted class that were predicted right. A sample that is
// predicted as a class without such samples has no score.

extension Detector {
  static let hopfieldEnergy = Detector(
    "she", formula: "x · mean of X over samples of class ẑ that were predicted right",
    source:
      "Zhang et al. 2023, Out-of-Distribution Detection based on In-Distribution Data Patterns "
      + "Memorization with Modern Hopfield Energy, ICLR",
    needs: [.logits, .inputs], lesson: .labels
  ) { _, layer, _ in HopfieldTeacher(layer: layer) }
}

private struct HopfieldTeacher: DetectorTeacher {
  let layer: LastLayer
  private var right: ClassMeans
  private var labelled = 0

  init(layer: LastLayer) {
    self.layer = layer
    right = ClassMeans(columns: layer.inputs)
  }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) {
    for row in 0..<block.count {
      guard let label = block.labels[row] else { continue }
      labelled += 1
      if label == block.predicted[row] { right.add(block.x(row), to: label) }
    }
  }

  func endPass() throws {
    try checkTaught(labelled, labels: true)
    guard !right.counts.isEmpty else {
      throw AnalyticsError("no sample of the reference is predicted right")
    }
  }

  func scorer() -> DetectorScorer {
    let means = Dictionary(uniqueKeysWithValues: right.means.map { ($0.label, $0.mean) })
    let missing = (0..<layer.outputs).filter { means[$0] == nil }
    return DetectorScorer(
      notes: missing.isEmpty
        ? []
        : [
          "no sample of the reference is predicted right as \(missing.count) of \(layer.outputs) outputs: "
            + "what is predicted as they has no score"
        ],
      scores: { block in
        (0..<block.count).map { row in
          guard let mean = means[block.predicted[row]] else { return .nan }
          return zip(block.x(row), mean).reduce(0) { $0 + $1.0 * $1.1 }
        }
      })
  }
}
