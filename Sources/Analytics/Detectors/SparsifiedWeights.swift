// DICE: the energy with only those weights whose mean contribution over the reference lies above a percentile of all mean
// contributions.

extension Detector {
  static let sparsifiedWeights = Detector(
    "dice", formula: "lse(W' x + b), W' = W where mean(X)_j W_cj lies above its percentile, else 0",
    source: "Sun & Li 2022, DICE: Leveraging Sparsification for Out-of-Distribution Detection, "
      + "arXiv 2111.09805",
    needs: [.inputs, .weights], lesson: .samples,
    parameters: [.real("percentile", 90, in: 0...100, "of all mean(X)_j W_cj")]
  ) { settings, layer, _ in
    let percent = settings["percentile"]
    return MeanTeacher(layer) { mean in
      let contributions = layer.weights.enumerated().map { $1 * mean[$0 % layer.inputs] }
      let least = percentile(percent, of: contributions)
      let kept = layer.masked { contributions[$0] > least }
      return DetectorScorer { block in kept.energies(block.shaped { $0 }, count: block.count) }
    }
  }
}
