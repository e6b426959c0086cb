// How well the networks classify, class by class.

extension ReportPage {
  var accuracySection: [Block] {
    let blocks = perGroup { group in
      let runs = group.runs.filter { !$0.run.accuracies.isEmpty }
      return runs.isEmpty ? [] : Self.accuracy(group, runs)
    }
    let without = data.runs.map(\.info).filter { $0.foreign + $0.unlabelled > 0 }
    let notes = without.map { info -> Block in
      .note(
        "\(info.name): of its \(info.samples) samples \(Self.unanswered(info)) have no right answer, for no output of the "
          + "network says their class; "
          + (info.accuracy == nil ? "there is no accuracy." : "accuracies are of the others."))
    }
    return blocks.isEmpty && notes.isEmpty
      ? [.note("No predictions in the warehouse: engram-ingest makes them with every run.")]
      : blocks + notes
  }

  private static func accuracy(_ group: RunGroup, _ runs: [PlacedRun]) -> [Block] {
    let classes = ClassNames(runs.flatMap { $0.run.accuracies.map { ($0.position, $0.name) } })
    let charts = runs.parts(of: min(8, max(1, 240 / classes.count))).map { part -> Figure in
      var csv = FigureData("run", "class", "correct", "samples")
      let series = part.map { placed in
        let bars = classes.positions.map { position -> BarChart.Bar? in
          guard let row = placed.run.accuracies.first(where: { $0.position == position })
          else { return nil }
          csv.add(
            .text(placed.name), .text(row.name), .number(Double(row.correct)),
            .number(Double(row.samples)))
          let share = Double(row.correct) / Double(max(1, row.samples))
          return BarChart.Bar(
            value: 100 * share,
            hover: "\(placed.name)\n\(row.name): \(NumberText.percent(share)), "
              + "\(row.correct) of \(row.samples)")
        }
        return BarChart.Series(name: placed.name, style: placed.style, bars: bars)
      }
      let chart = BarChart(
        title: "Accuracy by class, \(runs[0].run.info.dataset)", categories: classes.names,
        series: series,
        valueTitle: "accuracy (% of samples)", high: 100,
        reference: (100 / Double(classes.count), "1 in \(classes.count)"))
      return Figure("accuracy", group.title, svg: chart.svg(), data: csv)
    }
    var blocks = [
      Block.figures(
        charts,
        caption:
          "Look for bars at the dashed line: there the network guesses. One that fits random "
          + "labels guesses the true ones, of its own training samples, too.")
    ]
    guard classes.count <= 20 else { return blocks }
    var table = Table(caption: "Accuracy by class", columns: ["run", "all"] + classes.names)
    for placed in runs {
      let cells = classes.positions.map { position -> Table.Cell in
        let row = placed.run.accuracies.first { $0.position == position }
        return .number(
          row.map { NumberText.percent(Double($0.correct) / Double(max(1, $0.samples))) } ?? "–")
      }
      let all = Table.Cell.number(NumberText.percent(placed.run.info.accuracy))
      table.add([.text(placed.name), all] + cells)
    }
    blocks.append(.markup(table.html))
    return blocks
  }
}
