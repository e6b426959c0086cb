// How far the likelihood of a sample's interactions under its predicted class is ahead of that under the best other class.

extension Detector {
  static let likelihoodRatio = Detector(
    "likelihood-ratio", formula: "(ln L(S | ẑ) − max over c ≠ ẑ of ln L(S | c)) / interactions",
    source: "Khaitan 2024, Analysing the Robustness of Deep Neural Networks", needs: [.profiles],
    lesson: .labels, column: "likelihood_ratio", start: nil)
}
