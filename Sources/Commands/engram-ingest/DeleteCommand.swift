// The delete command: a run out of a warehouse, and its space back.

import CommandLineTool
import Warehouse

let deleteCommand = Command(
  name: "engram-ingest delete",
  purpose: "Takes a run out of a warehouse and gives back the space it took.",
  usage: [
    "engram-ingest delete WAREHOUSE --run NAME [options]",
    "engram-ingest delete WAREHOUSE --orphans [options]",
  ],
  options: [
    Option("run", "NAME", "the run to take out, with its measures"),
    Option(
      "orphans", nil,
      "take out only the samples, weights, data sets and models that no run stands on"),
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
  let areOrphans = arguments.flag("orphans")
  guard !areOrphans || arguments.string("run") == nil else {
    throw UsageError("--orphans takes no run out: give one of --run and --orphans")
  }
  let name = areOrphans ? nil : try arguments.required("run")
  var row: [Cell] = []
  try changing(path) { warehouse in
    let before = try warehouse.fileBytes().all
    let (what, samples) =
      try name.map { try deleteRun(named: $0, in: warehouse) } ?? deleteOrphans(in: warehouse)
    guard let what else {
      note("\(path): there is nothing that no run stands on")
      row = [.text("unchanged"), .null, .null, .integer(before), .integer(before)]
      return
    }
    do {
      if arguments.flag("keep-space") {
        note(what)
        try warehouse.settle()
      } else {
        note("\(what); writing the file anew without it")
        try warehouse.reclaim()
      }
    } catch {
      throw Interrupted(
        "\(path): \(what); \(rest(after: error, of: path))")
    }
    row = [
      .text("deleted"), name.map(Cell.text) ?? .null, samples.map(Cell.integer) ?? .null,
      .integer(before), .integer(try warehouse.fileBytes().all),
    ]
  }
  try printRows(
    ["status", "run", "samples", "file_bytes_before", "file_bytes"], [row], format: format)
}

private func deleteRun(
  named name: String, in warehouse: borrowing Warehouse
) throws -> (what: String?, samples: Int?) {
  let run = try deletedRun(named: name, in: warehouse)
  let samples = try warehouse.committedSamples(run: run.id)
  try warehouse.delete(run: run.id)
  return ("run \(run.name) is deleted", samples)
}

private func deleteOrphans(
  in warehouse: borrowing Warehouse
) throws -> (what: String?, samples: Int?) {
  let orphans = try warehouse.orphans()
  guard !orphans.isEmpty else { return (nil, nil) }
  try warehouse.deleteOrphans()
  return ("what no run stands on is deleted: " + orphans.joined(separator: ", "), nil)
}

/// What is left to do, whatever ended it: the run is gone, so the same command again finds none.
private func rest(after error: any Error, of path: String) -> String {
  let advice = "runs to come take its space, or 'engram-ingest compact \(path)' gives it back"
  return switch error {
  case WarehouseError.unfinished(_, let bytes):
    "another program reads an older state, so a part of this one stands in \(path)-wal (\(bytes) bytes): "
      + "'engram-ingest copy' makes one file of both, or, when it is done, 'engram-ingest compact \(path)' does"
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
        + "take them, or 'engram-ingest compact \(warehouse.path)' gives them back")
  }
}
