// Class-by-class matrices of two runs on one scale, and their difference.

internal import Warehouse

extension ReportPage {
  func pairEntanglement(_ pair: RunPair) -> [Block] {
    let matrices = pair.runs.map { run -> ClassMatrix? in
      let rows = run.overlaps.filter { $0.rule == RankLadder.leading }
      guard !rows.isEmpty else { return nil }
      var matrix = ClassMatrix(
        classes: Dictionary(
          rows.flatMap { [($0.a, $0.aName), ($0.b, $0.bName)] },
          uniquingKeysWith: { first, _ in first }))
      for row in rows {
        matrix.set(from: row.a, to: row.b, Double(row.entanglement))
        matrix.set(from: row.b, to: row.a, Double(row.entanglement))
      }
      return matrix
    }
    let maps = heatMaps(
      pair, matrices, "entanglement", "", "entanglement at rule \(RankLadder.leading) (dimensions)")
    return maps.isEmpty
      ? [.note("No entanglement was measured of both, or there are too many classes.")]
      : [
        .figures(
          maps, caption: "Dimensions that two classes share in both runs, and the difference.")
      ]
  }

  /// Both matrices on one scale, and their difference, over the classes that both have, what moved most first; nothing on
  /// the diagonal.
  func heatMaps(
    _ pair: RunPair, _ matrices: [ClassMatrix?], _ name: String, _ layer: String, _ unit: String
  ) -> [Figure] {
    guard let first = matrices[0], let second = matrices[1] else { return [] }
    let both = [first, second]
    let classes = pair.classes.compactMap { one -> (key: String, name: String, places: [Int])? in
      let places = both.indices.compactMap { index in
        one.positions[index].flatMap { both[index].positions.firstIndex(of: $0) }
      }
      return places.count == 2 ? (one.key, one.name, places) : nil
    }
    guard classes.count > 1, classes.count <= Self.mostClasses else { return [] }
    let names = classes.map(\.name)
    var csv = FigureData(
      "from_class", "to_class", "run", "other_run", "value", "other_value", "difference")
    var values: [[Double?]] = [[], []]
    for row in classes {
      for column in classes {
        let found = both.indices.map { index -> Double? in
          row.key == column.key
            ? nil : both[index][row.places[index], column.places[index]]
        }
        for index in both.indices { values[index].append(found[index]) }
        csv.add(
          .text(row.name), .text(column.name), .text(pair.runs[0].info.name),
          .text(pair.runs[1].info.name), .number(found[0]), .number(found[1]),
          .number(RunPair.difference(found)))
      }
    }
    func cells(_ values: [Double?], _ text: (Double) -> String) -> [HeatMap.Cell?] {
      values.enumerated().map { index, value in
        value.map {
          HeatMap.Cell(
            value: $0,
            hover:
              "\(names[index / names.count]), \(names[index % names.count]): \(text($0))")
        }
      }
    }
    let scale = ColorScale(ramp: .divergence, covering: values.flatMap { $0.compactMap(\.self) })
    var figures = both.indices.map { index in
      let run = pair.runs[index].info.name
      let map = HeatMap(
        title: layer.isEmpty ? run : "\(layer): \(run)", classes: names,
        axes: ("class", "other class"), cells: cells(values[index]) { NumberText.short($0) },
        scale: scale, scaleTitle: "\(unit)\(scale.isLogarithmic ? ", log" : ""), shared")
      return Figure("compare", name, layer, run, svg: map.svg(), data: csv)
    }
    let differences = zip(values[0], values[1]).map { RunPair.difference([$0, $1]) }
    let known = differences.compactMap(\.self)
    let map = HeatMap(
      title: layer.isEmpty ? "difference" : "\(layer): difference", classes: names,
      axes: ("class", "other class"), cells: cells(differences) { Self.signed($0) },
      scale: ColorScale(signed: .signed, low: known.min() ?? 0, high: known.max() ?? 0),
      scaleTitle: "second less first: \(unit)")
    figures.append(Figure("compare", name, layer, "difference", svg: map.svg(), data: csv))
    return figures
  }
}
