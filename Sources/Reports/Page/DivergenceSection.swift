// KL matrices within runs and between them, and how far classes are apart.

extension ReportPage {
  /// Beyond this many classes a matrix is no figure any more.
  static let mostClasses = 120

  var divergenceSection: Markup {
    let intro = Self.note(
      "KL divergence of the interactions from the row's class to the column's, and, framed on the "
        + "diagonal with a scale of its own, the class's entropy. Both scales are shared by all "
        + "runs of a layer. Divergences of neurons stand in the table.")
    var parts = [intro]
    for (architecture, runs) in grouped(\.info.architecture) {
      parts.append("<h3>\(architecture)</h3>")
      for position in Self.layerPositions(runs).reversed() {
        parts.append(Self.matrices(runs, layer: position))
      }
      parts.append(Self.separationTable(runs))
    }
    parts.append(betweenPart)
    return parts.joined()
  }

  private static func matrices(_ runs: [PlacedRun], layer position: Int) -> Markup {
    let found = runs.compactMap { placed -> (PlacedRun, LayerReport, ClassMatrix)? in
      guard let layer = placed.run.layers.first(where: { $0.position == position }),
        let matrix = layer.matrix
      else { return nil }
      return (placed, layer, matrix)
    }
    guard !found.isEmpty else { return "" }
    let drawn = found.filter { $0.2.count <= mostClasses }
    guard !drawn.isEmpty else { return tooMany(found[0].2.count, found[0].1.name) }
    let scale = ColorScale(ramp: .divergence, covering: drawn.flatMap(\.2.offDiagonal))
    let entropy = ColorScale(ramp: .entropy, covering: drawn.flatMap(\.2.diagonal))
    return figures(
      drawn.map { placed, layer, matrix in
        let map = HeatMap(
          title: "\(layer.name): \(placed.name)", classes: matrix.names,
          axes: ("from class (P)", "to class (Q)"),
          cells: cells(matrix) { row, column, value in
            row == column
              ? "entropy of \(matrix.names[row]) = \(value)"
              : "KL(\(matrix.names[row]) ‖ \(matrix.names[column])) = \(value)"
          },
          scale: scale, scaleTitle: barTitle("KL divergence", scale, drawn.count),
          diagonal: (entropy, barTitle("entropy (diagonal)", entropy, drawn.count)))
        return figure(map.svg())
      })
  }

  static func tooMany(_ classes: Int, _ what: String) -> Markup {
    note("\(what): a matrix of \(classes) classes is not drawn; the view kl_matrix holds it.")
  }

  private static func barTitle(_ what: String, _ scale: ColorScale, _ maps: Int) -> String {
    what + " (nats per interaction" + (scale.isLogarithmic ? ", log" : "")
      + (maps > 1 ? ", shared)" : ")")
  }

  static func cells(
    _ matrix: ClassMatrix, _ hover: (Int, Int, String) -> String
  ) -> [HeatMap.Cell?] {
    matrix.values.enumerated().map { index, value in
      value.map {
        HeatMap.Cell(
          value: $0,
          hover: hover(index / matrix.count, index % matrix.count, NumberText.short($0)))
      }
    }
  }

  private static func separationTable(_ runs: [PlacedRun]) -> Markup {
    var table = Table(
      caption: "Separation: mean KL between classes (nats per interaction)",
      columns: [
        "layer", "kind", "run", "separation", "floor: labels permuted", "separation / floor",
        "mean entropy", "relative separation (separation / entropy)",
      ])
    for position in layerPositions(runs) {
      for kind in [\LayerReport.interaction, \LayerReport.neuron] {
        for placed in runs {
          guard let layer = placed.run.layers.first(where: { $0.position == position }),
            let measured = layer[keyPath: kind].separation
          else { continue }
          table.add([
            .text(layer.name),
            .text(kind == \LayerReport.interaction ? "interaction" : "neuron"),
            .text(placed.name), .number(NumberText.short(measured.separation)),
            .number(NumberText.short(measured.floor)),
            .number(NumberText.short(measured.floor.map { measured.separation / $0 })),
            .number(NumberText.short(measured.entropy)),
            .number(NumberText.short(measured.relative)),
          ])
        }
      }
    }
    return table.rows.isEmpty ? note("No divergence was measured.") : table.html
  }

  private var betweenPart: Markup {
    guard !data.between.isEmpty else { return "" }
    var parts: [Markup] = ["<h3>Between runs</h3>"]
    parts.append(
      Self.note(
        "From the classes of one run to those of another of the same model; here the diagonal is "
          + "a divergence, too. The scale is shared by all pairs of a layer."))
    for position in Set(data.between.map(\.layerPosition)).sorted(by: >) {
      let pairs = data.between.filter { $0.layerPosition == position }
      let drawn = pairs.filter { $0.matrix.count <= Self.mostClasses }
      if drawn.isEmpty { parts.append(Self.tooMany(pairs[0].matrix.count, pairs[0].layer)) }
      let values = drawn.flatMap { $0.matrix.values.compactMap(\.self) }
      let scale = ColorScale(ramp: .divergence, covering: values)
      parts.append(
        Self.figures(
          drawn.map { pair in
            let (from, to) = (name(ofRun: pair.from), name(ofRun: pair.to))
            let names = pair.matrix.names
            let map = HeatMap(
              title: "\(pair.layer): \(from) → \(to)", classes: names,
              axes: ("from class of \(from)", "to class of \(to)"),
              cells: Self.cells(pair.matrix) { row, column, value in
                "KL(\(names[row]) ‖ \(names[column])) = \(value)"
              },
              scale: scale, scaleTitle: Self.barTitle("KL divergence", scale, drawn.count))
            return Self.figure(map.svg())
          }))
    }
    return parts.joined()
  }
}
