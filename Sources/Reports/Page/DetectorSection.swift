// How well detectors tell attacked, shifted and foreign samples from clean ones, and where Engram's stand.

internal import Analytics

extension ReportPage {
  var detectorSection: [Block] {
    let benchmarks = DetectorBenchmark.all(of: data.detections)
    guard !benchmarks.isEmpty else {
      return [
        .note(
          "No detector has scored a clean run whose samples have a right answer, and another run: "
            + "engram-ingest measure WAREHOUSE --run RUN --detect REFERENCE_RUN adds scores, of one "
            + "run after another.")
      ]
    }
    let own = Detector.all.filter(\.isOfPatterns).map(\.name)
    let intro = [
      Block.note(
        "Scores of samples by what the reference run taught. AUROC: the share of pairs whose "
          + "in-distribution sample looks more familiar, 0.5 by chance; in brackets 95 % intervals "
          + "over resampled samples. Each detector is shown in the layer where its mean AUROC is "
          + "highest, which favours those of many layers. The query detector_benchmark gives the "
          + "same numbers as a table."),
      .note(
        "Engram's own scores (\(own.joined(separator: ", "))) are diagnostics of what a network does "
          + "with a sample, as Khaitan and Banerjee (2026) call the method; a high AUROC does not "
          + "make one of them a detector to rely on. The other "
          + "\(Detector.all.count - own.count) are the field's."),
    ]
    return intro + benchmarks.flatMap(blocks) + [
      .folded("Every detector in every layer", [.markup(table.html)])
    ]
  }

  private func blocks(_ benchmark: DetectorBenchmark) -> [Block] {
    let (inside, reference) = (name(ofRun: benchmark.inside), name(ofRun: benchmark.reference))
    let words = benchmark.comparisons.indices.map { index -> Markup in
      "<li>\(sentence(benchmark, index))</li>"
    }.joined()
    return [
      .heading("'\(inside)' in distribution, detectors taught by '\(reference)'"),
      .text(winners(benchmark)), .markup("<ul>\(words)</ul>"),
      .figures(
        [grid(benchmark)],
        caption: "AUROC of every detector against every other run, by the mean, best first. Bold "
          + "names are Engram's own; the best of each run is framed. Look for rows that are purple "
          + "throughout: orange is worse than chance."),
      .figures(
        benchmark.comparisons.indices.map { chart(benchmark, $0) },
        caption: "ROC curves of the best detector, of Engram's best and of max-softmax. Look for "
          + "curves that rise along the left edge; on the dashed line a detector guesses, below it "
          + "it is fooled."),
      .markup(standing(benchmark).html),
    ]
  }

  /// "energy 0.912 [0.901, 0.923]".
  private static func text(_ result: DetectorResult) -> String {
    result.name + " " + rated(result)
  }

  private static func rated(_ result: DetectorResult) -> String {
    NumberText.fixed(result.auroc, decimals: 3) + " " + interval(result)
  }

  private static func interval(_ result: DetectorResult) -> String {
    "[\(NumberText.fixed(result.interval.low, decimals: 3)), "
      + "\(NumberText.fixed(result.interval.high, decimals: 3))]"
  }

  /// "foreign: mnist:test", "pgd:eps=8/255", or both.
  private func kind(ofRun id: Int, beside inside: Int) -> String {
    func info(_ id: Int) -> RunInfo? { data.runs.first { $0.info.id == id }?.info }
    guard let other = info(id), let clean = info(inside) else { return "" }
    let parts =
      (other.family == clean.family ? [] : ["other data: \(other.dataset)"])
      + (other.perturbation == "none" ? [] : [other.perturbation])
    return " (\(parts.joined(separator: ", ")))"
  }

  /// Which detector is first against how many of the other runs, and on average.
  private func winners(_ benchmark: DetectorBenchmark) -> String {
    var wins: [String: [String]] = [:]
    for (index, one) in benchmark.comparisons.enumerated() {
      guard let best = benchmark.ranked(index).first else { continue }
      wins[best.detector, default: []].append("'\(name(ofRun: one.outside))'")
    }
    let order = wins.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let list = order.map { detector, runs in
      "\(detector) against \(runs.joined(separator: ", "))"
    }.joined(separator: "; ")
    guard benchmark.comparisons.count > 1, let first = benchmark.rows.first,
      let own = benchmark.rows.firstIndex(where: { $0.sample?.isEngrams == true })
    else { return "First of \(benchmark.rows.count) detectors: \(list)." }
    return
      "First of \(benchmark.rows.count) detectors: \(list). By mean AUROC \(first.detector) is "
      + "first with \(NumberText.fixed(first.mean, decimals: 3))"
      + (own == 0
        ? "."
        : "; the first of Engram's own, \(benchmark.rows[own].detector), is number \(own + 1) with "
          + "\(NumberText.fixed(benchmark.rows[own].mean, decimals: 3)).")
  }

  /// Which detector wins against one other run, and where Engram's best stands.
  private func sentence(_ benchmark: DetectorBenchmark, _ index: Int) -> String {
    let outside = benchmark.comparisons[index].outside
    let start = "'\(name(ofRun: outside))'" + kind(ofRun: outside, beside: benchmark.inside) + ": "
    let ranked = benchmark.ranked(index)
    guard let best = ranked.first else { return start + "no score." }
    let lead = start + "\(Self.text(best)) is first of \(ranked.count)"
    func verdict(_ other: DetectorResult, _ apart: String) -> String {
      best.isToldApart(from: other) ? apart : "not told apart by these samples"
    }
    guard let own = ranked.firstIndex(where: \.isEngrams) else {
      return lead + "; none of Engram's own scored it."
    }
    if own == 0 {
      guard let other = ranked.first(where: { !$0.isEngrams }) else {
        return lead + "; none of the field's scored it."
      }
      return lead + ", one of Engram's own; the best of the field's is \(Self.text(other)): "
        + verdict(other, "behind, and the intervals do not overlap") + "."
    }
    let end = ranked[own].auroc < 0.5 ? ", and worse than chance" : ""
    return lead + "; Engram's best, \(Self.text(ranked[own])), is number \(own + 1): "
      + verdict(ranked[own], "behind, and the intervals do not overlap") + end + "."
  }

  private func grid(_ benchmark: DetectorBenchmark) -> Figure {
    let inside = name(ofRun: benchmark.inside)
    let reference = name(ofRun: benchmark.reference)
    let isMany = benchmark.comparisons.count > 1
    let others = benchmark.comparisons.map { name(ofRun: $0.outside) }
    var csv = FigureData(
      "run", "other_run", "reference_run", "detector", "layer", "auroc", "auroc_low", "auroc_high",
      "mean_auroc")
    let rows = benchmark.rows.map { row -> ShareGrid.Row in
      let label = row.sample?.name ?? row.detector
      var cells = zip(row.results, others).map { result, other in
        result.map { result -> ShareGrid.Cell in
          csv.add(
            .text(inside), .text(other), .text(reference), .text(result.detector),
            .text(result.layer), .number(result.auroc), .number(result.interval.low),
            .number(result.interval.high), .number(row.mean))
          return ShareGrid.Cell(
            value: result.auroc,
            hover: "\(label), '\(inside)' against '\(other)': \(Self.rated(result))")
        }
      }
      if isMany {
        cells.append(
          ShareGrid.Cell(
            value: row.mean,
            hover: "\(label), mean: \(NumberText.fixed(row.mean, decimals: 3))"))
      }
      return ShareGrid.Row(
        name: label, isMarked: row.sample?.isEngrams == true, cells: cells)
    }
    let grid = ShareGrid(
      title: "AUROC, '\(inside)' against", columns: others + (isMany ? ["mean"] : []), rows: rows,
      scaleTitle: "AUROC, 0.5 by chance")
    return Figure("auroc", inside, "taught by", reference, svg: grid.svg(), data: csv)
  }

  private func chart(_ benchmark: DetectorBenchmark, _ index: Int) -> Figure {
    let one = benchmark.comparisons[index]
    let best = benchmark.ranked(index).first?.detector
    var csv = FigureData(
      "detector", "layer", "auroc", "false_positive_rate", "true_positive_rate")
    let series = benchmark.drawn(index).map { result -> RocChart.Series in
      for point in result.curve {
        csv.add(
          .text(result.detector), .text(result.layer), .number(result.auroc),
          .number(point.falsePositive), .number(point.truePositive))
      }
      // A part has one look on the whole page, whichever detector plays it.
      let isEngrams = result.isEngrams
      let isBest = result.detector == best
      let style = RunStyle(isEngrams ? 1 : isBest ? 0 : 6)
      let part = isBest ? "best: " : isEngrams ? "Engram's: " : ""
      return RocChart.Series(
        name: part + "\(result.name) \(NumberText.fixed(result.auroc, decimals: 3))", style: style,
        points: result.curve)
    }
    let (inside, outside) = (name(ofRun: one.inside), name(ofRun: one.outside))
    let chart = RocChart(title: "\(inside) against \(outside)", series: series)
    return Figure("roc", inside, "against", outside, svg: chart.svg(), data: csv)
  }

  /// The rank of every one of Engram's own scores, beside the best.
  private func standing(_ benchmark: DetectorBenchmark) -> Table {
    var table = Table(
      caption: "Where Engram's own scores stand",
      columns: [
        "other run", "score", "layer", "rank", "AUROC", "95 % interval", "beside the best",
      ])
    for (index, one) in benchmark.comparisons.enumerated() {
      let ranked = benchmark.ranked(index)
      guard let best = ranked.first else { continue }
      for (place, result) in ranked.enumerated() where result.isEngrams {
        table.add([
          .text(name(ofRun: one.outside)), .text(result.detector), .text(result.layer),
          .number("\(place + 1) of \(ranked.count)"),
          .number(NumberText.fixed(result.auroc, decimals: 3)), .number(Self.interval(result)),
          .text(
            place == 0
              ? "the best"
              : best.isToldApart(from: result)
                ? "behind \(best.detector)" : "not told apart from \(best.detector)"),
        ])
      }
    }
    return table
  }

  private var table: Table {
    var table = Table(
      caption: "All layers",
      columns: [
        "clean run", "other run", "taught by", "detector", "layer", "AUROC", "95 % interval",
        "FPR at 95 % TPR", "AUPR", "samples",
      ])
    for one in data.detections {
      for result in one.results {
        table.add([
          .text(name(ofRun: one.inside)), .text(name(ofRun: one.outside)),
          .text(name(ofRun: one.reference)),
          .text(result.detector + (result.isEngrams ? " (Engram's)" : "")), .text(result.layer),
          .number(NumberText.fixed(result.auroc, decimals: 3)), .number(Self.interval(result)),
          .number(NumberText.percent(result.falsePositives)),
          .number(NumberText.short(result.aupr)),
          .number("\(result.samples.inside) + \(result.samples.outside)"),
        ])
      }
    }
    return table
  }
}
