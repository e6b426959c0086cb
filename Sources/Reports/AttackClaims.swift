// Section 3.3: what an attack does to the likelihood of a sample's pattern under the clean profile of its class.

/// One layer of an attacked run scored under a clean run of its network, and the same of the control beside it.
package struct AttackReport: Sendable {
  package let attack: RunInfo
  package let likelihood: LikelihoodComparison
  package let control: LikelihoodComparison?

  package init(
    attack: RunInfo, likelihood: LikelihoodComparison, control: LikelihoodComparison? = nil
  ) {
    (self.attack, self.likelihood, self.control) = (attack, likelihood, control)
  }
}

extension Claim {
  static let attackClaims = [
    Claim(
      section: "3.3", name: "attacks lower likelihood",
      statement:
        "An attack consistently lowers the likelihood under the class distribution on the trained network, and has no consistent effect with random labels.",
      rule:
        "Holds when in every layer and under every attack the mean ln L under the clean profile falls for every class of the best network, and does not fall for at least one class with random labels. Sign noise of the same size is shown beside it."
    ) { evidence throws(MissingEvidence) in
      let best = evidence.comparison.attacks[.best] ?? []
      let random = evidence.comparison.attacks[.random] ?? []
      let missing = [(TrainingState.best, best), (.random, random)].filter { $0.1.isEmpty }
      guard missing.isEmpty else {
        throw MissingEvidence(
          "needs attacked runs scored under a clean run (engram-ingest --attack, then measure --run ATTACKED_RUN --under CLEAN_RUN) of a model in the state "
            + missing.map { "'\($0.0.rawValue)'" }.joined(separator: " and "))
      }
      var findings: [Finding] = []
      for one in best { findings.append(Finding(text(one, "best"), holds: fell(one) == size(one))) }
      for one in random {
        findings.append(Finding(text(one, "random labels"), holds: fell(one) < size(one)))
      }
      return (findings, (best + random).compactMap(controlText))
    }
  ]

  private static func fell(_ one: AttackReport) -> Int {
    one.likelihood.classes.count { $0.difference < 0 }
  }

  private static func size(_ one: AttackReport) -> Int { one.likelihood.classes.count }

  private static func text(_ one: AttackReport, _ state: String) -> String {
    "\(one.likelihood.layer), \(state), '\(one.attack.name)': fell for \(fell(one)) of "
      + NumberText.count(size(one), "class", "classes")
      + ", mean change \(NumberText.short(mean(one.likelihood.classes.map(\.difference))))"
  }

  private static func controlText(_ one: AttackReport) -> String? {
    guard let control = one.control else { return nil }
    let fell = control.classes.count { $0.difference < 0 }
    let change = NumberText.short(mean(control.classes.map(\.difference)))
    return "\(control.layer), sign noise beside '\(one.attack.name)': fell for \(fell) of "
      + NumberText.count(control.classes.count, "class", "classes") + ", mean change \(change)"
  }
}
