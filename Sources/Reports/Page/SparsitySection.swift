// Histograms of activation proportions, one frame per layer and kind, runs overlaid: of all samples, and of those
// of one class.

extension ReportPage {
  private static let kinds = [
    ("interactions", \LayerReport.interaction), ("neurons", \LayerReport.neuron),
  ]

  /// Figures 1 to 4 of the paper, every layer.
  var sparsitySection: [Block] {
    let blocks = perGroup { group in
      let charts = Self.histograms(
        group, layers: group.layerPositions, \.sparsity, name: "activation-proportions")
      guard !charts.isEmpty else { return [] }
      let caption =
        "Share of a layer's interactions, and of its neurons, by the share of the samples in "
        + "which they are significant, or active (z > 0). Look at the right end: a trained network "
        + "keeps fewer units always on; and at the left one: what is never used."
      return [.figures(charts, caption: caption), .table(Self.sparsityTable(group))]
    }
    return blocks.isEmpty
      ? [.note("No sparsity was measured: engram-ingest measure WAREHOUSE adds it.")] : blocks
  }

  /// Figures 6 to 10 of the paper: the last three layers, one class.
  var classSparsitySection: [Block] {
    guard let name = data.className else { return [.note("No class in the warehouse.")] }
    let blocks = perGroup { group in
      let charts = Self.histograms(
        group, layers: Array(group.layerPositions.prefix(3)), \.classSparsity,
        name: "activation-proportions-of-\(name)", title: " of class \(name)")
      let caption =
        "The same in the samples of class \(name) alone, in the last three layers. Look at the right "
        + "end: what is always on for one class and not for all stands for the class."
      return charts.isEmpty ? [] : [.figures(charts, caption: caption)]
    }
    let intro = Block.note("Another class is shown by engram-report --class NAME.")
    return blocks.isEmpty
      ? [
        .note("No sparsity of class \(name) was measured: engram-ingest measure WAREHOUSE adds it.")
      ]
      : [intro] + blocks
  }

  private static func histograms(
    _ group: RunGroup, layers: [Int], _ which: KeyPath<KindReport, SparsityRecord?>, name: String,
    title: String = ""
  ) -> [Figure] {
    var frames: [(layer: String, unit: String, series: [HistogramChart.Series])] = []
    for position in layers {
      for (unit, kind) in kinds {
        let found = group.layers(at: position)
        let series = found.compactMap { placed, layer -> HistogramChart.Series? in
          guard let sparsity = layer[keyPath: kind][keyPath: which], sparsity.histogram.count == 20
          else { return nil }
          return HistogramChart.Series(
            name: placed.name, style: placed.style, shares: sparsity.histogram)
        }
        for part in series.parts(of: 8) { frames.append((found[0].layer.name, unit, part)) }
      }
    }
    let high = frames.flatMap { $0.series.flatMap(\.shares) }.max() ?? 0
    return frames.map { layer, unit, series in
      let chart = HistogramChart(
        title: "\(layer), \(unit)\(title)",
        labels: HistogramChart.Labels(
          values: "activation proportion (share of samples)", value: "proportion", unit: unit),
        series: series, high: high)
      var csv = FigureData("run", "proportion_from", "proportion_to", "share")
      for one in series {
        for (bin, share) in one.shares.enumerated() {
          csv.add(
            .text(one.name), .number(Double(bin) / 20), .number(Double(bin + 1) / 20),
            .number(share))
        }
      }
      return Figure(name, group.title, layer, unit, svg: chart.svg(), data: csv)
    }
  }

  private static func sparsityTable(_ group: RunGroup) -> Table {
    var table = Table(
      caption: "Activation proportions",
      columns: [
        "layer", "kind", "run", "mean proportion", "never", "≥ 95 % of samples", "in every sample",
      ])
    for position in group.layerPositions {
      for (unit, kind) in kinds {
        for (placed, layer) in group.layers(at: position) {
          guard let sparsity = layer[keyPath: kind].sparsity else { continue }
          table.add([
            .text("\(layer.name) (\(layer.inputs) → \(layer.outputs))"), .text(unit),
            .text(placed.name), .number(NumberText.percent(sparsity.mean)),
            .number(NumberText.percent(sparsity.never)),
            .number(NumberText.percent(sparsity.histogram.last)),
            .number(NumberText.percent(sparsity.always)),
          ])
        }
      }
    }
    return table
  }
}
