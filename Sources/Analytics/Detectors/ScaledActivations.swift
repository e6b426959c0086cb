// SCALE: the energy with x scaled by the exponential of its sum's ratio to the sum of its largest elements. Where these
// sum to 0, as in x = 0, there is no ratio and nothing is scaled.

import Glibc

extension Detector {
  static let scaledActivations = Detector(
    "scale", formula: "lse(W x exp(Σ x / Σ of the k largest of x) + b)",
    source: "Xu et al. 2024, Scaling for Training Time and Post-hoc Out-of-distribution Detection "
      + "Enhancement, arXiv 2310.00227",
    needs: [.inputs, .weights],
    parameters: [
      .real("percentile", 85, in: 0...100, "of the elements of x are not among the largest")
    ]
  ) { settings, layer in
    let kept = keptElements(of: layer.inputs, percentile: settings["percentile"])
    return DetectorScorer { block in
      let rows = block.shaped { x in
        let largest = x.sorted(by: >).prefix(kept).reduce(0, +)
        guard largest != 0 else { return x }
        let scale = exp(x.reduce(0, +) / largest)
        return x.map { $0 * scale }
      }
      return layer.energies(rows, count: block.count)
    }
  }
}
