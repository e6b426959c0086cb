// Export of rows: what a name or SQL stands for, as Parquet, NumPy arrays, CSV or JSON lines.

import Basics
import CommandLineTool
import Parquet
import Queries
import SQLiteKit
import Warehouse

enum ExportedRows {
  /// - Parameter names: Options that are a saved query's parameters here.
  static func export(
    _ arguments: Arguments, to path: String, _ ending: String, _ compression: ParquetCompression,
    ofArrays names: [String]
  ) throws {
    let blobs = try BlobForm(arguments)
    guard [".csv", ".jsonl"].contains(ending) || !arguments.isGiven("blobs") else {
      throw UsageError("--blobs is of .csv and .jsonl; --output \(path) has none as text")
    }
    let given = names.compactMap { name in
      arguments.isGiven(name) ? arguments.string(name).map { (name: name, value: $0) } : nil
    }
    let (what, query, sql) = try source(arguments)
    let request = try Request(
      arguments.positionals[0], query, sql: sql, options: given + arguments.others,
      arguments.strings("param"))
    try QueryCommand.ask(request) { warehouse in
      let output = try Output(path: path)
      var count = 0
      var notes: [String] = []
      switch ending {
      case ".parquet":
        count = try request.answer(from: warehouse) { statement in
          try ParquetRows(of: statement, in: warehouse).write(&statement, compression, to: output)
        }
      case ".npz":
        count = try request.answer(from: warehouse) { statement in
          let rows = try ParquetRows(of: statement, in: warehouse)
          let (count, found) = try NumPyRows(rows, for: path).write(&statement, to: output, path)
          notes = found
          return count
        }
      case ".csv": count = try request.write(.csv, from: warehouse, to: output, blobs: blobs)
      default: count = try request.write(.jsonl, from: warehouse, to: output, blobs: blobs)
      }
      try output.finish()
      for line in notes { note(line) }
      note("wrote \(path): \(what), \(count) row\(count == 1 ? "" : "s")")
      if count == 0 {
        note(try request.emptyNote(warehouse))
      } else if ![".csv", ".jsonl"].contains(ending) {
        try request.tellDefaults(warehouse)
      }
    }
  }

  /// A saved query where one has the name, as `engram-query WAREHOUSE NAME` answers; else a table or view.
  private static func source(
    _ arguments: Arguments
  ) throws -> (what: String, query: SavedQuery?, sql: String) {
    if let sql = arguments.string("sql") {
      _ = try arguments.positionals(named: "WAREHOUSE")
      return ("SQL", nil, sql)
    }
    let words = try arguments.positionals(named: "WAREHOUSE", "NAME")
    if let query = try SavedQuery.named(words[1]) {
      return ("query \(query.name)", query, query.sql)
    }
    let warehouse = try Warehouse.open(words[0], mode: .readOnly)
    var rows = try warehouse.connection.prepare(
      """
      select name, type from sqlite_schema
      where type in ('table', 'view') and name not like 'sqlite~_%' escape '~' order by name
      """)
    var known: [String] = []
    while try rows.step() {
      known.append(rows.text(0))
      guard known[known.count - 1].hasBytes(of: words[1]) else { continue }
      let quoted = words[1].split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"")
      return ("\(rows.text(1)) \(words[1])", nil, "select * from \"\(quoted)\"")
    }
    let queries = try SavedQuery.all()
    throw UsageError(
      QuerySearch.unknown(
        "table, view or saved query", words[1], known: known + queries.map(\.name), queries))
  }
}
