// Figures of two runs: each as a pair and as the difference, classes in the order of what moved most.

internal import Warehouse

extension ReportPage {
  /// Classes in a bar chart.
  private static let mostBars = 40

  private func styles(_ pair: RunPair) -> [PlacedRun] {
    let placed = Self.placed(pair.runs)
    // Two runs of one state would have one colour.
    return placed[0].style.color == placed[1].style.color
      ? pair.runs.enumerated().map { PlacedRun(run: $1, style: RunStyle($0)) } : placed
  }

  /// A chart with the bars of both runs, and one of their differences.
  private func bars(
    _ pair: RunPair, _ title: String, unit: String, name: String,
    _ value: (PairedClass, Int) -> Double?
  ) -> [Figure] {
    let classes = pair.classes.prefix(Self.mostBars).filter {
      value($0, 0) != nil || value($0, 1) != nil
    }
    guard !classes.isEmpty else { return [] }
    let placed = styles(pair)
    var csv = FigureData("class", "run", "other_run", "value", "other_value", "difference")
    for one in classes {
      let values = [value(one, 0), value(one, 1)]
      csv.add(
        .text(one.name), .text(placed[0].name), .text(placed[1].name), .number(values[0]),
        .number(values[1]), .number(RunPair.difference(values)))
    }
    let all = classes.flatMap { one in [0, 1].compactMap { value(one, $0) } }
    let series = placed.enumerated().map { index, run in
      BarChart.Series(
        name: run.name, style: run.style,
        bars: classes.map { one in
          value(one, index).map {
            BarChart.Bar(value: $0, hover: "\(run.name)\n\(one.name): \(NumberText.short($0))")
          }
        })
    }
    let differences = classes.map { RunPair.difference([value($0, 0), value($0, 1)]) }
    let known = differences.compactMap(\.self)
    let categories = classes.map(\.name)
    let both = BarChart(
      title: title, categories: categories, series: series, valueTitle: unit,
      low: min(0, all.min() ?? 0), high: Self.top(all))
    var figures = [Figure("compare", name, svg: both.svg(), data: csv)]
    guard !known.isEmpty else { return figures }
    let change = BarChart(
      title: "\(title): difference", categories: categories,
      series: [
        BarChart.Series(
          name: "\(placed[1].name) less \(placed[0].name)", style: RunStyle(6),
          bars: zip(categories, differences).map { name, difference in
            difference.map {
              BarChart.Bar(value: $0, hover: "\(name): \(Self.signed($0))")
            }
          })
      ], valueTitle: unit, low: min(0, known.min() ?? 0), high: Self.top(known))
    figures.append(Figure("compare", name, "difference", svg: change.svg(), data: csv))
    return figures
  }

  /// Of an axis; 1 where there is nothing but zeros.
  private static func top(_ values: [Double]) -> Double {
    values.allSatisfy { $0 == 0 } ? 1 : max(0, values.max() ?? 0)
  }

  /// What is left out of bar charts, in a sentence.
  private func most(_ pair: RunPair) -> String {
    pair.classes.count > Self.mostBars
      ? " The \(Self.mostBars) of \(pair.classes.count) classes that moved most are drawn." : ""
  }

  func pairAccuracy(_ pair: RunPair) -> [Block] {
    let figures = bars(pair, "Accuracy by class", unit: "accuracy (% of samples)", name: "accuracy")
    {
      $0.share($1).map { 100 * $0 }
    }
    return figures.isEmpty
      ? [.note("No predictions of classes that are outputs.")]
      : [
        .figures(
          figures,
          caption: "Accuracy of both runs, and what the second has more or less.\(most(pair))")
      ]
  }

  func pairRank(_ pair: RunPair) -> [Block] {
    let figures = bars(
      pair, "Rank at rule \(RankLadder.leading)", unit: "rank (dimensions)", name: "rank"
    ) { $0.ranks[$1].map { Double($0.rank) } }
    let limited = pair.classes.count { $0.ranks.contains { $0?.isLimited == true } }
    return figures.isEmpty
      ? [.note("No rank was measured of these runs: engram-ingest measure WAREHOUSE adds it.")]
      : [
        .figures(
          figures,
          caption: "Dimensions of each class's inputs to its network's last layer.\(most(pair))")
      ]
        + (limited > 0
          ? [
            .note(
              "\(NumberText.count(limited, "class", "classes")) with fewer samples than dimensions."
            )
          ] : [])
  }

  // MARK: Layers

  func pairSparsity(_ pair: RunPair) -> [Block] {
    let placed = styles(pair)
    var figures: [Figure] = []
    var missing: [String] = []
    for layer in pair.layers {
      for kind in [MeasuredKind.interaction, .neuron] {
        let shares = layer.layers.compactMap { $0[kind].sparsity?.histogram }
        guard shares.count == 2, shares.allSatisfy({ $0.count == 20 }) else {
          missing.append("\(kind.plural) of \(layer.name)")
          continue
        }
        var csv = FigureData(
          "proportion_from", "proportion_to", "share", "other_share", "difference")
        for bin in 0..<20 {
          csv.add(
            .number(Double(bin) / 20), .number(Double(bin + 1) / 20), .number(shares[0][bin]),
            .number(shares[1][bin]), .number(shares[1][bin] - shares[0][bin]))
        }
        let both = HistogramChart(
          title: "\(layer.name), \(kind.plural)",
          labels: HistogramChart.Labels(
            values: "activation proportion (share of samples)", value: "proportion",
            unit: kind.plural),
          series: zip(placed, shares).map {
            HistogramChart.Series(name: $0.name, style: $0.style, shares: $1)
          })
        figures.append(
          Figure("compare-sparsity", layer.name, kind.plural, svg: both.svg(), data: csv))
        let differences = zip(shares[0], shares[1]).map { 100 * ($1 - $0) }
        let bins = (0..<20).map { "\(5 * $0)–\(5 * $0 + 5) %" }
        let change = BarChart(
          title: "\(layer.name), \(kind.plural): difference", categories: bins,
          categoryTitle: "activation proportion",
          series: [
            BarChart.Series(
              name: "\(placed[1].name) less \(placed[0].name)", style: RunStyle(6),
              bars: zip(bins, differences).map {
                BarChart.Bar(value: $1, hover: "\($0): \(Self.signed($1)) points")
              })
          ], valueTitle: "share of \(kind.plural) (points)", low: min(0, differences.min() ?? 0),
          high: Self.top(differences), width: 460)
        figures.append(
          Figure(
            "compare-sparsity", layer.name, kind.plural, "difference", svg: change.svg(), data: csv)
        )
      }
    }
    return figures.isEmpty
      ? [.note("No sparsity was measured of layers that both have.")]
      : [
        .figures(
          figures,
          caption:
            "Share of a layer's interactions and neurons by the share of the samples in which they are significant, or active; "
            + "beside each pair the difference in points.")
      ] + Self.unmeasured(missing)
  }

  /// What is not drawn because it was not measured of both runs.
  private static func unmeasured(_ what: [String]) -> [Block] {
    what.isEmpty ? [] : [.note("Not measured of both runs: \(what.joined(separator: ", ")).")]
  }

  func pairDivergence(_ pair: RunPair) -> [Block] {
    var blocks: [Block] = []
    var missing: [String] = []
    for (place, layer) in pair.layers.enumerated() {
      var shown: [Block] = []
      let entropy = bars(
        pair, "\(layer.name): entropy by class", unit: "entropy (nats per interaction)",
        name: "entropy-\(layer.name)"
      ) { $0.value($1, in: layer) { $0[$1, $1] } }
      if !entropy.isEmpty {
        shown.append(
          .figures(
            entropy, caption: "Layer \(layer.name): how disordered classes are.\(most(pair))"))
      }
      let maps = heatMaps(
        pair, layer.layers.map(\.matrix), "divergence", layer.name,
        "KL divergence (nats per interaction)")
      if let count = layer.layers.compactMap({ $0.matrix?.count }).max(),
        count > Self.mostClasses
      {
        shown.append(Self.tooMany(count, layer.name))
      }
      if !maps.isEmpty {
        shown.append(
          .figures(
            maps,
            caption:
              "Layer \(layer.name): KL divergence from the row's class to the column's in both runs, on one scale, and the difference. "
              + "Look for rows: a class that moved from all others."))
      }
      if shown.isEmpty {
        missing.append(layer.name)
        continue
      }
      blocks += place == 0 ? shown : [.folded("Layer \(layer.name)", shown)]
    }
    return blocks.isEmpty
      ? [
        .note(
          "No divergence was measured of layers that both have, or there are more than \(Self.mostClasses) classes."
        )
      ] : blocks + Self.unmeasured(missing)
  }
}
