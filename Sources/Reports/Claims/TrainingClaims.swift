// Section 3.2 on ImageNet: what training and depth do to the separation and the entropy of classes. Per interaction, in
// nats, throughout.

extension Claim {
  static let trainingClaims = [
    everyLayer(
      madeOn: imageNet, name: "training separates",
      statement:
        "Between initialisation and the end of training the separation of classes increases greatly …",
      rule:
        "Holds when in every layer the best network's separation is more than 1.25 times the untrained network's.",
      "separation", .best, .untrained
    ) { .ratio($0, $1, $2, "> 1.25") { $0 > notable } },
    everyLayer(
      madeOn: imageNet, name: "training orders",
      statement:
        "… while the entropy of the class distributions decreases simultaneously.",
      rule:
        "Holds when in every layer the best network's mean entropy is below the untrained network's.",
      "mean_entropy", .best, .untrained
    ) { .less($0, $1, $2) },
    Claim(
      section: "3.2", madeOn: imageNet, name: "deeper layers ordered more",
      statement: "This decrease is much more noticeable at the deeper layers.",
      rule:
        "Holds when from the untrained to the best network the mean entropy decreases more in the last captured layer than in the first."
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.best, .untrained)
      let rows = try evidence.layers(runs)
      guard let first = rows.first, let last = rows.last, rows.count > 1 else {
        throw MissingEvidence("needs two layers in every run")
      }
      var terms: [(weight: Double, number: Measured)] = []
      var decreases: [Double] = []
      for (row, sign) in [(first, -1.0), (last, 1.0)] {
        let after = try evidence.separation("mean_entropy", of: runs[0], row[0], "best")
        let before = try evidence.separation("mean_entropy", of: runs[1], row[1], "untrained")
        terms += [(sign, before), (-sign, after)]
        decreases.append(before.value - after.value)
      }
      return (
        [
          .difference(
            "decrease of mean entropy",
            "\(last[0].name) \(NumberText.short(decreases[1])), \(first[0].name) \(NumberText.short(decreases[0]))",
            decreases[1] - decreases[0], interval: Interval.of(terms),
            isSaid: decreases[1] > decreases[0])
        ], []
      )
    },
  ]
}
