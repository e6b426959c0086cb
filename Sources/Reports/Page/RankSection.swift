// Ranks of the class manifolds at the leading rule, and the ladder of rules.

extension ReportPage {
  var rankSection: [Block] {
    let blocks = perGroup { group in
      let runs = group.runs.filter { !$0.run.ranks.isEmpty }
      return runs.isEmpty ? [] : Self.ranks(group, runs)
    }
    guard !blocks.isEmpty else {
      return [.note("No rank was measured: engram-ingest measure WAREHOUSE adds it.")]
    }
    let intro = Block.note(
      "Singular values of a class's inputs to the last fully connected layer that are above the "
        + "rule's tolerance. Figures use rule \(RankLadder.leading) (of the largest singular value); the "
        + "answer depends on the rule, so the table shows the whole ladder.")
    return [intro] + blocks
  }

  private static func ranks(_ group: RunGroup, _ runs: [PlacedRun]) -> [Block] {
    let all = runs.flatMap { $0.run.ranks.filter { $0.rule == RankLadder.leading } }
    let layer = runs[0].run.ranks[0].layer
    var parts: [Block] = []
    let dimension = all.map(\.dimension).max() ?? 0
    let classes = ClassNames(all.map { ($0.position, $0.name) })
    if classes.count > 0 {
      let highest = Double(all.map(\.rank).max() ?? 1)
      let showsDimension = highest > 0.4 * Double(dimension)
      parts.append(
        .figures(
          runs.parts(of: min(8, max(1, 240 / classes.count))).map { part in
            let chart = BarChart(
              title: "Rank of the inputs of \(layer) at rule \(RankLadder.leading)",
              categories: classes.names,
              series: part.map { series($0, classes) }, valueTitle: "rank",
              high: showsDimension ? Double(dimension) : max(1, highest * 1.15),
              reference: showsDimension ? (Double(dimension), "dimension \(dimension)") : nil)
            return Figure("rank", group.title, layer, svg: chart.svg(), data: csv(part))
          },
          caption: "Look for networks whose classes take few dimensions: a good embedding has "
            + "manifolds of low rank, one that memorises has not."))
    }
    let limited = runs.filter { $0.run.ranks.contains(where: \.isLimited) }
    if !limited.isEmpty {
      let names = limited.map { "'\($0.name)'" }.joined(separator: ", ")
      parts.append(
        .note(
          "Limited by the sample count: with fewer samples than dimensions a rank can only say "
            + "how many samples there were. Pale bars, and marked in the table: \(names)."))
    }
    parts.append(.table(ladder(runs)))
    return parts
  }

  private static func series(_ placed: PlacedRun, _ classes: ClassNames) -> BarChart.Series {
    let bars = classes.positions.map { position -> BarChart.Bar? in
      let ladder = placed.run.ranks.filter { $0.position == position }
      guard let rank = ladder.first(where: { $0.rule == RankLadder.leading }) else { return nil }
      let rules = RankLadder.sorted(Set(ladder.map(\.rule))).compactMap { rule in
        ladder.first { $0.rule == rule }.map { "\(rule): \($0.rank)" }
      }
      let limit = rank.isLimited ? "\nlimited by \(rank.samples) samples" : ""
      return BarChart.Bar(
        value: Double(rank.rank),
        hover: "\(placed.name)\n\(rank.name): rank \(rank.rank) of \(rank.dimension), "
          + "\(rank.samples) samples\n\(rules.joined(separator: ", "))"
          + "\nparticipation ratio \(NumberText.short(rank.participation)), "
          + "centred \(NumberText.short(rank.centredParticipation))" + limit,
        isLimited: rank.isLimited)
    }
    return BarChart.Series(name: placed.name, style: placed.style, bars: bars)
  }

  private static func csv(_ runs: [PlacedRun]) -> FigureData {
    var csv = FigureData(
      "run", "class", "rule", "rank", "dimension", "samples", "limited_by_samples",
      "participation_ratio")
    for placed in runs {
      for rank in placed.run.ranks {
        csv.add(
          .text(placed.name), .text(rank.name), .text(rank.rule), .number(Double(rank.rank)),
          .number(Double(rank.dimension)), .number(Double(rank.samples)),
          .number(rank.isLimited ? 1 : 0), .number(rank.participation))
      }
    }
    return csv
  }

  private static func ladder(_ runs: [PlacedRun]) -> Table {
    var table = Table(
      caption: "Ranks over classes, by rule",
      columns: [
        "rule", "run", "mean rank", "lowest", "highest", "samples per class", "dimension",
        "participation ratio", "centred", "limited by samples",
      ])
    for rule in RankLadder.sorted(Set(runs.flatMap { $0.run.ranks.map(\.rule) })) {
      for placed in runs {
        let rows = placed.run.ranks.filter { $0.rule == rule }
        guard !rows.isEmpty else { continue }
        let ranks = rows.map(\.rank)
        let samples = rows.map(\.samples)
        let (few, many) = (samples.min() ?? 0, samples.max() ?? 0)
        let limited = rows.count(where: \.isLimited)
        table.add([
          .text(rule), .text(placed.name),
          .number(NumberText.short(Claim.mean(ranks.map(Double.init)))),
          .number(String(ranks.min() ?? 0)), .number(String(ranks.max() ?? 0)),
          .number(few == many ? String(few) : "\(few)–\(many)"),
          .number(String(rows[0].dimension)),
          .number(NumberText.short(Claim.mean(rows.compactMap(\.participation)))),
          .number(NumberText.short(Claim.mean(rows.compactMap(\.centredParticipation)))),
          .text(limited == 0 ? "no" : "\(limited) of \(rows.count)"),
        ])
      }
    }
    return table
  }
}
