// Mahalanobis++: the Mahalanobis distance of x̂ = x / ‖x‖, with means and covariance of x̂.

extension Detector {
  static let normalizedMahalanobis = Detector(
    "mahalanobis++", formula: "max over c of −(x̂ − μ_c)ᵀ Σ⁺ (x̂ − μ_c)",
    source:
      "Mueller & Hein 2025, Mahalanobis++: Improving OOD Detection via Feature Normalization, "
      + "arXiv 2505.18032",
    needs: [.inputs], lesson: .labels
  ) { _, layer, _ in GaussianTeacher(layer, isNormalized: true, isRelative: false) }
}
