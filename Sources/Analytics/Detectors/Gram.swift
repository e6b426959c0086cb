// How far the feature maps of a whole network leave the ranges that they have over the reference: of p-th order Gram
// matrices, by predicted class. Where entries are made stands in GramEntries, what is learnt of them in GramTeaching.

extension Detector {
  static let gram = Detector(
    "gram",
    formula:
      "−Σ over layers of δ / mean δ, δ = Σ over entries of max(min − g, 0) / |min| + max(g − max, 0) / |max|",
    source: "Sastry & Oore 2020, Detecting Out-of-Distribution Examples with Gram Matrices, "
      + "arXiv 1912.12510",
    ofFeatureMapsWith: [
      .whole("orders", 10, in: 1...20, "the highest order p of the Gram matrices"),
      .real(
        "held-aside", 0.1, in: 0.001...0.9,
        "the share of the reference that gives mean δ, and no min and max"),
      .whole("seed", 0, in: 0...1_000_000_000, "draws that share"),
    ])
}
