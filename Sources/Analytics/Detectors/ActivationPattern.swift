// NAP, binary neuron activation patterns: the Hamming distance of a sample's pattern to the nearest pattern that a
// reference sample of its predicted class has, negated. A neuron belongs to the pattern where it exceeds a percentile of
// the sample's own x: after a rectifier that leaves half of them 0 that is x > 0. Known patterns are those of true classes.
// Chosen: the authors' code takes the percentile over a batch, which makes a sample's pattern depend on its neighbours, and
// sweeps it for every network; here it is the sample's own, 50. They monitor layers of the whole network, here it is x of
// the last. A class without reference samples has no pattern: the distance is d, as theirs.

extension Detector {
  static let activationPattern = Detector(
    "nap", formula: "−min over reference samples of class ẑ of hamming(x > its percentile)",
    source: "Olber et al. 2023, Detection of out-of-distribution samples using binary neuron "
      + "activation patterns, arXiv 2212.14268",
    needs: [.logits, .inputs], lesson: .labels,
    parameters: [
      .real("percentile", 50, in: 0...100, "of a sample's x, that its active neurons exceed")
    ]
  ) { settings, layer, _ in
    ActivationPatternTeacher(layer: layer, percentile: settings["percentile"])
  }
}

private struct ActivationPatternTeacher: DetectorTeacher {
  let layer: LastLayer
  let percentile: Double
  /// By class, the words of one pattern after the other: d bits of every labelled reference sample.
  private var patterns: [Int: [UInt64]] = [:]

  init(layer: LastLayer, percentile: Double) {
    (self.layer, self.percentile) = (layer, percentile)
  }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) {
    for row in 0..<block.count {
      guard let label = block.labels[row], (0..<layer.outputs).contains(label) else { continue }
      patterns[label, default: []] += Self.pattern(block.x(row), percentile)
    }
  }

  func endPass() throws {
    guard !patterns.isEmpty else {
      throw AnalyticsError("no sample of the reference has a label that is one of the outputs")
    }
  }

  func scorer() -> DetectorScorer {
    let (patterns, percentile, d) = (patterns, percentile, layer.inputs)
    let missing = layer.outputs - patterns.count
    return DetectorScorer(
      notes: missing == 0
        ? []
        : [
          "\(missing) of \(layer.outputs) outputs have no sample of the reference: "
            + "what is predicted as they is at the largest distance, \(d)"
        ],
      scores: { block in
        (0..<block.count).map { row in
          let own = Self.pattern(block.x(row), percentile)
          let known = patterns[block.predicted[row]] ?? []
          var least = d
          for start in stride(from: 0, to: known.count, by: own.count) {
            var distance = 0
            for word in own.indices {
              distance += (own[word] ^ known[start + word]).nonzeroBitCount
            }
            least = min(least, distance)
          }
          return -Double(least)
        }
      })
  }

  private static func pattern(_ x: [Double], _ percent: Double) -> [UInt64] {
    let threshold = Analytics.percentile(percent, of: x)
    var words = [UInt64](repeating: 0, count: (x.count + 63) / 64)
    for (index, value) in x.enumerated() where value > threshold {
      words[index / 64] |= 1 << UInt64(index % 64)
    }
    return words
  }
}
