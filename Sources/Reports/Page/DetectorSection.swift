// How well detectors tell attacked, shifted and foreign samples from clean ones, and where Engram's lose.

internal import Analytics

extension ReportPage {
  private static func names(_ detectors: [Detector]) -> [String] { detectors.map(\.name) }

  /// "a, b and c".
  private static func listed(_ detectors: [Detector]) -> String {
    let names = names(detectors)
    return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }

  var detectorSection: [Block] {
    guard !data.detections.isEmpty else {
      return [
        .note(
          "No detector has scored a clean and another run: engram-ingest measure WAREHOUSE --run "
            + "RUN --detect REFERENCE_RUN adds scores, of one run after another.")
      ]
    }
    let intro = Block.note(
      "Scores of samples by what the reference run taught. AUROC: the share of pairs whose clean "
        + "sample looks more familiar, 0.5 by chance. Engram's detectors score patterns of "
        + "interactions (\(Self.names(Detector.all.filter(\.isOfPatterns)).joined(separator: ", "))); "
        + "\(Self.listed(Detector.all.filter { !$0.isOfPatterns })) are the field's yardsticks.")
    let verdicts = data.detections.map { one -> Markup in "<li>\(verdict(one))</li>" }.joined()
    let charts = Block.figures(
      data.detections.map(chart),
      caption: "ROC curves of the best detectors, of Engram's best, of the best yardstick and of "
        + "max-softmax. Look for curves that rise along the left edge; on the dashed line a "
        + "detector guesses, below it it is fooled.")
    return [
      intro, .markup("<ul>\(verdicts)</ul>"), charts,
      .markup(table("Each detector in its best layer", isWhole: false).html),
      .folded("Every detector in every layer", [.markup(table("All layers", isWhole: true).html)]),
    ]
  }

  private func verdict(_ one: DetectorComparison) -> String {
    let pair = "'\(name(ofRun: one.inside))' against '\(name(ofRun: one.outside))': "
    func text(_ result: DetectorResult) -> String {
      "\(result.name) (AUROC \(NumberText.short(result.auroc)))"
    }
    guard let own = one.best(\.isEngrams), let other = one.best({ !$0.isEngrams }) else {
      return pair + (one.results.first.map { "best \(text($0))" } ?? "no score")
    }
    let end = own.auroc < 0.5 ? "; Engram's is worse than chance" : ""
    if own.auroc < other.auroc {
      return pair + "Engram's best, \(text(own)), loses to \(text(other))" + end + "."
    }
    return pair + "Engram's best, \(text(own)), "
      + (own.auroc > other.auroc ? "is ahead of " : "equals ") + text(other) + end + "."
  }

  private func chart(_ one: DetectorComparison) -> Figure {
    let wanted =
      Array(one.results.prefix(3))
      + [
        one.best(\.isEngrams), one.best { !$0.isEngrams },
        one.best { $0.detector == "max-softmax" },
      ].compactMap(\.self)
    var shown: [DetectorResult] = []
    for result in wanted where !shown.contains(where: { $0.name == result.name }) {
      shown.append(result)
    }
    shown.sort { $0.auroc > $1.auroc }
    var csv = FigureData(
      "detector", "layer", "auroc", "false_positive_rate", "true_positive_rate")
    var uses: [String: Int] = [:]
    let series = shown.map { result -> RocChart.Series in
      for point in result.curve {
        csv.add(
          .text(result.detector), .text(result.layer), .number(result.auroc),
          .number(point.falsePositive), .number(point.truePositive))
      }
      // A detector keeps its colour; another layer of it has another dash.
      let color = Detector.all.firstIndex { $0.name == result.detector } ?? Detector.all.count
      let use = uses[result.detector, default: 0]
      uses[result.detector] = use + 1
      return RocChart.Series(
        name: "\(result.name): \(NumberText.short(result.auroc))",
        style: RunStyle(color + RunStyle.count * use),
        points: result.curve)
    }
    let (inside, outside) = (name(ofRun: one.inside), name(ofRun: one.outside))
    let chart = RocChart(title: "\(inside) against \(outside)", series: series)
    return Figure("roc", inside, "against", outside, svg: chart.svg(), data: csv)
  }

  private func table(_ caption: String, isWhole: Bool) -> Table {
    var table = Table(
      caption: caption,
      columns: [
        "clean run", "other run", "taught by", "detector", "layer", "AUROC", "FPR at 95 % TPR",
        "AUPR", "samples",
      ])
    for one in data.detections {
      var seen: Set<String> = []
      for result in one.results where isWhole || seen.insert(result.detector).inserted {
        table.add([
          .text(name(ofRun: one.inside)), .text(name(ofRun: one.outside)),
          .text(name(ofRun: one.reference)),
          .text(result.detector + (result.isEngrams ? " (Engram's)" : "")), .text(result.layer),
          .number(NumberText.short(result.auroc)),
          .number(NumberText.percent(result.falsePositives)),
          .number(NumberText.short(result.aupr)),
          .number("\(result.samples.inside) + \(result.samples.outside)"),
        ])
      }
    }
    return table
  }
}
