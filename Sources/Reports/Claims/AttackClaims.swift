// Section 3.3: what attacks do to the likelihood of samples under the profile of their class. Per interaction or neuron, in nats;
// intervals are of the samples' own paired differences.

internal import Warehouse

extension Claim {
  static let attackClaims = [
    Claim(
      section: "3.3", madeOn: cifar, name: "attacks lower likelihood",
      statement:
        "On the trained network an attack consistently lowers the likelihood under the class distribution.",
      rule:
        "Holds when in every layer of the best network the mean likelihood of the attacked samples is below that of their clean twins, that of more than half of the samples falls, and no class rises beyond sampling error."
    ) { evidence throws(MissingEvidence) in
      let effect = try evidence.attack(.best)
      var findings: [ClaimFinding] = []
      for layer in effect.layers {
        let all = AttackedClass(layer.classes)
        findings.append(fall(layer.name, all))
        let share = Interval.share(all.fell, of: all.samples)
        let fallen = Double(all.fell) / Double(max(all.samples, 1))
        findings.append(
          .difference(
            layer.name + " samples fallen",
            "\(all.fell) of \(all.samples), wanted more than half", fallen - 0.5,
            interval: Interval(low: share.low - 0.5, high: share.high - 0.5), isSaid: fallen > 0.5))
        let risen = layer.classes.filter { $0.interval?.isAboveZero ?? false }
        findings.append(
          .count(
            layer.name + " classes risen beyond sampling error",
            "\(risen.count) of \(layer.classes.count)" + named(risen), holds: risen.isEmpty))
      }
      return (findings, try remarks(evidence, [.best, .overtrained]))
    },
    Claim(
      section: "3.3", madeOn: cifar, name: "attacks, random labels",
      statement:
        "On the network with random labels an attack has no consistent effect: some classes see an increase, some a decrease.",
      rule:
        "Holds when in every layer of the network with random labels the likelihood of one class or more rises, and that of one or more falls, both beyond sampling error."
    ) { evidence throws(MissingEvidence) in
      let effect = try evidence.attack(.random)
      var findings: [ClaimFinding] = []
      var lines: [String] = []
      for layer in effect.layers {
        let risen = layer.classes.filter { $0.interval?.isAboveZero ?? false }
        let fallen = layer.classes.filter { $0.interval?.isBelowZero ?? false }
        let all = AttackedClass(layer.classes)
        findings.append(
          .count(
            layer.name + " classes beyond sampling error",
            "\(risen.count) risen\(named(risen)), \(fallen.count) fallen\(named(fallen)), of \(layer.classes.count)",
            difference: all.difference, interval: all.interval, over: "all samples",
            holds: !risen.isEmpty && !fallen.isEmpty))
        lines.append(
          "\(layer.name): attacked \(NumberText.short(all.attacked)), clean \(NumberText.short(all.clean)); \(all.fell) of \(all.samples) samples fell"
        )
      }
      return (findings, try remarks(evidence, [.random]) + lines)
    },
  ]

  private static func fall(_ layer: String, _ all: AttackedClass) -> ClaimFinding {
    .difference(
      layer + " mean ln L",
      "attacked \(NumberText.short(all.attacked)), clean \(NumberText.short(all.clean))",
      all.difference, interval: all.interval, isSaid: all.difference < 0)
  }

  private static func named(_ classes: [AttackedClass]) -> String {
    guard !classes.isEmpty else { return "" }
    let names = classes.prefix(12).map(\.name).joined(separator: ", ")
    return " (\(names)\(classes.count > 12 ? ", …" : ""))"
  }

  /// Which runs the numbers are of.
  private static func remarks(
    _ evidence: Evidence, _ states: [StudyState]
  ) throws(MissingEvidence) -> [String] {
    states.compactMap { state in
      guard let effect = evidence.comparison.attacks[evidence.kind]?[state] else { return nil }
      let all = effect.layers.last.map { AttackedClass($0.classes) }
      let last = effect.layers.last?.name ?? ""
      return "\(state.label): '\(effect.attackedName)' beside '\(effect.cleanName)'"
        + (state == .overtrained
          ? "; in \(last) \(all?.fell ?? 0) of \(all?.samples ?? 0) samples fell" : "")
    }
  }
}
