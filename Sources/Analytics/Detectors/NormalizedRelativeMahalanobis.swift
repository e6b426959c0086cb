// The relative Mahalanobis distance of x̂ = x / ‖x‖, with means and covariances of x̂.

extension Detector {
  static let normalizedRelativeMahalanobis = Detector(
    "relative-mahalanobis++",
    formula: "max over c of −(x̂ − μ_c)ᵀ Σ⁺ (x̂ − μ_c) + (x̂ − μ)ᵀ Σ₀⁺ (x̂ − μ)",
    source:
      "Mueller & Hein 2025, Mahalanobis++: Improving OOD Detection via Feature Normalization, "
      + "arXiv 2505.18032",
    needs: [.inputs], lesson: .labels
  ) { _, layer, _ in GaussianTeacher(layer, isNormalized: true, isRelative: true) }
}
