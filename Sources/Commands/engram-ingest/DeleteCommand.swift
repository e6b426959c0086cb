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
    if arguments.flag("keep-space") {
      try warehouse.settle()
    } else {
      note("run \(run.name) is deleted; writing the file anew without it")
      do { try warehouse.reclaim() } catch WarehouseError.diskFull, WarehouseError.interrupted {
        let reason = Interrupt.isRequested ? "interrupted" : "the disk is full"
        throw Interrupted(
          "\(path): \(reason); run \(run.name) is deleted, but the file is not written anew: runs to come take its "
            + "space, or 'sqlite3 \(path) vacuum' gives it back")
      }
    }
    row = [
      .text("deleted"), .text(run.name), .integer(samples), .integer(before),
      .integer(try warehouse.fileBytes().all),
    ]
  }
  try printRows(
    ["status", "run", "samples", "file_bytes_before", "file_bytes"], [row], format: format)
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
