// How likely the patterns of attacked and shifted images are under the clean profiles of their classes.

internal import Warehouse

extension ReportPage {
  /// Figure 16 of the paper.
  var likelihoodSection: [Block] {
    guard !data.likelihoods.isEmpty else {
      return [
        .note(
          "No run was scored under a clean one: engram-ingest measure WAREHOUSE --run "
            + "ATTACKED_RUN --under CLEAN_RUN adds it.")
      ]
    }
    var blocks: [Block] = [
      .note(
        "Mean ln L of a class's samples under the profile of their true class, learned from the "
          + "clean run, a sample's own pattern left out; per interaction, in nats. Sign noise is "
          + "the control: ±ε at random, an attack's size without its aim.")
    ]
    for position in Set(data.likelihoods.map(\.layerPosition)).sorted(by: >) {
      let found = comparisons(layer: position, kind: "interaction")
      guard let layer = found.first?.all.first?.layer else { continue }
      let rows = found.flatMap { $0.all.flatMap(\.classes) }
      let (values, differences) = (
        rows.flatMap { [$0.clean, $0.other] }, rows.map(\.difference)
      )
      let charts = found.flatMap { clean, all -> [Figure] in
        all.parts(of: 6).flatMap { part in
          [
            likelihoods(of: part, under: clean, values),
            changes(of: part, under: clean, differences),
          ]
        }
      }
      blocks.append(
        .figures(
          charts,
          caption: "Layer \(layer): the likelihood itself, and its change against the clean run. "
            + "Look whether every bar of an attack points down (a consistent decrease) and whether "
            + "it reaches further than the control's."))
    }
    blocks.append(.table(likelihoodTable))
    return blocks
  }

  /// Per clean run, what was scored under it, in the order of attacks, controls, shifts.
  private func comparisons(layer position: Int, kind: String)
    -> [(clean: Int, all: [LikelihoodComparison])]
  {
    let found = data.likelihoods.filter { $0.layerPosition == position && $0.kind == kind }
    var order: [Int] = []
    for one in found where !order.contains(one.clean) { order.append(one.clean) }
    return order.map { clean in
      let all = found.filter { $0.clean == clean }
      let sorted = all.enumerated().sorted {
        (perturbation($0.element.other).order, $0.offset)
          < (perturbation($1.element.other).order, $1.offset)
      }
      return (clean, sorted.map(\.element))
    }
  }

  private func perturbation(_ run: Int) -> PerturbationKind {
    PerturbationKind(data.runs.first { $0.info.id == run }?.info.perturbation ?? "none")
  }

  /// Charts of one layer share the axis that `range` needs.
  private func likelihoods(
    of all: [LikelihoodComparison], under clean: Int, _ range: [Double]
  ) -> Figure {
    let classes = ClassNames(all.flatMap { $0.classes.map { ($0.position, $0.name) } })
    var csv = FigureData("run", "class", "samples", "mean_log_likelihood", "share_fell")
    func bars(_ one: LikelihoodComparison, _ run: Int) -> [BarChart.Bar?] {
      classes.positions.map { position in
        guard let row = one.classes.first(where: { $0.position == position }) else { return nil }
        let isClean = run == clean
        let value = isClean ? row.clean : row.other
        csv.add(
          .text(name(ofRun: run)), .text(row.name), .number(Double(row.samples)), .number(value),
          .number(isClean ? nil : row.fell))
        return BarChart.Bar(
          value: value,
          hover: "\(name(ofRun: run))\n\(row.name): \(NumberText.short(value)), "
            + "\(row.samples) samples"
            + (isClean ? "" : "\nfell in \(NumberText.percent(row.fell)) of them"))
      }
    }
    let series = ([(all[0], clean)] + all.map { ($0, $0.other) }).enumerated().map { place, one in
      BarChart.Series(
        name: name(ofRun: one.1), style: RunStyle(place), bars: bars(one.0, one.1))
    }
    let lowest = range.min() ?? 0
    let chart = BarChart(
      title: "\(all[0].layer), under \(name(ofRun: clean))", categories: classes.names,
      series: series, valueTitle: "mean ln L (nats per interaction)",
      low: lowest < 0 ? -Axis.roundedUp(-lowest) : 0, high: lowest < 0 ? 0 : 1, width: 520)
    return Figure(
      "likelihood", all[0].layer, "under", name(ofRun: clean), svg: chart.svg(), data: csv)
  }

  private func changes(
    of all: [LikelihoodComparison], under clean: Int, _ range: [Double]
  ) -> Figure {
    let classes = ClassNames(all.flatMap { $0.classes.map { ($0.position, $0.name) } })
    var csv = FigureData("run", "class", "change_of_mean_log_likelihood", "share_fell")
    let series = all.enumerated().map { place, one in
      let bars = classes.positions.map { position -> BarChart.Bar? in
        guard let row = one.classes.first(where: { $0.position == position }) else { return nil }
        csv.add(
          .text(name(ofRun: one.other)), .text(row.name), .number(row.difference),
          .number(row.fell))
        return BarChart.Bar(
          value: row.difference,
          hover: "\(name(ofRun: one.other))\n\(row.name): \(NumberText.short(row.difference))"
            + "\nfell in \(NumberText.percent(row.fell)) of the samples")
      }
      return BarChart.Series(name: name(ofRun: one.other), style: RunStyle(place + 1), bars: bars)
    }
    let (low, high) = (min(0, range.min() ?? 0), max(0, range.max() ?? 0))
    let chart = BarChart(
      title: "\(all[0].layer), change against \(name(ofRun: clean))", categories: classes.names,
      series: series, valueTitle: "change of mean ln L (nats per interaction)",
      low: low < 0 ? -Axis.roundedUp(-low) : 0,
      high: high > 0 ? Axis.roundedUp(high) : low < 0 ? 0 : 1, width: 520)
    return Figure(
      "likelihood-change", all[0].layer, "under", name(ofRun: clean), svg: chart.svg(), data: csv)
  }

  private var likelihoodTable: Table {
    var table = Table(
      caption: "Likelihood under the clean profile of the true class",
      columns: [
        "layer", "kind", "run", "perturbation", "accuracy", "clean run", "mean ln L",
        "clean mean ln L", "classes that fell", "samples that fell",
      ])
    for position in Set(data.likelihoods.map(\.layerPosition)).sorted(by: >) {
      for kind in MeasuredKind.allCases.map(\.rawValue) {
        for one in comparisons(layer: position, kind: kind).flatMap(\.all) {
          let info = data.runs.first { $0.info.id == one.other }?.info
          let fell = one.classes.compactMap { row in row.fell.map { $0 * Double(row.samples) } }
          let paired = one.classes.filter { $0.fell != nil }.map { Double($0.samples) }
          table.add([
            .text(one.layer), .text(kind), .text(name(ofRun: one.other)),
            .text(info?.perturbation ?? "–"), .number(NumberText.percent(info?.accuracy)),
            .text(name(ofRun: one.clean)),
            .number(NumberText.short(Claim.mean(one.classes.map(\.other)))),
            .number(NumberText.short(Claim.mean(one.classes.map(\.clean)))),
            .number("\(one.classes.count { $0.difference < 0 }) of \(one.classes.count)"),
            .number(
              paired.isEmpty
                ? "–" : NumberText.percent(fell.reduce(0, +) / paired.reduce(0, +))),
          ])
        }
      }
    }
    return table
  }
}
