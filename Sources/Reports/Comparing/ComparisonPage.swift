// The page of two runs: its sections, both runs' numbers with their differences, and classes sorted by what moved most. Leaves out
// the figures (ComparisonFigures).

internal import Warehouse

extension ReportPage {
  /// In the order of the page.
  package static let comparisonSections = [
    PageSection(id: "overview", title: "At a glance") { $0.compared { $0.pairOverview($1) } },
    PageSection(id: "moved", title: "What moved most") { $0.compared { $0.movedSection($1) } },
    PageSection(id: "samples", title: "Samples that one run alone takes rightly") {
      $0.compared { $0.pairGalleries($1) }
    },
    PageSection(id: "accuracy", title: "Accuracy") { $0.compared { $0.pairAccuracy($1) } },
    PageSection(id: "sparsity", title: "Sparsity of activations") {
      $0.compared { $0.pairSparsity($1) }
    },
    PageSection(id: "divergence", title: "Entropy and divergence between classes") {
      $0.compared { $0.pairDivergence($1) }
    },
    PageSection(id: "between", title: "Divergence between the two") { $0.betweenSection },
    PageSection(id: "rank", title: "Manifold rank") { $0.compared { $0.pairRank($1) } },
    PageSection(id: "entanglement", title: "Manifold entanglement") {
      $0.compared { $0.pairEntanglement($1) }
    },
    PageSection(id: "runs", title: "Runs and their provenance") { $0.runsSection },
  ]

  private func compared(_ body: (ReportPage, RunPair) -> [Block]) -> [Block] {
    data.pair.map { body(self, $0) } ?? []
  }

  static func signed(
    _ value: Double?, _ text: (Double) -> String = { NumberText.short($0) }
  )
    -> String
  {
    guard let value, value.isFinite else { return "–" }
    return value > 0 ? "+\(text(value))" : text(value)
  }

  private static func points(_ share: Double) -> String {
    "\(NumberText.short(100 * share)) points"
  }

  // MARK: Numbers

  private func pairOverview(_ pair: RunPair) -> [Block] {
    let names = pair.runs.map(\.info.name)
    var table = Table(
      caption: "The two runs", columns: ["", "layer", names[0], names[1], "difference [95 %]"])
    func add(
      _ what: String, _ layer: String, _ values: [Double?], _ interval: Interval? = nil,
      _ text: (Double) -> String = { NumberText.short($0) },
      difference: (Double) -> String = { NumberText.short($0) }
    ) {
      guard values.contains(where: { $0 != nil }) else { return }
      let change =
        RunPair.difference(values).map {
          Self.signed($0, difference) + Interval.text(interval, difference)
        } ?? "–"
      table.add(
        [.text(what), .text(layer)] + values.map { .number($0.map(text) ?? "–") }
          + [.number(change)])
    }
    let infos = pair.runs.map(\.info)
    for (what, read) in [
      ("model", { "\($0.architecture)\($0.state.map { ", \($0)" } ?? "")" }),
      ("data", { "\($0.dataset)\($0.perturbation == "none" ? "" : ", \($0.perturbation)")" }),
      ("samples", { String($0.samples) }),
    ] as [(String, (RunInfo) -> String)] {
      table.add([.text(what), .text("")] + infos.map { .number(read($0)) } + [.number("")])
    }
    add(
      "accuracy", "", infos.map(\.accuracy), pair.shared?.interval ?? Self.unpaired(pair),
      { NumberText.percent($0) }, difference: Self.points)
    add("mean loss", "", infos.map(\.loss))
    for layer in pair.layers {
      for kind in MeasuredKind.allCases {
        let reports = layer.layers.map { $0[kind] }
        func interval(_ measure: String, _ values: [Double?]) -> Interval? {
          let terms = zip(zip([-1.0, 1], pair.runs), zip(layer.layers, values)).compactMap {
            one, other -> (weight: Double, number: Measured)? in
            other.1.map {
              (
                one.0,
                Measured(
                  label: "", value: $0, run: one.1,
                  key: ReplicateKey(
                    layer: other.0.position, kind: kind.rawValue, measure: measure))
              )
            }
          }
          return terms.count == 2 ? Interval.of(terms) : nil
        }
        let proportions = reports.map { $0.sparsity?.mean }
        add(
          "mean activation proportion of \(kind.plural)", layer.name, proportions,
          interval("mean_proportion", proportions), { NumberText.percent($0) },
          difference: Self.points)
        let always = reports.map { $0.sparsity?.always }
        add(
          "always on, of \(kind.plural)", layer.name, always, interval("always_share", always),
          { NumberText.percent($0) }, difference: Self.points)
        let separations = reports.map { $0.separation?.separation }
        add(
          "separation of \(kind.plural)", layer.name, separations,
          interval("separation", separations))
        let entropies = reports.map { $0.separation?.entropy }
        add(
          "mean entropy of \(kind.plural)", layer.name, entropies,
          interval("mean_entropy", entropies))
        let relative = reports.map { $0.separation?.relative }
        add(
          "relative separation of \(kind.plural)", layer.name, relative,
          interval("relative_separation", relative))
      }
    }
    add(
      "mean rank at \(RankLadder.leading)", "",
      pair.runs.map { run in
        let ranks = run.ranks.filter { $0.rule == RankLadder.leading }
        return ranks.isEmpty ? nil : Claim.mean(ranks.map { Double($0.rank) })
      })
    var notes = pair.notes.map(Block.note)
    if let shared = pair.shared {
      notes.insert(
        .text(
          "Of \(shared.samples) samples that both runs have, the networks say the same class of \(shared.sameClass); "
            + "of \(shared.answered) with a right answer \(shared.bothRight) are taken rightly by both, "
            + "\(shared.firstAlone) by '\(names[0])' alone, \(shared.secondAlone) by '\(names[1])' alone."
        ), at: 0)
    } else {
      notes.insert(
        .note("The runs have no sample in common: intervals are of independent samples."), at: 0)
    }
    return notes + [
      .markup(table.html),
      .note(
        "Differences are '\(names[1])' less '\(names[0])'. Intervals of measures are of their replicates (engram-ingest measure --bootstrap N), "
          + "of accuracies over pairs of samples where both runs have them."),
    ]
  }

  private static func unpaired(_ pair: RunPair) -> Interval? {
    let runs = pair.runs.map(\.info)
    guard let first = runs[0].accuracy, let second = runs[1].accuracy else { return nil }
    let variance = zip(runs, [first, second]).reduce(0) { sum, one in
      let answered = one.0.samples - one.0.foreign - one.0.unlabelled
      return sum + one.1 * (1 - one.1) / Double(max(1, answered))
    }
    return Interval(second - first, deviation: variance.squareRoot())
  }

  // MARK: Classes

  private func movedSection(_ pair: RunPair) -> [Block] {
    guard !pair.classes.isEmpty else { return [.note("No class in either run.")] }
    let names = pair.runs.map(\.info.name)
    let last = pair.layers.first
    var columns = ["class"]
    if pair.classes.contains(where: { $0.divergence != nil }) { columns.append("moved by (nats)") }
    let hasDivergence = columns.count == 2
    columns += ["accuracy", "entropy", "divergence from others", "rank"].flatMap {
      ["\($0): \(names[0])", names[1], "difference"]
    }
    columns += ["nearest: \(names[0])", names[1]]
    var table = Table(
      caption: "Classes, what moved most first, by \(pair.movement.text)", columns: columns)
    for one in pair.classes {
      func triple(_ values: [Double?], _ text: (Double) -> String, _ change: (Double) -> String)
        -> [Table.Cell]
      {
        values.map { .number($0.map(text) ?? "–") }
          + [.number(Self.signed(RunPair.difference(values), change))]
      }
      let short = { (value: Double) in NumberText.short(value) }
      func read(_ body: @escaping (ClassMatrix, Int) -> Double?) -> [Double?] {
        [0, 1].map { index in last.flatMap { one.value(index, in: $0, body) } }
      }
      var row: [Table.Cell] = [.text(one.name)]
      if hasDivergence { row.append(.number(NumberText.short(one.divergence))) }
      row += triple([one.share(0), one.share(1)], { NumberText.percent($0) }, Self.points)
      row += triple(read { $0[$1, $1] }, short, short)
      row += triple(read { $0.meanDivergence($1) }, short, short)
      row += triple(one.ranks.map { $0.map { Double($0.rank) } }, short, short)
      row += one.nearest.map { .text($0 ?? "–") }
      table.add(row)
    }
    let layer = last.map { " Entropy, divergence and nearest are of layer \($0.name)." } ?? ""
    let hint =
      hasDivergence
      ? ""
      : " engram-ingest measure WAREHOUSE --between \(names[0]),\(names[1]) measures how far each class moved, where both are of one model."
    return [.note("Figures below keep this order.\(layer)\(hint)"), .table(table)]
  }

  private func pairGalleries(_ pair: RunPair) -> [Block] {
    pair.galleries.isEmpty
      ? [
        .note(
          "No picture of a sample that one run alone takes rightly: the file has none (engram-ingest --thumbnails), there is no such sample, or the runs are over different data."
        )
      ] : pair.galleries.flatMap(Self.blocks)
  }
}
