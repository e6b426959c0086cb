// The largest softmax probability: the baseline of the field.

extension Detector {
  package static let maxSoftmax = Detector(
    "max-softmax", formula: "max p",
    source:
      "Hendrycks & Gimpel 2017, A Baseline for Detecting Misclassified and Out-of-Distribution "
      + "Examples in Neural Networks, arXiv 1610.02136",
    needs: [.logits]
  ) { _, _ in .ofRows { $0.softmax($1).confidence } }
}
