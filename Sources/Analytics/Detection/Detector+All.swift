// The list of detectors, in the order in which pages name them.

extension Detector {
  package static let all = [
    likelihood, likelihoodRatio, patternDistance,
    maxSoftmax, maxLogit, energy, entropy, generalizedEntropy, klMatching, odin,
    mahalanobis, relativeMahalanobis, normalizedMahalanobis, normalizedRelativeMahalanobis,
    nearestNeighbor, virtualLogit,
    rectifiedActivations, sparsifiedWeights, shapedActivations, scaledActivations,
    hopfieldEnergy, decisionBoundary, neuralCollapse, neighborGuidance, gradientNorm,
    testPruning, activationPattern,
  ]

  /// Those whose scores the view `detector_scores` has.
  package static let stored = all.filter { $0.column != nil || $0.name == maxSoftmax.name }
}
