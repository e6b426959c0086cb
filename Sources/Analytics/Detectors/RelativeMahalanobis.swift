// The Mahalanobis distance to the nearest class less that to all classes together, negated.

extension Detector {
  static let relativeMahalanobis = Detector(
    "relative-mahalanobis",
    formula: "max over c of −(x − μ_c)ᵀ Σ⁺ (x − μ_c) + (x − μ)ᵀ Σ₀⁺ (x − μ)",
    source: "Ren et al. 2021, A Simple Fix to Mahalanobis Distance for Improving Near-OOD "
      + "Detection, arXiv 2106.09022",
    needs: [.inputs], lesson: .labels
  ) { _, layer, _ in GaussianTeacher(layer, isNormalized: false, isRelative: true) }
}
