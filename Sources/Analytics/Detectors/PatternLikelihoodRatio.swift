// How far the likelihood of a sample's interactions under its predicted class is ahead of that under the best other class.

extension Detector {
  static let likelihoodRatio = Detector(
    "likelihood-ratio", formula: "(ln L(S | ẑ) − max over c ≠ ẑ of ln L(S | c)) / interactions",
    source: "Khaitan 2024, Analysing the Robustness of Deep Neural Networks"
  ) { scores in
    guard let predicted = scores.predicted else { return nil }
    let others = scores.likelihoods.indices.filter { $0 != predicted }.map {
      scores.likelihoods[$0]
    }
    return others.max().map { scores.likelihoods[predicted] - $0 }
  }
}
