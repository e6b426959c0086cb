// Histograms of activation proportions, one frame per layer and kind, runs overlaid.

extension ReportPage {
  var sparsitySection: Markup {
    let intro = Self.note(
      "How often each interaction is significant, and each neuron active (z > 0), over the samples "
        + "of a run. Curves that end low on the right have few units that are always on.")
    var parts = [intro]
    for (architecture, runs) in grouped(\.info.architecture) {
      parts.append("<h3>\(architecture)</h3>")
      let shares = runs.flatMap { placed in
        placed.run.layers.flatMap {
          ($0.interaction.sparsity?.histogram ?? []) + ($0.neuron.sparsity?.histogram ?? [])
        }
      }
      let high = shares.max() ?? 0
      let charts = Self.layerPositions(runs).flatMap { position in
        [("interactions", \LayerReport.interaction), ("neurons", \LayerReport.neuron)].flatMap {
          Self.histograms(runs, layer: position, unit: $0, kind: $1, high: high)
        }
      }
      guard !charts.isEmpty else {
        parts.append(Self.note("No sparsity was measured."))
        continue
      }
      parts += [Self.figures(charts), Self.sparsityTable(runs)]
    }
    return parts.joined()
  }

  /// Positions of the layers of any of `runs`, first to last.
  static func layerPositions(_ runs: [PlacedRun]) -> [Int] {
    Set(runs.flatMap { $0.run.layers.map(\.position) }).sorted()
  }

  private static func histograms(
    _ runs: [PlacedRun], layer position: Int, unit: String, kind: KeyPath<LayerReport, KindReport>,
    high: Double
  ) -> [Markup] {
    var name = ""
    let series = runs.compactMap { placed -> HistogramChart.Series? in
      guard let layer = placed.run.layers.first(where: { $0.position == position }),
        let sparsity = layer[keyPath: kind].sparsity, sparsity.histogram.count == 20
      else { return nil }
      name = layer.name
      return HistogramChart.Series(
        name: placed.name, style: placed.style, shares: sparsity.histogram)
    }
    return series.parts(of: 8).map { part in
      figure(HistogramChart(title: "\(name), \(unit)", unit: unit, series: part, high: high).svg())
    }
  }

  private static func sparsityTable(_ runs: [PlacedRun]) -> Markup {
    var table = Table(
      caption: "Activation proportions",
      columns: [
        "layer", "kind", "run", "mean proportion", "never", "≥ 95 % of samples", "in every sample",
      ])
    for position in layerPositions(runs) {
      for kind in [\LayerReport.interaction, \LayerReport.neuron] {
        for placed in runs {
          guard let layer = placed.run.layers.first(where: { $0.position == position }),
            let sparsity = layer[keyPath: kind].sparsity
          else { continue }
          table.add([
            .text("\(layer.name) (\(layer.inputs) → \(layer.outputs))"),
            .text(kind == \LayerReport.interaction ? "interaction" : "neuron"),
            .text(placed.name), .number(NumberText.percent(sparsity.mean)),
            .number(NumberText.percent(sparsity.never)),
            .number(NumberText.percent(sparsity.histogram.last)),
            .number(NumberText.percent(sparsity.always)),
          ])
        }
      }
    }
    return table.html
  }
}
