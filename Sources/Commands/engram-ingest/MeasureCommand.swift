// The measure command: measures again, over resampled samples, between two runs, by other labels, and of one run as
// another one teaches.

import Analytics
import CommandLineTool
import Warehouse

let measureCommand = Command(
  name: "engram-ingest measure",
  purpose:
    "Computes the measures of runs again, over resampled samples, or between two runs of one network.",
  usage: [
    "engram-ingest measure WAREHOUSE [--run NAME]", "engram-ingest measure WAREHOUSE --between A,B",
    "engram-ingest measure WAREHOUSE --run NAME --by LABELS",
    "engram-ingest measure WAREHOUSE --run NAME --under NAME",
    "engram-ingest measure WAREHOUSE --run NAME --detect NAME",
    "engram-ingest measure WAREHOUSE [--run NAME] --bootstrap R [--bootstrap-seed S]",
  ],
  options: [
    Option("run", "NAME", "measure and complete this run (default: every complete run)"),
    Option("between", "A,B", "compute the divergences between runs A and B, in both directions"),
    Option(
      "by", "LABELS",
      "group the run's samples by what is predicted, by the labels assigned to them in training, or by labels of your own (engram-ingest label): predicted, assigned, NAME"
    ),
    Option("under", "NAME", "score the run's samples by the class profiles of this run"),
    Option(
      "detect", "NAME", "score the run's samples by detectors that this run over others teaches"),
    Option(
      "detectors", "LIST",
      "score by these detectors, with values of their parameters: energy,knn:k=10 (\(Detector.all.filter { !$0.isOfFeatureMaps }.map(\.name).joined(separator: ", ")))",
      default: "all"),
    Option(
      "bootstrap", "R",
      "measure R times over resampled samples, for confidence intervals (default runs: complete, clean)"
    ),
    Option("bootstrap-seed", "S", "of the resampling; runs of one seed are paired", default: "0"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("everything anew", "engram-ingest measure w.db"),
    (
      "how far the stylised images moved every class",
      "engram-ingest measure w.db --between best,stylised"
    ),
    (
      "how far apart the labels that a network memorised are in it",
      "engram-ingest measure w.db --run memorised --by assigned"
    ),
    (
      "what a network separates by labels of your own, beside their floor",
      "engram-ingest label w.db --from scenes.csv --name scene && engram-ingest measure w.db --run best --by scene"
    ),
    (
      "how well stylised images fit what the clean ones activate",
      "engram-ingest measure w.db --run stylised --under best"
    ),
    (
      "how foreign stylised images look to detectors that training images teach",
      "engram-ingest measure w.db --run stylised --detect training"
    ),
    (
      "by some detectors alone, one of them with a parameter of yours",
      "engram-ingest measure w.db --run stylised --detect training --detectors energy,knn:k=10"
    ),
    (
      "confidence intervals for the report's claims", "engram-ingest measure w.db --bootstrap 100"
    ),
  ],
  run: measure
)

@Sendable private func measure(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  let pair = try arguments.string("between").map { text in
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.count == 2, !names.contains("") else {
      throw UsageError("--between takes two run names, A,B, not '\(text)'")
    }
    guard !arguments.isGiven("run") else {
      throw UsageError("--run and --between exclude each other")
    }
    return names
  }
  let profiles = arguments.string("under")
  let grouping = arguments.isGiven("by") ? try arguments.required("by") : nil
  if let grouping, ProfileGrouping.measuredAlways.contains(where: { $0.name == grouping }) {
    throw UsageError("--by: every run is measured by \(grouping) labels already")
  }
  let reference = arguments.string("detect")
  let ofSamples = [("by", "grouped"), ("under", "scored"), ("detect", "scored")]
    .filter { arguments.isGiven($0.0) }
  if let (option, done) = ofSamples.first, !arguments.isGiven("run") {
    throw UsageError("--\(option) needs --run, the run whose samples are \(done)")
  }
  if ofSamples.count > 1 {
    throw UsageError("--\(ofSamples[0].0) and --\(ofSamples[1].0) exclude each other")
  }
  guard !arguments.isGiven("bootstrap") || pair == nil && ofSamples.isEmpty else {
    throw UsageError("--bootstrap excludes --between, --by, --under and --detect")
  }
  guard !arguments.isGiven("detectors") || reference != nil else {
    throw UsageError("--detectors needs --detect, the run that teaches them")
  }
  let detectors = try arguments.required("detectors")
  _ = try usage(try ChosenDetector.parse(detectors))
  guard !arguments.isGiven("bootstrap-seed") || arguments.isGiven("bootstrap") else {
    throw UsageError("--bootstrap-seed needs --bootstrap, the number of replicates")
  }
  let replicates = try arguments.int("bootstrap", in: 2...10_000)
  var rows: [[Cell]] = []
  try changing(path) {
    rows = try measure(
      $0, pair, by: grouping, under: profiles, detecting: reference, replicates: replicates,
      arguments)
  }
  try printRows(["run", "measure", "rows"], rows, format: format)
}

/// What the summary lists.
private func measure(
  _ warehouse: borrowing Warehouse, _ pair: [String]?, by grouping: String?,
  under profiles: String?, detecting reference: String?, replicates: Int?, _ arguments: Arguments
) throws -> [[Cell]] {
  var rows: [[Cell]] = []
  func report(_ name: String, _ summary: MeasureSummary) {
    for line in summary.notes { note("\(name): \(line)") }
    for (table, count) in summary.rows.sorted(by: { $0.key < $1.key }) {
      rows.append([.text(name), .text(table), .integer(count)])
    }
  }
  func isWhole(_ run: Stored<RunRecord>) -> Bool {
    if run.activations == .stored { return true }
    note("\(run.name): its activations were left out; what was measured of it stays as it is")
    return false
  }
  if let replicates {
    let seed = UInt64(try arguments.int("bootstrap-seed") ?? 0)
    let chosen =
      try arguments.string("run").map { [try run(named: $0, in: warehouse)] }
      ?? warehouse.runs().filter {
        $0.completedAt != nil && $0.shard == nil && $0.perturbation == "none" && isWhole($0)
      }
    guard !chosen.isEmpty else {
      throw WarehouseError.unknown(
        path: warehouse.path,
        what: "complete clean run with activations to resample; engram-ingest makes one")
    }
    for run in chosen {
      report(
        run.name, try warehouse.bootstrap(run: run.id, replicates: replicates, seed: seed))
    }
  } else if let pair {
    let (a, b) = (try run(named: pair[0], in: warehouse), try run(named: pair[1], in: warehouse))
    report(
      "\(a.name), \(b.name)",
      try warehouse.measure(between: a.id, and: b.id))
  } else if let grouping, let name = arguments.string("run") {
    let run = try run(named: name, in: warehouse)
    let labels = try warehouse.grouping(named: grouping, of: run, among: ProfileGrouping.askedFor)
    report(run.name, try warehouse.measure(run: run.id, by: labels))
  } else if let profiles, let name = arguments.string("run") {
    let (a, b) = (try run(named: name, in: warehouse), try run(named: profiles, in: warehouse))
    report("\(a.name), \(b.name)", try warehouse.measure(run: a.id, under: b.id))
  } else if let reference, let name = arguments.string("run") {
    let (a, b) = (try run(named: name, in: warehouse), try run(named: reference, in: warehouse))
    report(
      "\(a.name), \(b.name)",
      try warehouse.measure(
        run: a.id, detecting: b.id, detectors: arguments.string("detectors") ?? "all"))
  } else {
    let chosen =
      try arguments.string("run").map { [try run(named: $0, in: warehouse)] }
      ?? warehouse.runs().filter { $0.completedAt != nil && $0.shard == nil && isWhole($0) }
    guard !chosen.isEmpty else {
      throw WarehouseError.unknown(
        path: warehouse.path,
        what: "complete run with activations to measure; engram-ingest makes one")
    }
    for run in chosen {
      report(run.name, try warehouse.measure(run: run.id))
      // A run whose ingest stopped before its measures was lacking nothing else.
      try warehouse.complete(run: run.id)
    }
  }
  try warehouse.settle()
  return rows
}
