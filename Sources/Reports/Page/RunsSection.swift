// Where every number comes from: runs and their provenance.

extension ReportPage {
  var runsSection: [Block] {
    var table = Table(
      caption: "Runs",
      columns: [
        "run", "model", "state", "architecture", "weights", "data set", "perturbation", "samples",
        "accuracy", "mean loss", "without a right answer",
      ])
    for info in data.runs.map(\.info) {
      table.add([
        .text(info.name), .text(info.model), .text(info.state ?? "–"),
        .text("\(info.architecture), \(info.parameters) parameters"),
        .text(String(info.weightsHash.prefix(12))), .text(info.dataset), .text(info.perturbation),
        .number(String(info.samples)), .number(NumberText.percent(info.accuracy)),
        .number(NumberText.short(info.loss)), .text(Self.unanswered(info)),
      ])
    }
    var provenance = Table(
      caption: "Provenance",
      columns: [
        "run", "training record", "preprocessing", "selection", "bits kept", "label permutation",
        "engram", "CPU level", "completed",
      ])
    for info in data.runs.map(\.info) {
      let training = info.training.map { line -> Markup in "\(line)<br>" }.joined()
      provenance.add([
        .text(info.name), info.training.isEmpty ? "–" : .markup(training),
        .text(info.preprocessing), .text(info.selection), .text(info.bitsets),
        .text("seed \(info.permutationSeed)"), .text(info.version), .text(info.cpu),
        .text(info.completed),
      ])
    }
    return [.markup(table.html), .folded("Provenance of every run", [.markup(provenance.html)])]
  }
}

extension ReportPage {
  /// "20 foreign, 5 unlabelled", or a dash.
  static func unanswered(_ info: RunInfo) -> String {
    let parts =
      (info.foreign > 0 ? ["\(info.foreign) foreign"] : [])
      + (info.unlabelled > 0 ? ["\(info.unlabelled) unlabelled"] : [])
    return parts.isEmpty ? "–" : parts.joined(separator: ", ")
  }
}

/// Classes by position, each once.
struct ClassNames {
  let positions: [Int]
  let names: [String]

  init(_ classes: [(position: Int, name: String)]) {
    let byPosition = Dictionary(
      classes.map { ($0.position, $0.name) }, uniquingKeysWith: { first, _ in first })
    positions = byPosition.keys.sorted()
    names = positions.map { byPosition[$0] ?? "" }
  }

  var count: Int { positions.count }
}
