// The whole warehouse as a folder of Parquet files, for what reads many of them as one: DuckDB, Spark, Polars, pyarrow. Weights
// stay in the warehouse.

import Analytics
import Basics
import CommandLineTool
import Parquet
import SQLiteKit
import Warehouse

/// One export, from one state of the warehouse.
final class FolderExport {
  let warehouse: Warehouse
  let folder: PartedFolder
  private let runs: [Stored<RunRecord>]
  private let tables: [String]
  /// What a run has not, for it was left out of the file.
  private var missing: [String] = []

  static func export(
    _ arguments: Arguments, to path: String, _ compression: ParquetCompression,
    _ format: OutputFormat
  ) throws {
    let words = try arguments.positionals(named: "WAREHOUSE", "parquet")
    try registerEngramFunctions()
    let known = try FolderTable.names()
    let tables = try names("tables", of: arguments)
    for name in tables ?? [] where !known.contains(name) {
      throw UsageError("--tables: " + unknown("table", name, known: known))
    }
    var warehouse = try Warehouse.open(words[0], mode: .readOnly)
    // One transaction, so that an ingest that goes on is seen in every table or in none.
    try warehouse.connection.execute("begin")
    let stored = try warehouse.runs()
    let wanted = try names("runs", of: arguments)
    for name in wanted ?? [] where !stored.contains(where: { $0.name.hasBytes(of: name) }) {
      throw RequestError(
        description: "--runs: " + unknown("run", name, known: stored.map(\.name)))
    }
    let runs = stored.filter { run in wanted?.contains(where: run.name.hasBytes(of:)) ?? true }
    Interrupt.watch()
    warehouse.stop { Interrupt.isRequested }
    setEngramInterruption { Interrupt.isRequested }
    let folder = try PartedFolder(path, compression)
    let export = FolderExport(warehouse, folder, runs, tables ?? known)
    do {
      try export.write()
    } catch {
      folder.abandon()
      guard Interrupt.isRequested else { throw error }
      throw Interrupted("interrupted; \(path) is not written")
    }
    try folder.finish()
    try export.tell(path, format)
  }

  private init(
    _ warehouse: consuming Warehouse, _ folder: PartedFolder, _ runs: [Stored<RunRecord>],
    _ tables: [String]
  ) {
    (self.folder, self.runs, self.tables) = (folder, runs, tables)
    self.warehouse = warehouse
  }

  static func names(_ option: String, of arguments: Arguments) throws -> [String]? {
    guard arguments.isGiven(option) else { return nil }
    let names = arguments.strings(option).flatMap {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard !names.contains("") else {
      throw UsageError("--\(option) takes names with commas between them, found an empty one")
    }
    return names
  }

  private func write() throws {
    for table in try FolderTable.all() where tables.contains(table.name) { try write(table) }
    for run in runs {
      for layer in try warehouse.layers(run: run.id) {
        if tables.contains("activation") { try writeActivations(run, layer) }
        if tables.contains("significance") { try writeBits(run, layer) }
        if tables.contains("class_profile") { try writeProfiles(run, layer) }
      }
    }
  }

  /// What stands in the names of a run's files.
  func tag(_ run: Stored<RunRecord>) -> String {
    run.shard.map { shard in
      let own = shard.index == shard.last ? "\(shard.index)" : "\(shard.index)to\(shard.last)"
      return "\(own)of\(shard.count)-"
    } ?? ""
  }

  /// What stands in the names of files of no run: the part, where every run of the file is the same one.
  private var commonTag: String {
    Set(runs.map(tag)).count == 1 ? tag(runs[0]) : ""
  }

  private func write(_ table: FolderTable) throws {
    let columns = table.columns.map { (name: $0.name, type: Optional($0.type)) }
    guard table.run != nil else {
      var parts = try folder.parts(table.name, [], tag: commonTag, columns)
      try write(table, of: nil, to: &parts)
      return try parts.end()
    }
    var whole = try folder.parts(table.name, [], tag: commonTag, columns)
    for run in runs {
      guard table.hasParts else {
        try write(table, of: run, to: &whole)
        continue
      }
      var parts = try folder.parts(
        table.name, [("run", run.name)], tag: tag(run), columns)
      try write(table, of: run, to: &parts)
      try parts.end()
    }
    try whole.end()
  }

  private func write(
    _ table: FolderTable, of run: Stored<RunRecord>?, to parts: inout PartedFolder.Parts
  ) throws {
    var rows = try warehouse.connection.prepare(table.select(ofRun: run != nil))
    if let run { try rows.bind(run.id, at: 1) }
    while try rows.step() {
      var row: [ParquetValue] = []
      row.reserveCapacity(table.columns.count)
      for (place, column) in table.columns.enumerated() {
        row.append(try folderValue(rows, place, column.name, column.type, table.name))
      }
      try parts.append(row)
    }
  }

  /// That a run's rows of a table were left out of the warehouse on purpose.
  func leftOut(_ table: String, _ run: Stored<RunRecord>) {
    let line = "left out: \(table) of run \(run.name), which the warehouse has not (copy --without)"
    if !missing.contains(line) { missing.append(line) }
  }

  /// One line a table.
  private func tell(_ path: String, _ format: OutputFormat) throws {
    let output = Output.standard
    var rows = try RowWriter(
      format: format, columns: ["table", "files", "rows", "bytes"], output: output)
    for table in folder.tables.sorted(by: { bytesPrecede($0.name, $1.name) }) {
      try rows.write([
        .text(table.name), .integer(table.files), .integer(table.rows), .integer(table.bytes),
      ])
    }
    try rows.finish()
    try output.finish()
    let empty = tables.filter { name in !folder.tables.contains { $0.name == name } }
    if !empty.isEmpty { note("without rows, and without a folder: " + listed(empty, most: 40)) }
    for (name, why) in FolderTable.leftOut { note("left out: \(name) (\(why))") }
    for line in missing { note(line) }
    note("wrote \(path)")
  }
}

/// A cell of the type that the schema says it has.
func folderValue(
  _ rows: borrowing Statement, _ place: Int, _ name: String, _ type: ParquetType,
  _ table: String
) throws -> ParquetValue {
  switch (rows.type(place), type) {
  case (.null, _): return .null
  case (.integer, .integer): return .integer(Int64(rows.int(place)))
  case (.real, .real): return .real(rows.double(place))
  case (.blob, .blob): return .blob(rows.bytes(place))
  case (.text, .text):
    let text = rows.bytes(place)
    guard String(validating: text, as: UTF8.self) != nil else {
      throw RequestError(
        description: "\(table), column \(name): expected text in UTF-8, found other bytes")
    }
    return .text(text)
  case (let found, _):
    throw RequestError(
      description: "\(table), column \(name): expected \(type.rawValue), found \(found); "
        + "engram-ingest verify says where")
  }
}
