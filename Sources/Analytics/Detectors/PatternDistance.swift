// The Hamming distance of a sample's interactions to the nearest class pattern, which holds the interactions that more than
// half of a class's reference samples make significant.

extension Detector {
  static let patternDistance = Detector(
    "pattern-distance", formula: "−min over c of hamming(S, pattern c) / interactions",
    source: "Khaitan 2024, Analysing the Robustness of Deep Neural Networks"
  ) { $0.distances.min().map { -$0 } }
}
