// ReAct: the energy with x cut off above a percentile of all elements of the reference's x.

extension Detector {
  static let rectifiedActivations = Detector(
    "react", formula: "lse(W min(x, t) + b), t the percentile of all elements of X",
    source: "Sun, Guo & Li 2021, ReAct: Out-of-distribution Detection With Rectified Activations, "
      + "arXiv 2111.12797",
    needs: [.inputs, .weights], lesson: .samples,
    parameters: [.real("percentile", 90, in: 0...100, "of all elements of the reference's x")]
  ) { settings, layer, _ in RectifiedTeacher(layer: layer, percentile: settings["percentile"]) }
}

private struct RectifiedTeacher: DetectorTeacher {
  let layer: LastLayer
  private var percentile: StreamedPercentile
  private var samples = 0
  private var passed = 0

  init(layer: LastLayer, percentile: Double) {
    self.layer = layer
    self.percentile = StreamedPercentile(percentile)
  }

  var passes: Int { 2 }

  mutating func add(_ block: SampleBlock) {
    if passed == 0 { samples += block.count }
    for row in 0..<block.count { percentile.add(block.stored(row)) }
  }

  mutating func endPass() throws {
    try checkTaught(samples)
    if passed == 0 { percentile.endFirstPass() }
    passed += 1
  }

  func scorer() -> DetectorScorer {
    guard let most = percentile.result else { preconditionFailure("two passes teach it") }
    let layer = layer
    return DetectorScorer { block in
      layer.energies(block.shaped { $0.map { min($0, most) } }, count: block.count)
    }
  }
}
