// What the paper's successor says of shifts: every one of them lowers the separation of classes, the more so the stronger it
// is. Separation is what lies above its permuted-label floor, so that runs over fewer samples can stand beside others.

internal import Warehouse

extension Claim {
  static let severityClaims = [
    Claim(
      source: .successor, madeOn: "", name: "every shift lowers separation",
      statement: "Every shift of the data lowers the separation of the classes.",
      rule:
        "Holds when for every shift and severity the separation of the best network's last layer, above its permuted-label floor, is lower over the shifted than over the clean data, and where a shift has several severities the line fitted to it (least squares, clean data as severity 0) falls. Intervals are over resampled samples, of the separation alone."
    ) { evidence throws(MissingEvidence) in
      let shifts = evidence.comparison.shiftedRuns
      _ = try evidence.runs(.best)
      guard !shifts.isEmpty else {
        throw MissingEvidence(
          "needs runs of the model in the state 'best' over shifted data: engram-ingest … --shift blur:3, "
            + "and engram-ingest measure WAREHOUSE --run NAME --bootstrap 100 for intervals")
      }
      var findings: [ClaimFinding] = []
      var families: [(name: String, points: [(severity: Double, number: Measured)])] = []
      for shift in shifts {
        let clean = try aboveFloor(evidence, shift.clean, "clean")
        let shifted = try aboveFloor(evidence, shift.shifted, "shifted")
        findings.append(.less("\(shift.title), \(clean.layer)", shifted.number, clean.number))
        guard let family = shift.family, let severity = shift.severity else { continue }
        let point = (severity, shifted.number)
        if let index = families.firstIndex(where: { $0.name == family }) {
          families[index].points.append(point)
        } else {
          families.append((family, [(0, clean.number), point]))
        }
      }
      for family in families where Set(family.points.map(\.severity)).count > 2 {
        findings.append(trend(family.name, family.points))
      }
      return (
        findings,
        shifts.map { "\($0.title): '\($0.shifted.info.name)' beside '\($0.clean.info.name)'" }
      )
    }
  ]

  /// The separation of the network's last layer less that of permuted labels.
  static func aboveFloor(
    _ evidence: Evidence, _ run: RunReport, _ label: String
  ) throws(MissingEvidence) -> (number: Measured, layer: String) {
    let layer = try evidence.layer(fromEnd: 0, [run])[0]
    let measured = try evidence.separation("separation", of: run, layer, label)
    guard let floor = try evidence.separation(layer).floor else {
      throw MissingEvidence(
        "needs the separation by permuted labels of '\(run.info.name)': engram-ingest measure WAREHOUSE adds it"
      )
    }
    return (
      Measured(label: label, value: measured.value - floor, run: run, key: measured.key), layer.name
    )
  }

  /// The slope of a line through the points; numbers of the same samples vary together.
  private static func trend(
    _ name: String, _ points: [(severity: Double, number: Measured)]
  ) -> ClaimFinding {
    let mean = points.reduce(0) { $0 + $1.severity } / Double(points.count)
    let square = points.reduce(0) { $0 + ($1.severity - mean) * ($1.severity - mean) }
    let terms = points.map { (weight: ($0.severity - mean) / square, number: $0.number) }
    let slope = terms.reduce(0) { $0 + $1.weight * $1.number.value }
    let numbers = points.sorted { $0.severity < $1.severity }.map {
      "\(NumberText.short($0.severity)): \(NumberText.short($0.number.value))"
    }
    return .difference(
      "trend of \(name)", "separation by severity " + numbers.joined(separator: ", "), slope,
      interval: Interval.of(terms), over: "per severity", isSaid: slope < 0)
  }
}
