// The delete command: a run out of a warehouse, and its space back.

import CommandLineTool
import Warehouse

let deleteCommand = Command(
  name: "engram-ingest delete",
  purpose: "Takes a run out of a warehouse and gives back the space it took.",
  usage: ["engram-ingest delete WAREHOUSE --run NAME [options]"],
  options: [
    Option("run", "NAME", "the run to take out, with its measures"),
    Option(
      "keep-space", nil, "leave its pages in the file, for runs to come: fast on a large file"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("a run that is no longer wanted", "engram-ingest delete w.db --run stylised"),
    (
      "several runs, the file written anew once",
      "engram-ingest delete w.db --run a --keep-space && engram-ingest delete w.db --run b"
    ),
  ],
  run: delete
)

@Sendable private func delete(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  let name = try arguments.required("run")
  var row: [Cell] = []
  try changing(path) { warehouse in
    let run = try deletedRun(named: name, in: warehouse)
    let samples = try warehouse.committedSamples(run: run.id)
    let before = try warehouse.fileBytes().all
    try warehouse.delete(run: run.id)
    do {
      if arguments.flag("keep-space") {
        try warehouse.settle()
      } else {
        note("run \(run.name) is deleted; writing the file anew without it")
        try warehouse.reclaim()
      }
    } catch {
      throw Interrupted(
        "\(path): run \(run.name) is deleted; \(rest(after: error, of: path))")
    }
    row = [
      .text("deleted"), .text(run.name), .integer(samples), .integer(before),
      .integer(try warehouse.fileBytes().all),
    ]
  }
  try printRows(
    ["status", "run", "samples", "file_bytes_before", "file_bytes"], [row], format: format)
}

/// What is left to do, whatever ended it: the run is gone, so the same command again finds none.
private func rest(after error: any Error, of path: String) -> String {
  let advice = "runs to come take its space, or 'sqlite3 \(path) vacuum' gives it back"
  return switch error {
  case WarehouseError.unfinished:
    "another program reads an older state, so a part of this one stands in \(path)-wal: copy both files, or, when it "
      + "is done, 'sqlite3 \(path) vacuum' makes them one"
  case WarehouseError.interrupted: "interrupted: the file is not written anew; \(advice)"
  case WarehouseError.diskFull:
    "the disk, or that of temporary files, is full: the file is not written anew; \(advice)"
  default: "the file is not written anew (\(error)); \(advice)"
  }
}

/// Where there is no such run, what an earlier start may have left undone is told.
private func deletedRun(
  named name: String, in warehouse: borrowing Warehouse
) throws -> Stored<RunRecord> {
  do { return try run(named: name, in: warehouse) } catch {
    let free = try warehouse.fileBytes().free
    guard free > 1_000_000 else { throw error }
    throw Interrupted(
      "\(error); \(free / 1_000_000) MB of the file are free, as a delete that was stopped leaves them: runs to come "
        + "take them, or 'sqlite3 \(warehouse.path) vacuum' gives them back")
  }
}
