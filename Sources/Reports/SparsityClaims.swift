// Section 3.1: what training does to the activation proportions.

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
      section: "3.1", name: "random labels, sparse penultimate layer",
      statement:
        "The network fitting random labels has an extremely sparse penultimate layer; the best network has some density to it.",
      rule:
        "Holds when the mean activation proportion of the second last layer's interactions is lower for random labels than for the best and for the untrained network."
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.random, .best, .untrained)
      let row = try evidence.layer(fromEnd: 1, runs)
      let random = try evidence.sparsity(row[0])
      let best = try evidence.sparsity(row[1])
      let untrained = try evidence.sparsity(row[2])
      return (
        [
          less(row[0].name + " mean: random", random.mean, "best", best.mean),
          less(row[0].name + " mean: random", random.mean, "untrained", untrained.mean),
        ],
        [
          "never significant: random \(NumberText.percent(random.never)), best \(NumberText.percent(best.never)), untrained \(NumberText.percent(untrained.never))"
        ]
      )
    },
    Claim(
      section: "3.1", name: "overtrained between random and best",
      statement:
        "In the penultimate layer the overtrained network resembles a mid-point between the random-label and the best network.",
      rule:
        "Holds when the overtrained network's mean activation proportion in the second last layer lies strictly between the two others."
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.random, .overtrained, .best)
      let row = try evidence.layer(fromEnd: 1, runs)
      var means: [Double] = []
      for layer in row { means.append(try evidence.sparsity(layer).mean) }
      let holds = min(means[0], means[2]) < means[1] && means[1] < max(means[0], means[2])
      let text = means.map { NumberText.short($0) }
      return (
        [
          Finding(
            "\(row[0].name) mean: random \(text[0]), overtrained \(text[1]), best \(text[2])",
            holds: holds)
        ], []
      )
    },
  ]

  private static func alwaysOn(fromEnd: Int, name: String, _ statement: String) -> Claim {
    Claim(
      section: "3.1", name: name, statement: statement,
      rule:
        "Holds when the share of the layer's interactions in the histogram's last bin (significant in 95 % of the samples or more) is smaller for the best network than for the untrained one, and the share significant in every sample is not larger."
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.untrained, .best)
      let row = try evidence.layer(fromEnd: fromEnd, runs)
      let before = try evidence.sparsity(row[0])
      let after = try evidence.sparsity(row[1])
      let layer = row[0].name
      let (low, high) = (after.histogram.last ?? .nan, before.histogram.last ?? .nan)
      var remarks: [String] = []
      if let a = row[0].neuron.sparsity, let b = row[1].neuron.sparsity {
        remarks.append(
          "neurons active in every sample: untrained \(NumberText.percent(a.always)), best \(NumberText.percent(b.always))"
        )
      }
      return (
        [
          less(layer + " ≥ 95 %: best", low, "untrained", high),
          Finding(
            "\(layer) in every sample: best \(NumberText.short(after.always)) \(after.always <= before.always ? "≤" : ">") untrained \(NumberText.short(before.always))",
            holds: after.always <= before.always),
        ], remarks
      )
    }
  }

  /// "a 0.1 < b 0.2": holds when the first is the smaller.
  static func less(_ a: String, _ x: Double, _ b: String, _ y: Double) -> Finding {
    let sign = x < y ? "<" : x == y ? "=" : ">"
    return Finding("\(a) \(NumberText.short(x)) \(sign) \(b) \(NumberText.short(y))", holds: x < y)
  }
}
