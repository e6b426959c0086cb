// Overlaps of pairs of class manifolds at the leading rule, and the ladder of rules.

extension ReportPage {
  /// Figure 17 of the paper.
  var entanglementSection: [Block] {
    let blocks = perGroup { group in
      let runs = group.runs.filter { !$0.run.overlaps.isEmpty }
      return runs.isEmpty ? [] : Self.overlaps(group, runs)
    }
    guard !blocks.isEmpty else {
      return [.note("No entanglement was measured: engram-ingest measure WAREHOUSE adds it.")]
    }
    let intro = Block.note(
      "Entanglement of two classes: rank(A) + rank(B) − rank(A and B stacked), the dimension they "
        + "share, all at the tolerance of the stacked matrix. Figures use rule \(RankLadder.leading). "
        + "Coarse rules can give slightly negative numbers; they are shown as they are.")
    return [intro] + blocks
  }

  private static func overlaps(_ group: RunGroup, _ runs: [PlacedRun]) -> [Block] {
    let layer = runs[0].run.overlaps[0].layer
    var parts: [Block] = []
    let found = runs.map { placed in
      (placed, placed.run.overlaps.filter { $0.rule == RankLadder.leading })
    }.filter { !$0.1.isEmpty }
    let values = found.flatMap { $0.1.map { Double($0.entanglement) } }
    let scale = ColorScale(signed: .signed, low: values.min() ?? 0, high: values.max() ?? 0)
    let shared = found.count > 1 ? ", shared" : ""
    parts.append(
      .figures(
        found.compactMap { placed, rows -> Figure? in
          let names = ClassNames(rows.flatMap { [($0.a, $0.aName), ($0.b, $0.bName)] })
          guard names.count <= mostClasses else { return nil }
          let map = HeatMap(
            title: placed.name, classes: names.names, axes: ("class", "class"),
            cells: cells(rows, names), scale: scale,
            scaleTitle: "entanglement at rule \(RankLadder.leading) (dimensions\(shared))")
          return Figure(
            "entanglement", group.title, layer, placed.name, svg: map.svg(), data: csv(rows))
        },
        caption: "Dimensions that two classes share in the inputs of \(layer). Look for cells "
          + "above zero: manifolds that overlap, as those of a network that memorises should."))
    if let count = found.map({ Set($0.1.flatMap { [$0.a, $0.b] }).count }).max(),
      count > mostClasses
    {
      parts.append(.note("A matrix of \(count) classes is not drawn."))
    }
    let limited = found.filter { $0.1.contains(where: \.isLimited) }.map { "'\($0.0.name)'" }
    if !limited.isEmpty {
      parts.append(
        .note("Limited by the sample count: \(limited.joined(separator: ", "))."))
    }
    parts.append(.table(ladder(runs)))
    return parts
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

  private static func csv(_ rows: [ClassOverlap]) -> FigureData {
    var csv = FigureData(
      "class", "other_class", "rule", "entanglement", "rank", "other_rank", "rank_of_both",
      "limited_by_samples")
    for row in rows {
      csv.add(
        .text(row.aName), .text(row.bName), .text(row.rule), .number(Double(row.entanglement)),
        .number(Double(row.ranks.a)), .number(Double(row.ranks.b)),
        .number(Double(row.ranks.union)), .number(row.isLimited ? 1 : 0))
    }
    return csv
  }

  private static func ladder(_ runs: [PlacedRun]) -> Table {
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
    return table
  }
}
