// Overlaps of pairs of class manifolds at the leading rule, and the ladder of rules.

extension ReportPage {
  var entanglementSection: Markup {
    let groups = grouped { run in
      run.overlaps.first.map {
        ManifoldGroup(
          architecture: run.info.architecture, dataset: run.info.datasetID, layer: $0.layer)
      }
    }
    guard !groups.isEmpty else { return Self.note("No entanglement was measured.") }
    let intro = Self.note(
      "Entanglement of two classes: rank(A) + rank(B) − rank(A and B stacked), the dimension they "
        + "share, all at the tolerance of the stacked matrix. Figures use rule \(RankLadder.leading). "
        + "Coarse rules can give slightly negative numbers; they are shown as they are.")
    return ([intro] + groups.map { Self.overlaps($0.key, $0.runs) }).joined()
  }

  private static func overlaps(_ group: ManifoldGroup, _ runs: [PlacedRun]) -> Markup {
    var parts: [Markup] = ["<h3>\(group.architecture), inputs of \(group.layer)</h3>"]
    let found = runs.map { placed in
      (placed, placed.run.overlaps.filter { $0.rule == RankLadder.leading })
    }.filter { !$0.1.isEmpty }
    let values = found.flatMap { $0.1.map { Double($0.entanglement) } }
    let scale = ColorScale(signed: .signed, low: values.min() ?? 0, high: values.max() ?? 0)
    let shared = found.count > 1 ? ", shared" : ""
    parts.append(
      figures(
        found.map { placed, rows -> Markup in
          let names = ClassNames(rows.flatMap { [($0.a, $0.aName), ($0.b, $0.bName)] })
          guard names.count <= mostClasses else {
            return note("\(placed.name): a matrix of \(names.count) classes is not drawn.")
          }
          let map = HeatMap(
            title: placed.name, classes: names.names, axes: ("class", "class"),
            cells: cells(rows, names), scale: scale,
            scaleTitle: "entanglement at rule \(RankLadder.leading) (dimensions\(shared))")
          return figure(map.svg())
        }))
    let limited = found.filter { $0.1.contains(where: \.isLimited) }.map { "'\($0.0.name)'" }
    if !limited.isEmpty {
      parts.append(
        note("Limited by the sample count: \(limited.joined(separator: ", "))."))
    }
    parts.append(ladder(runs))
    return parts.joined()
  }

  private static func cells(_ rows: [ClassOverlap], _ names: ClassNames) -> [HeatMap.Cell?] {
    let places = Dictionary(
      names.positions.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    var cells = [HeatMap.Cell?](repeating: nil, count: names.count * names.count)
    for row in rows {
      guard let a = places[row.a], let b = places[row.b] else { continue }
      let limit = row.isLimited ? "\nlimited by the sample count" : ""
      let cell = HeatMap.Cell(
        value: Double(row.entanglement),
        hover: "\(row.aName) and \(row.bName)\nentanglement \(row.entanglement) = "
          + "\(row.ranks.a) + \(row.ranks.b) − \(row.ranks.union)\nmean squared cosine "
          + NumberText.short(row.meanSquaredCosine) + limit)
      cells[a * names.count + b] = cell
      cells[b * names.count + a] = cell
    }
    return cells
  }

  private static func ladder(_ runs: [PlacedRun]) -> Markup {
    var table = Table(
      caption: "Entanglement over pairs of classes, by rule",
      columns: [
        "rule", "run", "mean", "lowest", "highest", "pairs above zero", "mean squared cosine",
        "limited by samples",
      ])
    for rule in RankLadder.sorted(Set(runs.flatMap { $0.run.overlaps.map(\.rule) })) {
      for placed in runs {
        let rows = placed.run.overlaps.filter { $0.rule == rule }
        guard !rows.isEmpty else { continue }
        let values = rows.map(\.entanglement)
        let limited = rows.count(where: \.isLimited)
        table.add([
          .text(rule), .text(placed.name),
          .number(NumberText.short(Claim.mean(values.map(Double.init)))),
          .number(String(values.min() ?? 0)), .number(String(values.max() ?? 0)),
          .number("\(values.count { $0 > 0 }) of \(values.count)"),
          .number(NumberText.short(Claim.mean(rows.compactMap(\.meanSquaredCosine)))),
          .text(limited == 0 ? "no" : "\(limited) of \(rows.count)"),
        ])
      }
    }
    return table.html
  }
}
