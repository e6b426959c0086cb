// What the paper's successor says of the control in activation space: what interactions tell of a network does not show
// in its activations. Every finding sets the two side by side.

internal import Warehouse

extension Claim {
  private static let tells =
    "In a layer where interactions tell nothing beyond sampling error the claim has nothing to rest on, and fails."

  static let controlClaims = [
    Claim(
      source: .successor, madeOn: "", name: "memorisation, not in activations",
      statement: "That a network memorised shows in its interactions, and not in its activations.",
      rule:
        "Holds when in every layer the separation with random labels is below the best network's for interactions, and for activations it is not. "
        + tells,
      controls: []
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.random, .best)
      var findings: [ClaimFinding] = []
      for row in try evidence.layers(runs) {
        let pair = try both(evidence) { of throws(MissingEvidence) in
          let random = try of.separation("separation", of: runs[0], row[0], "random")
          let best = try of.separation("separation", of: runs[1], row[1], "best")
          return Told(random, best)
        }
        findings.append(beside(row[0].name + " separation", pair))
      }
      return (findings, [])
    },
    Claim(
      source: .successor, madeOn: "", name: "shift, not in activations",
      statement: "That data are shifted shows in interactions, and not in activations.",
      rule:
        "Holds when for every shift the separation of the best network's last layer, above its permuted-label floor, is lower over the shifted than over the clean data for interactions, and for activations it is not. "
        + tells,
      controls: []
    ) { evidence throws(MissingEvidence) in
      _ = try evidence.runs(.best)
      guard !evidence.comparison.shiftedRuns.isEmpty else {
        throw MissingEvidence(
          "needs runs of the model in the state 'best' over shifted data: engram-ingest … --shift blur:3"
        )
      }
      var findings: [ClaimFinding] = []
      for shift in evidence.comparison.shiftedRuns {
        let pair = try both(evidence) { of throws(MissingEvidence) in
          let shifted = try aboveFloor(of, shift.shifted, "shifted").number
          return Told(shifted, try aboveFloor(of, shift.clean, "clean").number)
        }
        findings.append(beside("\(shift.title), separation", pair))
      }
      return (findings, [])
    },
    Claim(
      source: .successor, madeOn: "", name: "attack, not in activations",
      statement: "That samples are attacked shows in interactions, and not in activations.",
      rule:
        "Holds when in every layer of the best network the mean likelihood of the attacked samples under their class is below that of their clean twins for interactions, and for activations it is not. "
        + tells,
      controls: []
    ) { evidence throws(MissingEvidence) in
      let (own, control) = (
        try evidence.of(.interaction).attack(.best), try evidence.of(.activation).attack(.best)
      )
      var findings: [ClaimFinding] = []
      for layer in own.layers {
        guard let other = control.layers.first(where: { $0.position == layer.position }) else {
          throw MissingEvidence(
            "needs the likelihoods of the activations of layer \(layer.name): engram-ingest measure WAREHOUSE "
              + "--run \(own.attackedName) --under \(own.cleanName)")
        }
        findings.append(
          beside(
            layer.name + " mean ln L",
            (Told(AttackedClass(layer.classes)), Told(AttackedClass(other.classes)))))
      }
      return (findings, ["'\(own.attackedName)' beside '\(own.cleanName)'"])
    },
  ]

  /// What one kind tells: a number, and the same where nothing happened.
  private struct Told {
    let words: String
    let difference: Double
    let interval: Interval?

    init(_ a: Measured, _ b: Measured) {
      words = ClaimFinding.words(a, b)
      difference = a.value - b.value
      interval = Interval.of([(1, a), (-1, b)])
    }

    init(_ all: AttackedClass) {
      words = "attacked \(NumberText.short(all.attacked)), clean \(NumberText.short(all.clean))"
      difference = all.difference
      interval = all.interval
    }

    /// Below, beyond sampling error.
    var isBelow: Bool { difference < 0 && ClaimFinding.isBeyondError(interval) }
  }

  private static func both(
    _ evidence: Evidence, _ told: (Evidence) throws(MissingEvidence) -> Told
  ) throws(MissingEvidence) -> (own: Told, control: Told) {
    (try told(evidence.of(.interaction)), try told(evidence.of(.activation)))
  }

  /// Interactions tell it, and activations do not.
  private static func beside(_ what: String, _ pair: (own: Told, control: Told)) -> ClaimFinding {
    let (own, control) = pair
    let verdict =
      !own.isBelow
      ? "interactions do not tell" : control.isBelow ? "both tell" : "interactions alone tell"
    let range = control.interval.map {
      " [\(NumberText.short($0.low)), \(NumberText.short($0.high))]"
    }
    return .difference(
      what,
      "\(verdict); interactions: \(own.words); activations: \(control.words), difference "
        + NumberText.short(control.difference) + (range ?? ""),
      own.difference, interval: own.interval, over: "of interactions",
      isSaid: own.difference < 0 && !control.isBelow)
  }
}
