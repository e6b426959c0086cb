// Section 3.2 on ImageNet and ImageNet-R: a shifted data set beside the clean one. Per interaction, in nats, throughout.
// Divergences between runs have no replicates: their intervals are over the classes, paired.

internal import Basics
internal import Warehouse

extension Claim {
  static let shiftedDivergenceClaims = [
    Claim(
      section: "3.2", madeOn: shiftedImageNet, name: "shifted data, separation",
      statement:
        "The out of distribution classes become more separated from each other by training …",
      rule:
        "Holds when in every layer the separation over the shifted data is higher for the best network than for the untrained one."
    ) { evidence throws(MissingEvidence) in
      let shifts = try evidence.shifts(.best, .untrained)
      let (findings, remarks) = try perLayer(
        evidence, "separation", ("best", "untrained"), shifts.map(\.shifted)
      ) { .less($0, $2, $1) }
      return (findings, shifts.map(\.remark) + remarks)
    },
    Claim(
      section: "3.2", madeOn: shiftedImageNet, name: "shifted data, entropy",
      statement: "… but their entropies see no decrease after training is complete.",
      rule:
        "Holds when in no layer the mean entropy over the shifted data is lower for the best network than for the untrained one, beyond sampling error."
    ) { evidence throws(MissingEvidence) in
      let shifts = try evidence.shifts(.best, .untrained)
      let (findings, remarks) = try perLayer(
        evidence, "mean_entropy", ("best", "untrained"), shifts.map(\.shifted)
      ) { .notAbove($0, $2, $1) }
      return (findings, shifts.map(\.remark) + remarks)
    },
    Claim(
      section: "3.2", madeOn: shiftedImageNet, name: "shifted data, nearer by training",
      statement:
        "The separation of the same class inside and outside the distribution decreases by training.",
      rule:
        "Holds when in every layer the mean KL(clean ‖ shifted) of the same class is lower for the best network than for the untrained one."
    ) { evidence throws(MissingEvidence) in
      let shifts = try evidence.shifts(.best, .untrained)
      var findings: [ClaimFinding] = []
      for layer in try layers(shifts, evidence.kind) {
        findings.append(
          overClasses(
            layer.name + " KL(clean ‖ shifted)",
            ("best", shifts[0].toShifted[evidence.kind]?[layer.position]),
            ("untrained", shifts[1].toShifted[evidence.kind]?[layer.position])))
      }
      return (findings, shifts.map(\.remark))
    },
    Claim(
      section: "3.2", madeOn: shiftedImageNet, name: "shifted data, asymmetry",
      statement:
        "The out of distribution data has a larger divergence from the in-distribution data than the other way around.",
      rule:
        "Holds when in every layer of the best network the mean KL(shifted ‖ clean) of the same class is above the mean KL(clean ‖ shifted)."
    ) { evidence throws(MissingEvidence) in
      let shifts = try evidence.shifts(.best)
      var findings: [ClaimFinding] = []
      for layer in try layers(shifts, evidence.kind) {
        findings.append(
          overClasses(
            layer.name + " KL",
            ("clean ‖ shifted", shifts[0].toShifted[evidence.kind]?[layer.position]),
            ("shifted ‖ clean", shifts[0].toClean[evidence.kind]?[layer.position])))
      }
      return (findings, shifts.map(\.remark))
    },
    Claim(
      section: "3.2", madeOn: shiftedImageNet, name: "shifted data, asymmetry by depth",
      statement: "This difference is more pronounced at the deeper layers.",
      rule:
        "Holds when the best network's mean of KL(shifted ‖ clean) − KL(clean ‖ shifted) of the same class is larger in the last captured layer than in the first."
    ) { evidence throws(MissingEvidence) in
      let shifts = try evidence.shifts(.best)
      let layers = try layers(shifts, evidence.kind)
      guard let first = layers.first, let last = layers.last, layers.count > 1 else {
        throw MissingEvidence("needs two layers in every run")
      }
      func excess(_ layer: LayerReport) -> [ByteText: Double] {
        let (a, b) = (
          shifts[0].toClean[evidence.kind]?[layer.position],
          shifts[0].toShifted[evidence.kind]?[layer.position]
        )
        return (a ?? [:]).merging((b ?? [:]).mapValues { -$0 }, uniquingKeysWith: +)
      }
      return (
        [
          overClasses(
            "KL(shifted ‖ clean) − KL(clean ‖ shifted)", (first.name, excess(first)),
            (last.name, excess(last)))
        ], shifts.map(\.remark)
      )
    },
  ]

  /// Layers whose divergences every effect has, first to last.
  private static func layers(
    _ effects: [ShiftEffect], _ kind: MeasuredKind
  ) throws(MissingEvidence) -> [LayerReport] {
    let layers = effects[0].clean.layers.filter { layer in
      effects.allSatisfy {
        $0.toShifted[kind]?[layer.position] != nil && $0.toClean[kind]?[layer.position] != nil
      }
    }
    guard !layers.isEmpty else {
      throw MissingEvidence(
        "needs divergences of the \(kind.plural) of one layer throughout: "
          + "engram-ingest measure WAREHOUSE --between CLEAN,SHIFTED")
    }
    return layers
  }

  /// Claims that the mean of the first is below that of the second, over the classes of both.
  private static func overClasses(
    _ what: String, _ a: (label: String, values: [ByteText: Double]?),
    _ b: (label: String, values: [ByteText: Double]?)
  ) -> ClaimFinding {
    let (x, y) = (a.values ?? [:], b.values ?? [:])
    let keys = x.keys.filter { y[$0] != nil }.sorted()
    let differences = keys.map { (x[$0] ?? .nan) - (y[$0] ?? .nan) }
    let interval = Interval.mean(of: differences)
    let (low, high) = (mean(keys.compactMap { x[$0] }), mean(keys.compactMap { y[$0] }))
    return .difference(
      what, "\(a.label) \(NumberText.short(low)), \(b.label) \(NumberText.short(high))",
      low - high, interval: interval,
      over: "over \(NumberText.count(keys.count, "class", "classes"))", isSaid: low < high)
  }
}
