// The detectors that there are, by the names that queries and reports show. Their scores are computed in Warehouse and
// Analytics/Measures; the view detector_scores turns them so that larger looks more familiar.

/// One way to score how much a sample looks like those of a reference run.
package struct Detector: Sendable {
  /// As the view `detector_scores` has it.
  package let name: String
  /// The column of the table `detector` that its score stands in; nil where the score is the prediction's own.
  package let column: String?
  /// Whether it scores patterns of significant interactions; the others are the field's yardsticks.
  package let isOfPatterns: Bool
  /// Whether it is of the network's last layer alone.
  package let isOfLastLayer: Bool

  /// In the order in which pages name them.
  package static let all = [
    Detector(name: "likelihood", column: "likelihood", isOfPatterns: true, isOfLastLayer: false),
    Detector(
      name: "likelihood-ratio", column: "likelihood_ratio", isOfPatterns: true,
      isOfLastLayer: false),
    Detector(name: "pattern-distance", column: "hamming", isOfPatterns: true, isOfLastLayer: false),
    Detector(name: "max-softmax", column: nil, isOfPatterns: false, isOfLastLayer: true),
    Detector(name: "energy", column: "energy", isOfPatterns: false, isOfLastLayer: true),
    Detector(name: "mahalanobis", column: "mahalanobis", isOfPatterns: false, isOfLastLayer: true),
  ]
}
