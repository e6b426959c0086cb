// A network over samples it was trained on beside samples it never saw, and what its patterns follow: the true labels, its
// predictions, or the labels it was trained on.

internal import Basics
internal import Warehouse

extension ReportPage {
  var trainingTimeSection: [Block] {
    let pairs = trainTestPairs
    let asked = data.groupings.filter {
      $0.values["predicted"] != nil || $0.values["assigned"] != nil
    }
    let followed = asked.map(\.run).reduce(into: [Int]()) { runs, run in
      if !runs.contains(run) { runs.append(run) }
    }
    guard !pairs.isEmpty || !followed.isEmpty else {
      return [
        .note(
          "No network was run over both its training and its test images, nor measured by other labels: engram-ingest "
            + "--data DATA:train adds the first, engram-ingest measure WAREHOUSE --run NAME --by assigned the second."
        )
      ]
    }
    var blocks: [Block] = []
    if !pairs.isEmpty {
      blocks.append(
        .text(
          "Means over the classes, per interaction in nats, and the entropy of the classes that differ most. Look "
            + "whether a network that memorises keeps at test time what it separates in training. Fewer samples "
            + "alone separate: the floor is the same with labels permuted."))
      blocks += pairs.map { .markup(Self.trainTestTable($0.train, $0.test).html) }
    }
    if !followed.isEmpty {
      blocks.append(
        .text(
          "Separation with the samples grouped by true labels, by the network's predictions, and by the labels, true or "
            + "random, that it was trained on. Look for the layer from which on a network that fits random labels "
            + "follows those instead of the true ones."))
      blocks += followed.map { .markup(groupingTable($0).html) }
    }
    return blocks
  }

  /// Clean runs of one network over two parts of one data set.
  private var trainTestPairs: [(train: RunReport, test: RunReport)] {
    let clean = data.runs.filter { $0.info.perturbation == "none" }
    return clean.filter { $0.info.dataset.hasSuffix(":train") }.flatMap { train in
      clean.filter {
        $0.info.weightsHash == train.info.weightsHash && $0.info.family == train.info.family
          && $0.info.datasetID != train.info.datasetID
      }.map { (train, $0) }
    }
  }

  private static func trainTestTable(_ train: RunReport, _ test: RunReport) -> Table {
    var table = Table(
      caption: "'\(train.info.name)' (training) beside '\(test.info.name)' (test)",
      columns: ["layer", "measure", "training", "test", "test − training"])
    func add(_ layer: String, _ measure: String, _ a: Double?, _ b: Double?) {
      guard let a, let b else { return }
      table.add([
        .text(layer), .text(measure), .number(NumberText.short(a)), .number(NumberText.short(b)),
        .number(NumberText.short(b - a)),
      ])
    }
    add("all", "accuracy", train.info.accuracy, test.info.accuracy)
    for layer in train.layers.reversed() {
      guard let other = test.layers.first(where: { $0.position == layer.position }) else {
        continue
      }
      for kind in MeasuredKind.allCases {
        let (a, b) = (layer[kind].separation, other[kind].separation)
        add(layer.name, "\(kind.plural): entropy", a?.entropy, b?.entropy)
        add(layer.name, "\(kind.plural): separation", a?.separation, b?.separation)
        add(layer.name, "\(kind.plural): its floor", a?.floor, b?.floor)
        add(layer.name, "\(kind.plural): relative separation", a?.relative, b?.relative)
      }
      guard let own = layer.interaction.matrix, let others = other.interaction.matrix else {
        continue
      }
      for (name, a, b) in mostChanged(own, others) {
        add(layer.name, "interactions: entropy of \(name)", a, b)
      }
    }
    return table
  }

  /// The three classes whose entropies, on the diagonals, differ most.
  private static func mostChanged(
    _ a: ClassMatrix, _ b: ClassMatrix
  ) -> [(name: String, a: Double, b: Double)] {
    let rows = a.names.indices.compactMap { row -> (name: String, a: Double, b: Double)? in
      guard let column = b.names.firstIndex(where: a.names[row].hasBytes(of:)), let x = a[row, row],
        let y = b[column, column]
      else { return nil }
      return (a.names[row], x, y)
    }
    return Array(rows.sorted { abs($0.a - $0.b) > abs($1.a - $1.b) }.prefix(3))
  }

  private func groupingTable(_ run: Int) -> Table {
    let groupings = ["true", "predicted", "assigned", "permuted"]
    var table = Table(
      caption: "'\(name(ofRun: run))': separation by grouping",
      columns: ["layer", "kind"] + groupings.map { "by \($0) labels" })
    for one in data.groupings.reversed() where one.run == run {
      table.add(
        [.text(one.layer), .text(one.kind + "s")]
          + groupings.map { .number(one.values[$0].map(NumberText.short) ?? "–") })
    }
    return table
  }
}
