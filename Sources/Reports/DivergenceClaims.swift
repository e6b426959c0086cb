// Section 3.2: entropy of classes and divergence between them. Per interaction, in nats, throughout.

extension Claim {
  static let divergenceClaims = [
    Claim(
      section: "3.2", name: "training separates and orders",
      statement:
        "Between initialisation and the end of training the separation of classes increases greatly, while the entropy of the class distributions decreases (said of AlexNet on ImageNet).",
      rule:
        "Holds when in every layer the best network's separation is more than 1.25 times, and its mean entropy less than, the untrained network's."
    ) { evidence throws(MissingEvidence) in
      try perLayer(evidence, evidence.runs(.best, .untrained)) { layer, best, untrained in
        [
          ratio(
            layer + " separation, best / untrained", best.separation, untrained.separation,
            "> 1.25"
          ) { $0 > notable },
          less(layer + " entropy: best", best.entropy, "untrained", untrained.entropy),
        ]
      }
    },
    Claim(
      section: "3.2", name: "entropy above separation at initialisation",
      statement: "At initialisation the entropy is larger than the separation.",
      rule:
        "Holds when in every layer the untrained network's mean entropy is above its separation."
    ) { evidence throws(MissingEvidence) in
      try perLayer(evidence, evidence.runs(.untrained, .untrained)) { layer, untrained, _ in
        [less(layer + " separation", untrained.separation, "entropy", untrained.entropy)]
      }
    },
    Claim(
      section: "3.2", name: "random labels raise entropy",
      statement: "Training on random labels greatly increases the entropy of the distribution …",
      rule:
        "Holds when in every layer the mean entropy with random labels is more than 1.25 times that of the untrained network."
    ) { evidence throws(MissingEvidence) in
      try perLayer(evidence, evidence.runs(.random, .untrained)) { layer, random, untrained in
        [
          ratio(
            layer + " entropy, random / untrained", random.entropy, untrained.entropy, "> 1.25"
          ) { $0 > notable }
        ]
      }
    },
    Claim(
      section: "3.2", name: "random labels leave separation",
      statement: "… with negligible difference in the separation between classes.",
      rule:
        "Holds when in every layer the separation with random labels is between 0.8 and 1.25 times that of the untrained network."
    ) { evidence throws(MissingEvidence) in
      try perLayer(evidence, evidence.runs(.random, .untrained)) { layer, random, untrained in
        [
          ratio(
            layer + " separation, random / untrained", random.separation, untrained.separation,
            "in 0.8 to 1.25"
          ) { $0 >= 1 / notable && $0 <= notable }
        ]
      }
    },
    Claim(
      section: "3.2", name: "best and overtrained alike",
      statement:
        "The best and the overtrained network show almost identical patterns of separation between classes …",
      rule:
        "Holds when in every layer the Pearson correlation of the two matrices' off-diagonal divergences is at least 0.9."
    ) { evidence throws(MissingEvidence) in
      var findings: [Finding] = []
      for row in try evidence.layers(try evidence.runs(.overtrained, .best)) {
        guard let a = row[0].matrix, let b = row[1].matrix,
          let correlation = Correlation.offDiagonal(a, b)
        else {
          throw MissingEvidence(
            "needs divergences of at least three pairs of classes in layer \(row[0].name)")
        }
        let holds = correlation >= 0.9
        findings.append(
          Finding(
            "\(row[0].name) correlation \(NumberText.short(correlation)) \(holds ? "≥" : "<") 0.9",
            holds: holds))
      }
      return (findings, [])
    },
    Claim(
      section: "3.2", name: "overtrained weaker",
      statement: "… with the magnitude being much smaller for the overtrained network.",
      rule:
        "Holds when in every layer the overtrained network's separation is less than 0.8 times the best network's."
    ) { evidence throws(MissingEvidence) in
      try perLayer(evidence, evidence.runs(.overtrained, .best)) { layer, overtrained, best in
        [
          ratio(
            layer + " separation, overtrained / best", overtrained.separation, best.separation,
            "< 0.8"
          ) { $0 < 1 / notable }
        ]
      }
    },
    Claim(
      section: "3.2", name: "overtraining forgets",
      statement:
        "The decrease in relative separation suggests that the network forgets the relationships between classes.",
      rule:
        "Holds when in every layer the overtrained network's relative separation is below the best network's."
    ) { evidence throws(MissingEvidence) in
      try perLayer(evidence, evidence.runs(.overtrained, .best)) { layer, overtrained, best in
        [
          less(
            layer + " relative separation: overtrained", overtrained.relative ?? .nan, "best",
            best.relative ?? .nan)
        ]
      }
    },
  ]

  /// Findings about the separations of the first and second of `runs` in each layer, with a remark where one
  /// is no higher than its permuted-label floor.
  private static func perLayer(
    _ evidence: Evidence, _ runs: [RunReport],
    _ compare: (String, Separation, Separation) -> [Finding]
  ) throws(MissingEvidence) -> (findings: [Finding], remarks: [String]) {
    var findings: [Finding] = []
    var remarks: [String] = []
    for row in try evidence.layers(runs) {
      let a = try evidence.separation(row[0])
      let b = try evidence.separation(row[1])
      findings += compare(row[0].name, a, b)
      for (run, measured) in zip(runs, [a, b]) {
        guard let floor = measured.floor, measured.separation < notable * floor else { continue }
        let remark =
          "\(row[0].name): the separation of '\(run.info.name)' (\(NumberText.short(measured.separation))) is hardly above its permuted-label floor (\(NumberText.short(floor)))"
        if !remarks.contains(remark) { remarks.append(remark) }
      }
    }
    return (findings, remarks)
  }

  static func ratio(
    _ what: String, _ x: Double, _ y: Double, _ wanted: String, _ test: (Double) -> Bool
  ) -> Finding {
    let value = x / y
    return Finding(
      "\(what): \(NumberText.short(x)) / \(NumberText.short(y)) = \(NumberText.short(value)) (wanted \(wanted))",
      holds: test(value))
  }
}

package enum Correlation {
  /// Pearson's r of the off-diagonal entries two matrices share, classes paired by position; nil below three pairs
  /// or where one side does not vary.
  package static func offDiagonal(_ a: ClassMatrix, _ b: ClassMatrix) -> Double? {
    var pairs: [(Double, Double)] = []
    let places = b.positions.enumerated().map { ($1, $0) }
    let inB = Dictionary(places, uniquingKeysWith: { first, _ in first })
    for row in 0..<a.count {
      for column in 0..<a.count where row != column {
        guard let x = a[row, column], let i = inB[a.positions[row]],
          let j = inB[a.positions[column]], let y = b[i, j]
        else { continue }
        pairs.append((x, y))
      }
    }
    guard pairs.count >= 3 else { return nil }
    let n = Double(pairs.count)
    let meanX = pairs.reduce(0) { $0 + $1.0 } / n
    let meanY = pairs.reduce(0) { $0 + $1.1 } / n
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (x, y) in pairs {
      xx += (x - meanX) * (x - meanX)
      yy += (y - meanY) * (y - meanY)
      xy += (x - meanX) * (y - meanY)
    }
    guard xx > 0, yy > 0 else { return nil }
    return xy / (xx * yy).squareRoot()
  }
}
