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
    gram,
  ]
}
