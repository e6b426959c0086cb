// The merge command: parts of runs and whole runs from several warehouses into one.

import CommandLineTool
import Warehouse

let mergeCommand = Command(
  name: "engram-ingest merge",
  purpose: "Merges the parts of a run, and whole runs, from several warehouses into one.",
  usage: ["engram-ingest merge WAREHOUSE PART... [options]"],
  options: [
    Option(
      "partial", nil,
      "parts that follow each other may be less than the run: they make one part of it, to be merged with the others"
    ),
    Option(
      "profiles-only", nil,
      "keep class counts and measures, predictions and samples; leave every sample's x, z and bits in the parts"
    ),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    (
      "three parts, each made with --shard 1/3, 2/3, 3/3",
      "engram-ingest merge w.db part1.db part2.db part3.db"
    ),
    (
      "the first two of three, to be merged with the third",
      "engram-ingest merge part1-2.db part1.db part2.db --partial"
    ),
    (
      "what was counted and measured of them, without their samples",
      "engram-ingest merge small.db part1.db part2.db part3.db --profiles-only"
    ),
    ("two studies in one file", "engram-ingest merge both.db a.db b.db"),
    ("what was measured in one of them since", "engram-ingest merge both.db a.db"),
  ],
  run: merge
)

@Sendable private func merge(_ arguments: Arguments) throws {
  let format = try outputFormat(arguments)
  guard arguments.positionals.count >= 2, let path = arguments.positionals.first else {
    throw UsageError("expected WAREHOUSE PART..., the file to write and the files to merge")
  }
  let parts = Array(arguments.positionals.dropFirst())
  if let same = parts.first(where: { isSameFile($0, path) }) {
    throw UsageError("\(same): the file to write cannot be one of the parts")
  }
  let plan = try Merge(
    parts, isPartial: arguments.flag("partial"), keepsSamples: !arguments.flag("profiles-only"))
  var rows: [[Cell]] = []
  func write() throws {
    var warehouse = try Warehouse.open(path, mode: .create, pageSize: plan.pageSize)
    warehouse.stop { Interrupt.isRequested }
    if let line = warehouse.migrationNote { note(line) }
    let observer = MergeObserver(stage: { note($0) })
    for summary in try plan.write(into: warehouse, observer: observer) {
      for line in summary.notes { note(line) }
      rows.append([
        .text(summary.status.rawValue), .text(summary.run), .integer(summary.samples),
        .integer(summary.files),
        .text(summary.brought.map { "\($0.table) \($0.rows)" }.joined(separator: ", ")),
      ])
    }
  }
  Interrupt.watch()
  let isDone: Void? = try WriterLock.holding(
    path, isMade: true, waiting: { note(waiting(for: path)) },
    isCancelled: { Interrupt.isRequested }, do: write)
  if isDone == nil { throw Interrupted("interrupted; nothing was merged") }
  try printRows(["status", "run", "samples", "files", "new rows"], rows, format: format)
}
