// Where every number comes from, and how well the networks classify.

extension ReportPage {
  var runsSection: Markup {
    var table = Table(
      caption: "Runs",
      columns: [
        "run", "model", "state", "architecture", "weights", "data set", "perturbation", "samples",
        "accuracy", "mean loss",
      ])
    for info in data.runs.map(\.info) {
      table.add([
        .text(info.name), .text(info.model), .text(info.state ?? "–"),
        .text("\(info.architecture), \(info.parameters) parameters"),
        .text(String(info.weightsHash.prefix(12))), .text(info.dataset), .text(info.perturbation),
        .number(String(info.samples)), .number(NumberText.percent(info.accuracy)),
        .number(NumberText.short(info.loss)),
      ])
    }
    var provenance = Table(
      caption: "Provenance",
      columns: [
        "run", "training record", "preprocessing", "selection", "bits kept", "label permutation",
        "engram", "CPU level", "completed",
      ])
    for info in data.runs.map(\.info) {
      let training = info.training.map { line -> Markup in "\(line)<br>" }.joined()
      provenance.add([
        .text(info.name), info.training.isEmpty ? "–" : .markup(training),
        .text(info.preprocessing), .text(info.selection), .text(info.bitsets),
        .text("seed \(info.permutationSeed)"), .text(info.version), .text(info.cpu),
        .text(info.completed),
      ])
    }
    return [table.html, provenance.html].joined()
  }

  var accuracySection: Markup {
    let parts = grouped { $0.accuracies.isEmpty ? nil : $0.info.datasetID }.map { _, runs in
      accuracy(of: runs)
    }
    return parts.isEmpty ? Self.note("No predictions in the warehouse.") : parts.joined()
  }

  private func accuracy(of runs: [PlacedRun]) -> Markup {
    let dataset = runs[0].run.info.dataset
    let classes = ClassNames(runs.flatMap { $0.run.accuracies.map { ($0.position, $0.name) } })
    let charts = runs.parts(of: max(1, 240 / classes.count)).map { part -> Markup in
      let series = part.map { placed in
        let bars = classes.positions.map { position -> BarChart.Bar? in
          guard let row = placed.run.accuracies.first(where: { $0.position == position })
          else { return nil }
          let share = Double(row.correct) / Double(max(1, row.samples))
          return BarChart.Bar(
            value: 100 * share,
            hover: "\(placed.name)\n\(row.name): \(NumberText.percent(share)), "
              + "\(row.correct) of \(row.samples)")
        }
        return BarChart.Series(name: placed.name, style: placed.style, bars: bars)
      }
      let chart = BarChart(
        title: "Accuracy by class, \(dataset)", categories: classes.names, series: series,
        valueTitle: "accuracy (% of samples)", high: 100,
        reference: (100 / Double(classes.count), "1 in \(classes.count)"))
      return Self.figure(chart.svg())
    }
    var table = Table(
      caption: "Accuracy by class, \(dataset)", columns: ["run", "all"] + classes.names)
    for placed in runs {
      let cells = classes.positions.map { position -> Table.Cell in
        let row = placed.run.accuracies.first { $0.position == position }
        return .number(
          row.map { NumberText.percent(Double($0.correct) / Double(max(1, $0.samples))) } ?? "–")
      }
      let all = Table.Cell.number(NumberText.percent(placed.run.info.accuracy))
      table.add([.text(placed.name), all] + cells)
    }
    return [Self.figures(charts), table.html].joined()
  }
}

/// Classes by position, each once.
struct ClassNames {
  let positions: [Int]
  let names: [String]

  init(_ classes: [(position: Int, name: String)]) {
    let byPosition = Dictionary(
      classes.map { ($0.position, $0.name) }, uniquingKeysWith: { first, _ in first })
    positions = byPosition.keys.sorted()
    names = positions.map { byPosition[$0] ?? "" }
  }

  var count: Int { positions.count }
}
