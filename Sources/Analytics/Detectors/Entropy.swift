// The entropy of the softmax, negated. A sum of terms that keep their precision close to 0: sure predictions stay apart.

extension Detector {
  static let entropy = Detector(
    "entropy", formula: "Σ p ln p",
    source: "Shannon 1948, A Mathematical Theory of Communication", needs: [.logits]
  ) { _, _ in .ofRows { $0.softmax($1).negativeEntropy } }
}
