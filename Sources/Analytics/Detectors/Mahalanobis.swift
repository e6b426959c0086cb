// The squared Mahalanobis distance of x to the nearest class mean, under the covariance that all classes share, negated.

extension Detector {
  static let mahalanobis = Detector(
    "mahalanobis", formula: "max over c of −(x − μ_c)ᵀ Σ⁺ (x − μ_c)",
    source: "Lee et al. 2018, A Simple Unified Framework for Detecting Out-of-Distribution Samples "
      + "and Adversarial Attacks, arXiv 1807.03888",
    needs: [.inputs], lesson: .labels
  ) { _, layer, _ in GaussianTeacher(layer, isNormalized: false, isRelative: false) }
}
