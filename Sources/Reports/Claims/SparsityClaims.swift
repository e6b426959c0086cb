// Section 3.1: what training does to the activation proportions.

internal import Warehouse

extension Claim {
  static let sparsityClaims = [
    alwaysOn(
      fromEnd: 0, name: "always on, last layer",
      "Training encourages sparsity: from the untrained to the best network the share always on drops from 0.2 to 0.05 in the last layer."
    ),
    alwaysOn(
      fromEnd: 1, name: "always on, second last layer",
      "… and from 0.1 to less than 0.01 in the second last layer."),
    Claim(
      section: "3.1", madeOn: cifar, name: "random labels, sparse penultimate layer",
      statement:
        "The network fitting random labels has an extremely sparse penultimate layer; the best network has some density to it.",
      rule:
        "Holds when the mean activation proportion of the second last layer's interactions is lower for random labels than for the best and for the untrained network.",
      controls: [.neuron]
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.random, .best, .untrained)
      let row = try evidence.layer(fromEnd: 1, runs)
      let random = try mean(evidence, runs[0], row[0], "random")
      let never = try row.map { layer throws(MissingEvidence) in
        NumberText.percent(try evidence.sparsity(layer).never)
      }
      return (
        [
          .less(row[0].name + " mean", random, try mean(evidence, runs[1], row[1], "best")),
          .less(row[0].name + " mean", random, try mean(evidence, runs[2], row[2], "untrained")),
        ],
        ["never significant: random \(never[0]), best \(never[1]), untrained \(never[2])"]
      )
    },
    Claim(
      section: "3.1", madeOn: cifar, name: "overtrained between random and best",
      statement:
        "In the penultimate layer the overtrained network resembles a mid-point between the random-label and the best network.",
      rule:
        "Holds when the overtrained network's mean activation proportion in the second last layer lies strictly between the two others.",
      controls: [.neuron]
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.random, .overtrained, .best)
      let row = try evidence.layer(fromEnd: 1, runs)
      let random = try mean(evidence, runs[0], row[0], "random")
      let overtrained = try mean(evidence, runs[1], row[1], "overtrained")
      let best = try mean(evidence, runs[2], row[2], "best")
      let name = row[0].name + " mean"
      let ends = random.value < best.value ? (random, best) : (best, random)
      return ([.less(name, ends.0, overtrained), .less(name, overtrained, ends.1)], [])
    },
  ]

  static let shiftedSparsityClaims = [
    Claim(
      section: "3.1", madeOn: shiftedImageNet, name: "training sparsifies shifted data",
      statement:
        "Training encourages sparsity in the network, even on the out of distribution set.",
      rule:
        "Holds when in the last two layers the mean activation proportion over the shifted data is lower for the best network than for the untrained one.",
      controls: [.neuron]
    ) { evidence throws(MissingEvidence) in
      let shifts = try evidence.shifts(.best, .untrained)
      let findings = try lastTwo(evidence, shifts.map(\.shifted), ["best", "untrained"])
      return (findings, shifts.map(\.remark))
    },
    Claim(
      section: "3.1", madeOn: shiftedImageNet, name: "clean data sparser",
      statement:
        "The in-distribution data set is sparser on the final layer and the penultimate layer.",
      rule:
        "Holds when in the last two layers of the best network the mean activation proportion is lower over the clean than over the shifted data.",
      controls: [.neuron]
    ) { evidence throws(MissingEvidence) in
      let shift = try evidence.shifts(.best)[0]
      return (
        try lastTwo(evidence, [shift.clean, shift.shifted], ["clean", "shifted"]), [shift.remark]
      )
    },
  ]

  private static func lastTwo(
    _ evidence: Evidence, _ runs: [RunReport], _ labels: [String]
  ) throws(MissingEvidence) -> [ClaimFinding] {
    var findings: [ClaimFinding] = []
    for fromEnd in [1, 0] {
      let row = try evidence.layer(fromEnd: fromEnd, runs)
      findings.append(
        .less(
          row[0].name + " mean", try mean(evidence, runs[0], row[0], labels[0]),
          try mean(evidence, runs[1], row[1], labels[1])))
    }
    return findings
  }

  private static func mean(
    _ evidence: Evidence, _ run: RunReport, _ layer: LayerReport, _ label: String
  ) throws(MissingEvidence) -> Measured {
    try evidence.sparsity("mean_proportion", of: run, layer, label)
  }

  private static func alwaysOn(fromEnd: Int, name: String, _ statement: String) -> Claim {
    Claim(
      section: "3.1", madeOn: cifar, name: name, statement: statement,
      rule:
        "Holds when the share of the layer's interactions in the histogram's last bin (significant in 95 % of the samples or more) is smaller for the best network than for the untrained one, and the share significant in every sample is not larger.",
      controls: [.neuron]
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.best, .untrained)
      let row = try evidence.layer(fromEnd: fromEnd, runs)
      func share(_ measure: String) throws(MissingEvidence) -> (Measured, Measured) {
        (
          try evidence.sparsity(measure, of: runs[0], row[0], "best"),
          try evidence.sparsity(measure, of: runs[1], row[1], "untrained")
        )
      }
      let (often, always) = (try share("last_bin_share"), try share("always_share"))
      var remarks: [String] = []
      if let best = row[0].neuron.sparsity, let untrained = row[1].neuron.sparsity {
        remarks.append(
          "neurons active in every sample: untrained \(NumberText.percent(untrained.always)), best \(NumberText.percent(best.always))"
        )
      }
      return (
        [
          .less(row[0].name + " in ≥ 95 % of samples", often.0, often.1),
          .notAbove(row[0].name + " in every sample", always.0, always.1),
        ], remarks
      )
    }
  }
}
