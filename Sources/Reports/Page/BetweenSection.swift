// KL matrices from the classes of one run to those of another of the same model, in both directions.

extension ReportPage {
  /// Figures 13 and 14 of the paper.
  var betweenSection: [Block] {
    guard !data.between.isEmpty else {
      return [
        .note(
          "No divergence between runs was measured: engram-ingest measure WAREHOUSE --between "
            + "RUN,OTHER_RUN adds it.")
      ]
    }
    let intro = Block.note(
      "From the classes of one run to those of another of the same model, nats per interaction; "
        + "here the diagonal is a divergence, too: of a class from itself in the other run.")
    var pairs: [(from: Int, to: Int)] = []
    for one in data.between where !pairs.contains(where: { $0 == (one.to, one.from) }) {
      if !pairs.contains(where: { $0 == (one.from, one.to) }) { pairs.append((one.from, one.to)) }
    }
    // Of very many the table tells all, and matrices what the run in focus is part of, in its last layer.
    let isLong = pairs.count > Self.mostPairs
    let focus = data.focus?.run
    let drawn = isLong ? pairs.filter { $0.from == focus || $0.to == focus } : pairs
    let last = data.between.map(\.layerPosition).max()
    let left: [Block] =
      isLong
      ? [
        .note(
          "Of \(pairs.count) pairs, matrices of the last layer are drawn of the \(drawn.count) that the run in focus is part of; --focus chooses it."
        )
      ] : []
    let blocks = drawn.flatMap { from, to -> [Block] in
      let title = "\(name(ofRun: from)) and \(name(ofRun: to))"
      let figures = Block.figures(
        data.between.filter {
          (($0.from, $0.to) == (from, to) || ($0.from, $0.to) == (to, from))
            && (!isLong || $0.layerPosition == last)
        }.sorted { ($0.layerPosition, $1.from) > ($1.layerPosition, $0.from) }
          .compactMap(betweenMap),
        caption: "\(title), last layer first, both directions beside each other. Look at the "
          + "diagonal: dark where a class has moved away from itself, and darker in the direction "
          + "that starts from the more disordered run.")
      // The first pairs are figures of the page; many more would hide what follows.
      return drawn.count > 2
        ? [.folded("Matrices of \(title)", [figures])] : [.heading(title), figures]
    }
    return [intro, .table(betweenTable(pairs))] + left + blocks
  }

  /// Pairs whose matrices of all layers are drawn, at most.
  private static let mostPairs = 8

  private func betweenMap(_ pair: BetweenRuns) -> Figure? {
    guard pair.matrix.count <= Self.mostClasses else { return nil }
    let layer = data.between.filter {
      $0.layerPosition == pair.layerPosition && $0.matrix.count <= Self.mostClasses
    }
    let scale = ColorScale(
      ramp: .divergence, covering: layer.flatMap { $0.matrix.values.compactMap(\.self) })
    let (from, to) = (name(ofRun: pair.from), name(ofRun: pair.to))
    let names = pair.matrix.names
    let map = HeatMap(
      title: "\(pair.layer): \(from) → \(to)", classes: names,
      axes: ("from class of \(from)", "to class of \(to)"),
      cells: Self.cells(pair.matrix) { row, column, value in
        "KL(\(names[row]) ‖ \(names[column])) = \(value)"
      },
      scale: scale, scaleTitle: Self.barTitle("KL divergence", scale, layer.count))
    return Figure(
      "divergence-between", pair.layer, from, "to", to, svg: map.svg(),
      data: Self.csv(pair.matrix, diagonal: "divergence"))
  }

  private func betweenTable(_ pairs: [(from: Int, to: Int)]) -> Table {
    var table = Table(
      caption:
        "Divergence of a class from itself in the other run, mean over classes, and of other "
        + "classes (nats per interaction)",
      columns: [
        "layer", "run", "other run", "same class, run → other", "same class, other → run",
        "other classes, run → other", "other classes, other → run",
      ])
    for position in Set(data.between.map(\.layerPosition)).sorted(by: >) {
      for (from, to) in pairs {
        let out = data.between.first {
          $0.layerPosition == position && $0.from == from && $0.to == to
        }
        let back = data.between.first {
          $0.layerPosition == position && $0.from == to && $0.to == from
        }
        guard let layer = (out ?? back)?.layer else { continue }
        func mean(_ values: [Double]?) -> Table.Cell {
          .number(NumberText.short(values.map { Claim.mean($0) }))
        }
        table.add([
          .text(layer), .text(name(ofRun: from)), .text(name(ofRun: to)),
          mean(out?.matrix.diagonal), mean(back?.matrix.diagonal), mean(out?.matrix.offDiagonal),
          mean(back?.matrix.offDiagonal),
        ])
      }
    }
    return table
  }
}
