// Section 3.2 on CIFAR-10: entropy and separation at initialisation, with random labels and when training goes on. Per
// interaction, in nats, throughout.

internal import Warehouse

extension Claim {
  static let memorisationClaims = [
    Claim(
      section: "3.2", madeOn: cifar, name: "entropy above separation at initialisation",
      statement: "At initialisation the entropy is larger than the separation.",
      rule:
        "Holds when in every layer the untrained network's mean entropy is above its separation.",
      controls: [.neuron]
    ) { evidence throws(MissingEvidence) in
      let run = try evidence.runs(.untrained)[0]
      var findings: [ClaimFinding] = []
      var remarks: [String] = []
      for row in try evidence.layers([run]) {
        findings.append(
          .less(
            row[0].name + " untrained",
            try evidence.separation("separation", of: run, row[0], "separation"),
            try evidence.separation("mean_entropy", of: run, row[0], "entropy")))
        remarks += try atFloor(evidence, [(run, row[0])])
      }
      return (findings, remarks)
    },
    everyLayer(
      madeOn: cifar, name: "random labels raise entropy",
      statement:
        "Training on random labels greatly increases the entropy of the distribution …",
      rule:
        "Holds when in every layer the mean entropy with random labels is more than 1.25 times that of the untrained network.",
      controls: [.neuron], "mean_entropy", .random, .untrained
    ) { .ratio($0, $1, $2, "> 1.25") { $0 > notable } },
    everyLayer(
      madeOn: cifar, name: "random labels leave separation",
      statement:
        "… with negligible difference in the separation between classes.",
      rule:
        "Holds when in every layer the separation with random labels is between 0.8 and 1.25 times that of the untrained network. The interval says how large the difference is; it does not judge.",
      "separation", .random, .untrained
    ) { .alike($0, $1, $2, "0.8 to 1.25") { $0 >= 1 / notable && $0 <= notable } },
    Claim(
      section: "3.2", madeOn: cifar, name: "best and overtrained alike",
      statement:
        "The best and the overtrained network show almost identical patterns of separation between classes …",
      rule:
        "Holds when in every layer the Pearson correlation of the two matrices' off-diagonal divergences is at least 0.9."
    ) { evidence throws(MissingEvidence) in
      var findings: [ClaimFinding] = []
      for row in try evidence.layers(try evidence.runs(.overtrained, .best)) {
        guard let a = row[0][evidence.kind].matrix, let b = row[1][evidence.kind].matrix,
          let correlation = a.correlation(with: b)
        else {
          throw MissingEvidence(
            "needs divergences of the \(evidence.kind.plural) of at least three pairs of classes in layer "
              + "\(row[0].name): engram-ingest measure WAREHOUSE adds those that there are")
        }
        findings.append(
          .likeness(
            "\(row[0].name) divergences, overtrained and best",
            "correlation \(NumberText.short(correlation)), wanted ≥ 0.9", holds: correlation >= 0.9)
        )
      }
      return (findings, [])
    },
    everyLayer(
      madeOn: cifar, name: "overtrained weaker",
      statement:
        "… with the magnitude being much smaller for the overtrained network.",
      rule:
        "Holds when in every layer the overtrained network's separation is less than 0.8 times the best network's.",
      "separation", .overtrained, .best
    ) { .ratio($0, $1, $2, "< 0.8") { $0 < 1 / notable } },
    everyLayer(
      madeOn: cifar, name: "overtraining forgets",
      statement:
        "The decrease in relative separation suggests that the network forgets the relationships between classes.",
      rule:
        "Holds when in every layer the overtrained network's relative separation is below the best network's.",
      controls: [.neuron], "relative_separation", .overtrained, .best
    ) { .less($0, $1, $2) },
  ]
}
