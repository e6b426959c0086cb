// Labels of the user's own: how accurate runs are on the samples of each, and how far patterns follow them.

extension ReportPage {
  var ownLabelsSection: [Block] {
    guard !data.slices.isEmpty else {
      return [
        .note(
          "No labels of your own: engram-ingest label WAREHOUSE --from labels.csv --name NAME attaches a scene, an "
            + "annotator or a hypothesis to samples, engram-ingest measure WAREHOUSE --run RUN --by NAME measures by it."
        )
      ]
    }
    var blocks: [Block] = []
    for labels in Self.names(data.slices.map(\.labels)) {
      let own = data.slices.filter { $0.labels == labels }
      let values = Set(own.map(\.label)).count
      blocks.append(
        values > Self.mostValues
          ? .note(
            "'\(labels)' has \(values) values: engram-query WAREHOUSE slices --labels \(labels) tells how runs do on each."
          )
          : .markup(sliceTable(labels, own).html))
    }
    let measured = data.groupings.filter { !Self.ownGroupings($0).isEmpty }
    guard !measured.isEmpty else {
      return blocks + [
        .note(
          "No run was measured by them: engram-ingest measure WAREHOUSE --run RUN --by NAME adds it."
        )
      ]
    }
    blocks.append(
      .text(
        "Separation with the samples grouped by each of them, per interaction in nats, beside the true labels. Each "
          + "floor is the same labels in another order: what so many samples separate by chance. Look for labels well "
          + "above theirs: the network's patterns hold what they say, asked for or not."))
    for run in Self.names(measured.map(\.run)) {
      blocks.append(.markup(hypothesisTable(run, measured.filter { $0.run == run }).html))
    }
    return blocks
  }

  /// Beyond so many a table of them is none to look at.
  private static let mostValues = 40

  /// Each once, in the order in which they first occur.
  private static func names<Name: Equatable>(_ all: [Name]) -> [Name] {
    all.reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
  }

  /// Labels of the user's own that something was measured by, floors aside.
  private static func ownGroupings(_ one: GroupedSeparation) -> [String] {
    one.values.keys.filter { one.values["permuted \($0)"] != nil }.sorted()
  }

  private func sliceTable(_ labels: String, _ slices: [Slice]) -> Table {
    var table = Table(
      caption: "Accuracy by '\(labels)', with its 95 % interval",
      columns: ["run", labels, "samples", "accuracy", "from", "to", "mean loss"])
    for slice in slices {
      let total = max(1, slice.samples)
      let interval = slice.correct.map { Interval.share($0, of: total) }
      table.add([
        .text(name(ofRun: slice.run)), .text(slice.label), .number("\(slice.samples)"),
        .number(slice.correct.map { NumberText.percent(Double($0) / Double(total)) } ?? "–"),
        .number(interval.map { NumberText.percent($0.low) } ?? "–"),
        .number(interval.map { NumberText.percent($0.high) } ?? "–"),
        .number(slice.meanLoss.map(NumberText.short) ?? "–"),
      ])
    }
    return table
  }

  private func hypothesisTable(_ run: Int, _ measured: [GroupedSeparation]) -> Table {
    let own = Self.names(measured.flatMap(Self.ownGroupings))
    var table = Table(
      caption: "'\(name(ofRun: run))': separation by own labels",
      columns: ["layer", "kind", "true", "floor"] + own.flatMap { [$0, "its floor"] })
    for one in measured.reversed() {
      let groupings = ["true", "permuted"] + own.flatMap { [$0, "permuted \($0)"] }
      table.add(
        [.text(one.layer), .text(one.kind + "s")]
          + groupings.map { .number(one.values[$0].map(NumberText.short) ?? "–") })
    }
    return table
  }
}
