// KL matrices within runs, and which space separates classes more: interactions, neurons or activations.

extension ReportPage {
  /// Figures 11, 12 and 15 of the paper.
  var divergenceSection: [Block] {
    let blocks = perGroup { group in
      let maps = group.layerPositions.flatMap { Self.matrices(group, layer: $0) }
      let table = Self.separationTable(group)
      return table.rows.isEmpty ? maps : maps + [.markup(table.html)]
    }
    guard !blocks.isEmpty else {
      return [.note("No divergence was measured: engram-ingest measure WAREHOUSE adds it.")]
    }
    let intro = Block.note(
      "KL divergence from the row's class to the column's, and, framed on the diagonal with a scale "
        + "of its own, the class's entropy. Both scales are shared by all runs of a figure.")
    return [intro] + blocks
  }

  private static func matrices(_ group: RunGroup, layer position: Int) -> [Block] {
    let found = group.layers(at: position)
    guard let name = found.first?.layer.name else { return [] }
    let interactions = heatMaps(
      group, found.map { ($0.placed, $0.layer.interaction.matrix) }, layer: name,
      unit: "interactions")
    let neurons = heatMaps(
      group, found.map { ($0.placed, $0.layer.neuron.matrix) }, layer: name, unit: "neurons")
    let activations = heatMaps(
      group, found.map { ($0.placed, $0.layer.activation.matrix) }, layer: name,
      unit: "activations")
    let caption =
      "Layer \(name), interactions. Training should darken the matrix (classes move apart) and pale "
      + "the diagonal (a class's patterns agree). Look for blocks: classes that are alike."
    let control =
      "Layer \(name), neurons: the same of z > 0, the control. What shows here as clearly needs no "
      + "interactions."
    // Of very many networks only the last layer's matrices stand open; the table has all of them.
    let isFolded = interactions.figures.count > 8 && position != group.layerPositions.first
    var blocks = interactions.blocks(caption)
    if isFolded { blocks = [.folded("Layer \(name), interactions", blocks)] }
    if !neurons.figures.isEmpty {
      let shown = neurons.blocks(control)
      blocks += neurons.figures.count > 4 ? [.folded("Layer \(name), neurons", shown)] : shown
    }
    if !activations.figures.isEmpty || !activations.notes.isEmpty {
      blocks.append(
        .folded(
          "Layer \(name), activations",
          activations.blocks(
            "Layer \(name), activations: the control in activation space, z of a class as independent Gaussians. The "
              + "entropy of a density may be negative.")))
    }
    return blocks
  }

  /// Heat maps of one layer and kind, and a note where there are too many classes for one.
  private struct Maps {
    var figures: [Figure] = []
    var notes: [Block] = []

    func blocks(_ caption: String) -> [Block] {
      notes + (figures.isEmpty ? [] : [.figures(figures, caption: caption)])
    }
  }

  private static func heatMaps(
    _ group: RunGroup, _ all: [(PlacedRun, ClassMatrix?)], layer: String, unit: String
  ) -> Maps {
    let found = all.compactMap { placed, matrix in matrix.map { (placed, $0) } }
    guard !found.isEmpty else { return Maps() }
    let drawn = found.filter { $0.1.count <= mostClasses }
    guard !drawn.isEmpty else { return Maps(notes: [tooMany(found[0].1.count, layer)]) }
    let scale = ColorScale(ramp: .divergence, covering: drawn.flatMap(\.1.offDiagonal))
    let entropy = ColorScale(ramp: .entropy, covering: drawn.flatMap(\.1.diagonal))
    let per = unit == "interactions" ? "interaction" : "neuron"
    return Maps(
      figures: drawn.map { placed, matrix in
        let map = HeatMap(
          title: "\(layer), \(unit): \(placed.name)", classes: matrix.names,
          axes: ("from class (P)", "to class (Q)"),
          cells: cells(matrix) { row, column, value in
            row == column
              ? "entropy of \(matrix.names[row]) = \(value)"
              : "KL(\(matrix.names[row]) ‖ \(matrix.names[column])) = \(value)"
          },
          scale: scale, scaleTitle: barTitle("KL divergence", scale, drawn.count, per: per),
          diagonal: (entropy, barTitle("entropy (diagonal)", entropy, drawn.count, per: per)))
        return Figure(
          "divergence", group.title, layer, unit, placed.name, svg: map.svg(),
          data: csv(matrix, diagonal: "entropy"))
      })
  }

  private static func separationTable(_ group: RunGroup) -> Table {
    let four = ["separation", "permuted floor", "entropy", "relative separation"]
    var table = Table(
      caption: "Separation: mean KL between classes, nats per interaction or neuron; the floor is "
        + "the same with the labels permuted; relative: over the mean entropy, which that of activations, a "
        + "differential entropy, has none of. The larger of the two relative separations is marked.",
      columns: ["layer", "run"]
        + ["interactions", "neurons"].flatMap { kind in
          four.map { "\(kind): \($0)" }
        } + four.dropLast().map { "activations: \($0)" })
    for position in group.layerPositions {
      for (placed, layer) in group.layers(at: position) {
        let measured = [layer.interaction.separation, layer.neuron.separation]
        guard measured.contains(where: { $0 != nil }) else { continue }
        let highest = measured.compactMap { $0?.relative }.max()
        table.add(
          [.text(layer.name), .text(placed.name)]
            + measured.flatMap { one -> [Table.Cell] in
              let isHigher = one?.relative != nil && one?.relative == highest
              return [
                .number(NumberText.short(one?.separation)), .number(NumberText.short(one?.floor)),
                .number(NumberText.short(one?.entropy)),
                .number(NumberText.short(one?.relative) + (isHigher ? " ◂" : "")),
              ]
            }
            + [
              layer.activation.separation?.separation, layer.activation.separation?.floor,
              layer.activation.separation?.entropy,
            ].map { .number(NumberText.short($0)) })
      }
    }
    return table
  }
}
