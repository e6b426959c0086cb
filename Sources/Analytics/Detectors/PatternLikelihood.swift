// The log-likelihood of a sample's significant interactions under the profile of its predicted class. Warehouse has the
// bits, LikelihoodMatrix the sums.

extension Detector {
  static let likelihood = Detector(
    "likelihood", formula: "ln L(S | ẑ) / interactions",
    source: "Khaitan 2024, Analysing the Robustness of Deep Neural Networks"
  ) { scores in scores.predicted.map { scores.likelihoods[$0] } }
}
