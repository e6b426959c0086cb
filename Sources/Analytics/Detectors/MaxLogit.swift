// The largest logit.

extension Detector {
  static let maxLogit = Detector(
    "max-logit", formula: "max z",
    source: "Hendrycks et al. 2022, Scaling Out-of-Distribution Detection for Real-World Settings, "
      + "arXiv 1911.11132",
    needs: [.logits]
  ) { _, _ in .ofRows { $0.softmax($1).largest } }
}
