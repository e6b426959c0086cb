// Section 3.2 on data that the network was not trained for: a clean run beside a run of the same network on shifted
// or stylised images. Leaves out attacks (AttackClaims).

/// One network's clean run and its run on shifted images.
package struct ShiftReport: Sendable {
  package let clean: RunReport
  package let shifted: RunReport
  /// Per layer that was measured between the two, by position.
  package var layers: [ShiftedLayer] = []

  package init(clean: RunReport, shifted: RunReport) {
    (self.clean, self.shifted) = (clean, shifted)
  }
}

/// Mean KL of a class from itself in the other run, per interaction.
package struct ShiftedLayer: Sendable {
  package let position: Int
  package let name: String
  package var toShifted: Double?
  package var toClean: Double?

  package init(position: Int, name: String, toShifted: Double?, toClean: Double?) {
    (self.position, self.name) = (position, name)
    (self.toShifted, self.toClean) = (toShifted, toClean)
  }
}

extension Claim {
  static let shiftClaims = [
    Claim(
      section: "3.2", name: "shifted data, entropy",
      statement:
        "On stylised images (ImageNet-R) the classes become more separated by training, but their entropies see no decrease.",
      rule:
        "Holds when in every layer and on every shifted set that both networks ran on, the best network's separation is more than 1.25 times, and its mean entropy not below, the untrained network's."
    ) { evidence throws(MissingEvidence) in
      let needs = "needs an untrained and a best network's runs on the same shifted data"
      var (findings, remarks): ([Finding], [String]) = ([], [])
      for (before, after) in try evidence.shiftedAlike(.untrained, .best, needs: needs) {
        let (untrained, best) = (before.shifted, after.shifted)
        for row in try evidence.layers([best, untrained]) {
          let a = try evidence.separation(row[0])
          let b = try evidence.separation(row[1])
          findings.append(
            ratio(
              "\(row[0].name) separation, '\(best.info.name)' / '\(untrained.info.name)'",
              a.separation, b.separation, "> 1.25"
            ) { $0 > notable })
          findings.append(
            Finding(
              "\(row[0].name) entropy: best \(NumberText.short(a.entropy)) \(a.entropy >= b.entropy ? "≥" : "<") untrained \(NumberText.short(b.entropy))",
              holds: a.entropy >= b.entropy))
        }
        remarks.append("shifted runs: '\(untrained.info.name)', '\(best.info.name)'")
      }
      return (findings, remarks)
    },
    Claim(
      section: "3.2", name: "shifted data, closer by training",
      statement:
        "Before and after training the separation of the same class inside and outside the distribution decreases.",
      rule:
        "Holds when in every layer and both directions the best network's mean KL of a class from itself in the other run is below the untrained network's."
    ) { evidence throws(MissingEvidence) in
      let needs =
        "needs divergences between clean and shifted runs of an untrained and a best network"
      var findings: [Finding] = []
      for (before, after) in try evidence.shiftedAlike(.untrained, .best, needs: needs) {
        for layer in after.layers {
          guard let other = before.layers.first(where: { $0.position == layer.position }) else {
            continue
          }
          for (way, path) in [
            ("clean → shifted", \ShiftedLayer.toShifted), ("shifted → clean", \.toClean),
          ] {
            guard let x = layer[keyPath: path], let y = other[keyPath: path] else { continue }
            findings.append(less("\(layer.name) \(way): best", x, "untrained", y))
          }
        }
      }
      guard !findings.isEmpty else { throw MissingEvidence(needs) }
      return (findings, [])
    },
    Claim(
      section: "3.2", name: "shifted data, asymmetry",
      statement:
        "The divergence from the shifted to the clean distribution is larger than the other way round.",
      rule:
        "Holds when in every layer of the best network, for every shifted run that was measured against a clean one, the mean KL of a class from itself is larger from shifted to clean than from clean to shifted."
    ) { evidence throws(MissingEvidence) in
      var findings: [Finding] = []
      for shift in evidence.comparison.shifts[.best] ?? [] {
        for layer in shift.layers {
          guard let x = layer.toShifted, let y = layer.toClean else { continue }
          findings.append(
            less(
              "\(layer.name), '\(shift.shifted.info.name)': clean → shifted", x, "shifted → clean",
              y))
        }
      }
      guard !findings.isEmpty else {
        throw MissingEvidence(
          "needs divergences between a clean and a shifted run of a model in the state 'best': engram-ingest measure WAREHOUSE --between RUN,OTHER_RUN"
        )
      }
      return (findings, [])
    },
  ]
}

extension Evidence {
  /// The shifts of networks in two states to the same data, first state first.
  fileprivate func shiftedAlike(
    _ first: TrainingState, _ second: TrainingState, needs: String
  ) throws(MissingEvidence) -> [(ShiftReport, ShiftReport)] {
    var pairs: [(ShiftReport, ShiftReport)] = []
    for a in comparison.shifts[first] ?? [] {
      for b in comparison.shifts[second] ?? [] {
        let (one, two) = (a.shifted.info, b.shifted.info)
        if one.datasetID == two.datasetID, one.perturbation == two.perturbation,
          one.samples == two.samples
        {
          pairs.append((a, b))
        }
      }
    }
    guard !pairs.isEmpty else { throw MissingEvidence(needs) }
    return pairs
  }
}
