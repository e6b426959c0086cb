// Random labels beside true ones: which measure tells a network that memorises from one that generalises, and
// whether interactions tell it better than neurons.

internal import Warehouse

extension ReportPage {
  var labelsSection: [Block] {
    let comparisons = Comparison.all(in: data).compactMap { comparison in
      comparison.runs[.random].flatMap { random in
        (comparison.runs[.best] ?? comparison.runs[.overtrained]).map { (comparison, random, $0) }
      }
    }
    guard !comparisons.isEmpty else {
      return [
        .note(
          "No network trained on random labels stands beside one trained on true labels: "
            + "engram-train --labels random, and engram-ingest on the same samples, add one.")
      ]
    }
    let intro = Block.note(
      "The same samples in the network that fits random labels and in the one trained on true "
        + "labels. The further a ratio lies from 1, the better the measure tells them apart.")
    let lesser = Set(groups.filter(\.isLesser).flatMap { $0.runs.map(\.run.info.id) })
    return [intro]
      + comparisons.flatMap { comparison, random, best -> [Block] in
        let blocks: [Block] = [
          .figures(
            [relativeSeparation(comparison)],
            caption: "Relative separation (mean KL between classes over mean entropy). Look for "
              + "the layers in which the bars of the two networks differ most, and whether they "
              + "do so in the interactions more than in the neurons beside them."),
          .markup(Self.labelsTable(random, best).html),
        ]
        return lesser.contains(best.info.id)
          ? [.folded(comparison.title, blocks)] : [.heading(comparison.title)] + blocks
      }
  }

  private func relativeSeparation(_ comparison: Comparison) -> Figure {
    let placed = Self.placed(StudyState.allCases.compactMap { comparison.runs[$0] })
    let runs = placed.map(\.run)
    var places: [(position: Int, name: String)] = []
    for layer in runs.flatMap(\.layers) where !places.contains(where: { $0.0 == layer.position }) {
      places.append((layer.position, layer.name))
    }
    places.sort { $0.position > $1.position }
    let kinds = [("interactions", \LayerReport.interaction), ("neurons", \LayerReport.neuron)]
    let slots = places.flatMap { place in kinds.map { (place: place, kind: $0) } }
    var csv = FigureData("run", "layer", "kind", "relative_separation")
    let series = placed.map { one in
      let run = one.run
      let bars = slots.map { slot -> BarChart.Bar? in
        let layer = run.layers.first { $0.position == slot.place.position }
        guard let value = layer?[keyPath: slot.kind.1].separation?.relative else { return nil }
        csv.add(
          .text(run.info.name), .text(slot.place.name), .text(slot.kind.0), .number(value))
        return BarChart.Bar(
          value: value,
          hover: "\(run.info.name)\n\(slot.place.name), \(slot.kind.0): \(NumberText.short(value))")
      }
      return BarChart.Series(name: run.info.name, style: one.style, bars: bars)
    }
    let highest = series.flatMap { $0.bars.compactMap { $0?.value } }.filter(\.isFinite).max() ?? 0
    let chart = BarChart(
      title: "Relative separation, \(runs.first?.info.dataset ?? "")",
      categories: slots.isEmpty ? ["–"] : slots.map { "\($0.place.name) \($0.kind.0)" },
      categoryTitle: "layer and kind",
      series: slots.isEmpty
        ? series.map { BarChart.Series(name: $0.name, style: $0.style, bars: [nil]) } : series,
      valueTitle: "relative separation", high: highest > 0 ? Axis.roundedUp(highest) : 1)
    return Figure("relative-separation", comparison.title, svg: chart.svg(), data: csv)
  }

  private static func labelsTable(_ random: RunReport, _ best: RunReport) -> Table {
    var table = Table(
      caption: "'\(random.info.name)' beside '\(best.info.name)'",
      columns: ["layer", "measure", "random labels", "true labels", "true / random"])
    func add(_ layer: String, _ measure: String, _ a: Double?, _ b: Double?) {
      guard let a, let b else { return }
      table.add([
        .text(layer), .text(measure), .number(NumberText.short(a)), .number(NumberText.short(b)),
        .number(a == 0 ? "–" : NumberText.short(b / a)),
      ])
    }
    add("all", "accuracy", random.info.accuracy, best.info.accuracy)
    for layer in best.layers.reversed() {
      guard let other = random.layers.first(where: { $0.position == layer.position }) else {
        continue
      }
      for kind in MeasuredKind.allCases {
        let (a, b) = (other[kind], layer[kind])
        add(layer.name, "\(kind.plural): mean proportion", a.sparsity?.mean, b.sparsity?.mean)
        add(layer.name, "\(kind.plural): entropy", a.separation?.entropy, b.separation?.entropy)
        add(
          layer.name, "\(kind.plural): separation", a.separation?.separation,
          b.separation?.separation)
        add(
          layer.name, "\(kind.plural): relative separation", a.separation?.relative,
          b.separation?.relative)
      }
    }
    func means(_ run: RunReport) -> (rank: Double?, overlap: Double?) {
      let ranks = run.ranks.filter { $0.rule == RankLadder.leading }.map { Double($0.rank) }
      let overlaps = run.overlaps.filter { $0.rule == RankLadder.leading }
        .map { Double($0.entanglement) }
      return (
        ranks.isEmpty ? nil : Claim.mean(ranks), overlaps.isEmpty ? nil : Claim.mean(overlaps)
      )
    }
    let (a, b) = (means(random), means(best))
    let input = "inputs of \(best.info.lastLayer ?? "the last")"
    add(input, "mean rank at rule \(RankLadder.leading)", a.rank, b.rank)
    add(input, "mean entanglement at rule \(RankLadder.leading)", a.overlap, b.overlap)
    return table
  }
}
