// The runs command: what a warehouse holds, how far each run has come and what it takes.

import Basics
import CommandLineTool
import Warehouse

let runsCommand = Command(
  name: "engram-ingest runs",
  purpose: "Lists the runs of a warehouse with their state and their sizes by table.",
  usage: ["engram-ingest runs WAREHOUSE [options]"],
  options: [
    Option("format", "FORMAT", "of the list: table, csv, json, jsonl", default: "table")
  ],
  examples: [
    ("what is in there", "engram-ingest runs w.db"),
    (
      "the largest run", "engram-ingest runs w.db --format jsonl | jq -s 'max_by(.total_bytes).run'"
    ),
  ],
  run: runs
)

@Sendable private func runs(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  var rows: [[Cell]] = []
  for run in try warehouse.runs() {
    let sizes = try warehouse.sizes(run: run.id)
    let samples = try warehouse.committedSamples(run: run.id)
    let unreadable = try warehouse.unreadableSamples(run: run.id)
    rows.append(
      [
        .text(run.name), .text(try warehouse.model(run.modelID).name),
        .text(try warehouse.dataSet(run.dataSetID).name), .text(state(of: run, samples)),
        .integer(samples - unreadable),
        .text(run.hasBits ? run.bitsets.rawValue : ActivationPolicy.omitted.rawValue),
        .text(run.profiles.rawValue),
      ]
        + ["prediction", "activation", "significance", "class_profile"].map {
          .integer(sizes.tables[$0] ?? 0)
        } + [.integer(sizes.measures), .integer(sizes.total)])
  }
  try printRows(
    [
      "run", "model", "data", "state", "samples", "bitsets", "profiles", "prediction_bytes",
      "activation_bytes", "significance_bytes", "profile_bytes", "measure_bytes", "total_bytes",
    ], rows, format: format)
  let file = try warehouse.fileBytes()
  let weights = try warehouse.weightBytes()
  let thumbnails = try warehouse.thumbnailBytes()
  let shared =
    ["\(byteSize(weights)) of it weights"]
    + (thumbnails > 0 ? ["\(byteSize(thumbnails)) thumbnails that runs share"] : [])
  note(
    "\(path): \(byteSize(file.all)), \(shared.joined(separator: ", ")), \(byteSize(file.free)) free"
  )
}

/// How far a run has come, with its part where it is one.
func state(of run: Stored<RunRecord>, _ samples: Int) -> String {
  let part = run.shard.map { "part \($0)" }
  if run.completedAt != nil { return part ?? "complete" }
  let missing =
    samples < run.range.count ? "\(samples) of \(run.range.count) samples" : "not measured"
  return [part, missing].compactMap(\.self).joined(separator: ", ")
}

/// Names with commas between them, of an option that may be given several times.
func runNames(_ option: String, of arguments: Arguments) throws -> [String] {
  var names: [String] = []
  for name in arguments.strings(option).flatMap({
    $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }) {
    guard !name.isEmpty else {
      throw UsageError("--\(option) takes names with commas between them, found an empty one")
    }
    guard !names.contains(where: name.hasBytes(of:)) else {
      throw UsageError("--\(option): run '\(name)' is given twice")
    }
    names.append(name)
  }
  return names
}

/// - Throws: where there is no such run, with those there are and the nearest.
func run(named name: String, in warehouse: borrowing Warehouse) throws -> Stored<RunRecord> {
  let runs = try warehouse.runs()
  if let run = runs.first(where: { $0.name.hasBytes(of: name) }) { return run }
  throw UnknownRun(
    description: "\(warehouse.path): " + unknown("run", name, known: runs.map(\.name)))
}

private struct UnknownRun: Error, CustomStringConvertible {
  let description: String
}
