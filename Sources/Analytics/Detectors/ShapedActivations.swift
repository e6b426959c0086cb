// ASH-B: the energy with the largest elements of x set to what makes their sum that of x, and the others to 0. Of equal
// elements the first are taken; one is taken at least.

extension Detector {
  static let shapedActivations = Detector(
    "ash-b", formula: "lse(W x' + b), the k largest of x set to Σ x / k, the others to 0",
    source: "Djurisic et al. 2023, Extremely Simple Activation Shaping for Out-of-Distribution "
      + "Detection, arXiv 2209.09858",
    needs: [.inputs, .weights],
    parameters: [.real("percentile", 90, in: 0...100, "of the elements of x are set to 0")]
  ) { settings, layer in
    let kept = keptElements(of: layer.inputs, percentile: settings["percentile"])
    return DetectorScorer { block in
      let rows = block.shaped { x in
        let share = x.reduce(0, +) / Double(kept)
        var shaped = [Double](repeating: 0, count: x.count)
        // Swift's sort is stable.
        for index in x.indices.sorted(by: { x[$0] > x[$1] }).prefix(kept) { shaped[index] = share }
        return shaped
      }
      return layer.energies(rows, count: block.count)
    }
  }
}

/// How many of d elements are left where a percentile of them is taken away, rounded as NumPy does, ties to even; one at
/// least.
func keptElements(of d: Int, percentile: Double) -> Int {
  max(1, d - Int((Double(d) * percentile / 100).rounded(.toNearestOrEven)))
}
