// The (negative free) energy of the logits.

extension Detector {
  static let energy = Detector(
    "energy", formula: "lse(z)",
    source: "Liu et al. 2020, Energy-based Out-of-distribution Detection, arXiv 2010.03759",
    needs: [.logits]
  ) { _, _ in .ofRows { $0.softmax($1).logSum } }
}
