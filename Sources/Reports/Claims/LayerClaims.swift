// Claims that hold where they hold in every layer: a measure of one state of the study beside that of another.

internal import Warehouse

extension Claim {
  /// A claim of section 3.2 that judges `measure` of two states' runs layer by layer.
  static func everyLayer(
    madeOn data: String, name: String, statement: String, rule: String,
    controls: [MeasuredKind] = Claim.shownControls, _ measure: String,
    _ first: StudyState, _ second: StudyState,
    _ compare: @escaping @Sendable (String, Measured, Measured) -> ClaimFinding
  ) -> Claim {
    Claim(
      section: "3.2", madeOn: data, name: name, statement: statement, rule: rule,
      controls: controls
    ) { evidence throws(MissingEvidence) in
      try perLayer(
        evidence, measure, (first.rawValue, second.rawValue), evidence.runs(first, second), compare)
    }
  }

  /// A finding about a measure of the first and second of `runs` in each layer, with a remark where one's separation is
  /// no higher than its permuted-label floor.
  static func perLayer(
    _ evidence: Evidence, _ measure: String, _ labels: (String, String), _ runs: [RunReport],
    _ compare: (String, Measured, Measured) -> ClaimFinding
  ) throws(MissingEvidence) -> (findings: [ClaimFinding], remarks: [String]) {
    var findings: [ClaimFinding] = []
    var remarks: [String] = []
    let name =
      measure == "mean_entropy" ? "entropy" : measure.split(separator: "_").joined(separator: " ")
    for row in try evidence.layers(runs) {
      findings.append(
        compare(
          "\(row[0].name) \(name)",
          try evidence.separation(measure, of: runs[0], row[0], labels.0),
          try evidence.separation(measure, of: runs[1], row[1], labels.1)))
      remarks += try atFloor(evidence, zip(runs, row))
    }
    return (findings, remarks)
  }

  /// A remark on each run and layer whose separation is hardly above its permuted-label floor.
  static func atFloor(
    _ evidence: Evidence, _ layers: some Sequence<(RunReport, LayerReport)>
  ) throws(MissingEvidence) -> [String] {
    var remarks: [String] = []
    for (run, layer) in layers {
      let measured = try evidence.separation(layer)
      guard let floor = measured.floor, measured.separation < notable * floor else { continue }
      remarks.append(
        "\(layer.name): the separation of '\(run.info.name)' (\(NumberText.short(measured.separation))) is hardly above its permuted-label floor (\(NumberText.short(floor)))"
      )
    }
    return remarks
  }
}
