// The first screen: every run in a row, and what stands out in one of them.

internal import Warehouse

extension ReportPage {
  /// Runs that stand open in the first table.
  private static let mostRuns = 8

  var overviewSection: [Block] {
    let focus = data.runs.first { $0.info.id == data.focus?.run }?.info
    // The run in focus leads, then clean ones over its data, other clean ones, and what became of them.
    func place(_ info: RunInfo) -> Int {
      if info.id == focus?.id { return 0 }
      if info.perturbation != "none" { return 3 }
      return info.datasetID == focus?.datasetID ? 1 : 2
    }
    let runs = data.runs.enumerated().sorted {
      (place($0.element.info), $0.offset) < (place($1.element.info), $1.offset)
    }.map(\.element)
    let (shown, more) = (runs.prefix(Self.mostRuns), runs.dropFirst(Self.mostRuns))
    let note =
      "Separation: the mean KL between classes in the last layer, nats an interaction; relative: divided by the mean entropy. "
      + "Rank: of the inputs of the last layer, mean of the classes, at \(RankLadder.leading) of the largest singular value."
    let unfinished = data.unfinished.map {
      "'\($0.name)' (\($0.ingested) of \($0.samples) samples)"
    }
    let rest = NumberText.count(more.count, "more run", "more runs")
    return [.markup(Self.runTable("Runs", shown).html)]
      + (more.isEmpty ? [] : [.folded(rest, [.markup(Self.runTable(rest, more).html)])])
      + [.note(note)]
      + (unfinished.isEmpty
        ? []
        : [
          .note(
            "Not complete, and left out: \(unfinished.joined(separator: ", ")). The same engram-ingest goes on with each."
          )
        ])
  }

  private static func runTable(_ caption: String, _ runs: ArraySlice<RunReport>) -> Table {
    var table = Table(
      caption: caption,
      columns: [
        "run", "model", "data", "samples", "accuracy [95 %]", "separation", "relative", "rank",
        "missing or damaged",
      ])
    for run in runs {
      let info = run.info
      let layer = run.layers.last { $0.interaction.separation != nil }
      let separation = layer?.interaction.separation
      let state = info.state.map { ", \($0)" } ?? ""
      let perturbation = info.perturbation == "none" ? "" : ", \(info.perturbation)"
      table.add([
        .text(info.name), .text(info.architecture + state), .text(info.dataset + perturbation),
        .number(String(info.samples)), .number(Standout.accuracy(info)),
        .number(NumberText.short(separation?.separation)),
        .number(NumberText.short(separation?.relative)), .number(meanRank(run)),
        .text(missing(run)),
      ])
    }
    return table
  }

  var standoutSection: [Block] {
    guard let focus = data.focus, let run = data.runs.first(where: { $0.info.id == focus.run })
    else { return [.note("No run to look at.")] }
    let evidence = StandoutEvidence(data: data, run: run, focus: focus)
    var told: [Markup] = []
    var untold: [String] = []
    for one in Standout.all {
      guard let sentence = one.tell(evidence) else {
        untold.append("\(one.subject) (\(one.remedy))")
        continue
      }
      told.append(
        "<li>\(sentence.text) <a href=\"#\(sentence.section)\" aria-label=\"more on \(one.subject)\">more</a></li>"
      )
    }
    let reason = focus.reason.map { ", \($0)" } ?? ""
    let choice = data.runs.count > 1 ? "; --focus NAME takes another" : ""
    return [
      .markup("<p>In <b>\(run.info.name)</b>\(reason)\(choice). Intervals are of 95 %.</p>"),
      .markup("<ul class=\"standouts\">\(told.joined())</ul>"),
    ] + (untold.isEmpty ? [] : [.note("Nothing to tell of \(untold.joined(separator: "; ")).")])
  }

  private static func meanRank(_ run: RunReport) -> String {
    let ranks = run.ranks.filter { $0.rule == RankLadder.leading }
    guard let first = ranks.first else { return "–" }
    let mean = Double(ranks.map(\.rank).reduce(0, +)) / Double(ranks.count)
    return "\(NumberText.short(mean)) of \(first.dimension)"
      + (ranks.contains(where: \.isLimited) ? " (few samples)" : "")
  }

  /// "no replicates; 3 images unreadable", or a dash.
  private static func missing(_ run: RunReport) -> String {
    let info = run.info
    let unmeasured = run.layers.filter { $0.interaction.separation == nil }.map(\.name)
    let parts = [
      unmeasured.isEmpty ? nil : "no divergences of \(unmeasured.joined(separator: ", "))",
      run.ranks.isEmpty ? "no ranks" : nil,
      run.replicates.isEmpty ? "no replicates" : nil,
      info.unreadable > 0
        ? NumberText.count(info.unreadable, "image", "images") + " unreadable" : nil,
      info.foreign + info.unlabelled > 0 ? unanswered(info) : nil,
      info.activations == "omitted" ? "x and z left out" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? "–" : parts.joined(separator: "; ")
  }
}
