// The compact command: the bytes of a warehouse that hold nothing, given back.

import CommandLineTool
import Warehouse

let compactCommand = Command(
  name: "engram-ingest compact",
  purpose: "Writes a warehouse anew without its free pages, which deleted runs leave.",
  usage: ["engram-ingest compact WAREHOUSE [options]"],
  options: [
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table")
  ],
  examples: [
    ("what a delete had no room for", "engram-ingest compact w.db"),
    ("the bytes for a script", "engram-ingest compact w.db --format json"),
  ],
  run: compact
)

@Sendable private func compact(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  var row: [Cell] = []
  try changing(path) { warehouse in
    let before = try warehouse.fileBytes()
    if before.free == 0 {
      try warehouse.settle()
    } else {
      do { try warehouse.reclaim() } catch WarehouseError.moved {
        throw WarehouseError.moved(path: path)
      } catch {
        throw Interrupted("\(path): \(reason(error, of: path, bytes: before.all - before.free))")
      }
    }
    let after = try warehouse.fileBytes().all
    row = [
      .text(before.free == 0 ? "unchanged" : "compacted"), .integer(before.all - after),
      .integer(before.all), .integer(after),
    ]
  }
  try printRows(
    ["status", "bytes_given_back", "file_bytes_before", "file_bytes"], [row], format: format)
}

/// What became of the file, whatever ended the work, and what mends it.
private func reason(_ error: any Error, of path: String, bytes: Int) -> String {
  switch error {
  case WarehouseError.unfinished(_, let log):
    "written anew, but another program reads an older state, so \(log) bytes of it stand in \(path)-wal: run the same "
      + "command again when that program is done, and the space is given back"
  case WarehouseError.interrupted: "interrupted; the file is as it was"
  case WarehouseError.diskFull:
    "the disk, or that of temporary files, is full; the file is as it was: expected room for \(byteSize(bytes)) beside it "
      + "and as much for temporary files, which SQLITE_TMPDIR=FOLDER puts elsewhere; 'engram-ingest copy' to another "
      + "disk needs none here"
  default: "the file is as it was (\(error))"
  }
}
