// What a table is in a folder of Parquet files: its columns with keys and names in place of ids, and the run that parts are
// of. It follows from the schema's columns and foreign keys, so that a table that comes new is there by itself. Vectors, bits and
// counts have columns of their own (FolderSamples, FolderProfiles).

import Parquet
import SQLiteKit
import Warehouse

/// A column of a folder's table.
struct FolderColumn {
  let name: String
  let type: ParquetType
  /// Over the tables that `FolderTable.source` joins.
  let sql: String
}

/// A table of a folder, as SQL over the warehouse.
struct FolderTable {
  let name: String
  let columns: [FolderColumn]
  /// The tables that columns are from: the table itself is `own`.
  let source: String
  /// The column with the run that rows are of; nil where they are of none.
  let run: String?
  /// Whether each run has a folder of its own, and no column says which it is.
  let hasParts: Bool
  /// Columns of an index that gives rows in one order, whatever else is in the file.
  private let order: [String]

  /// Rows of one run, ?1, or all where they are of none.
  func select(ofRun: Bool) -> String {
    "select " + columns.map(\.sql).joined(separator: ", ") + " from \(source)"
      + (ofRun ? " where own.\(run ?? "run_id") = ?1" : "") + " order by "
      + order.map { "own." + $0 }.joined(separator: ", ")
  }

  /// The tables of the warehouse that have none in a folder, and why.
  static let leftOut = [
    (name: "layer_weight", why: "weights stay in the warehouse"),
    (name: "run_layer", why: "the table layer has a row for each"),
    (name: "activation_index", why: "it finds samples in this file alone"),
  ]

  /// Those whose blobs are made columns of.
  static let ofBlobs = ["activation", "significance", "class_profile"]

  /// Every other table of this version's schema, in the order in which it makes them.
  static func all() throws -> [FolderTable] {
    let schema = try Warehouse.open(":memory:", mode: .create)
    let omitted = leftOut.map(\.name) + ofBlobs
    return try names(of: schema.connection).filter { !omitted.contains($0) }.map {
      try FolderTable($0, of: schema.connection)
    }
  }

  /// Every table that a folder may have.
  static func names() throws -> [String] {
    let schema = try Warehouse.open(":memory:", mode: .create)
    return try names(of: schema.connection).filter { name in !leftOut.contains { $0.name == name } }
  }

  private static func names(of schema: borrowing Connection) throws -> [String] {
    var rows = try schema.prepare(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite~_%' escape '~'"
    )
    var names: [String] = []
    while try rows.step() { names.append(rows.text(0)) }
    return names.sorted()
  }

  /// How rows of a table are named where their ids mean nothing: what follows a reference's own name, and the column.
  private static let keys: [String: [(suffix: String, column: String, type: ParquetType)]] = [
    "class": [("", "key", .text), ("_position", "position", .integer), ("_name", "name", .text)],
    // Names of data sets may repeat.
    "dataset": [("", "name", .text), ("_fingerprint", "fingerprint", .text)],
    "detector": [("", "name", .text)],
    "labelling": [("", "name", .text)],
    "layer": [("", "name", .text), ("_position", "position", .integer)],
    "model": [("", "name", .text)],
    "run": [("", "name", .text)],
    "sample": [("", "key", .text), ("_position", "position", .integer)],
  ]

  /// What else a row says of what it refers to.
  private static let more: [String: [FolderColumn]] = [
    "run": [
      FolderColumn(name: "architecture", type: .text, sql: "model_id_row.architecture"),
      FolderColumn(name: "weights_sha256", type: .text, sql: "model_id_row.weights_sha256"),
    ],
    "layer": [
      FolderColumn(name: "n_interactions", type: .integer, sql: "own.n_out * own.n_cols")
    ],
  ]

  private init(_ table: String, of schema: borrowing Connection) throws {
    var references: [String: String] = [:]
    var keys = try schema.prepare("select \"from\", \"table\" from pragma_foreign_key_list(?)")
    try keys.bind(table, at: 1)
    while try keys.step() { references[keys.text(0)] = keys.text(1) }
    var columns: [FolderColumn] = []
    var joins = ""
    // A layer is captured by many runs.
    if table == "layer" {
      (run, hasParts) = ("run_id", true)
    } else if table == "run" {
      (run, hasParts) = ("run_id", false)
    } else {
      var runs = try schema.prepare(
        """
        select name from pragma_table_xinfo(?) where name in
          (select "from" from pragma_foreign_key_list(?) where "table" = 'run') order by cid
        """)
      try runs.bind([.text(table), .text(table)])
      var found: [String] = []
      while try runs.step() { found.append(runs.text(0)) }
      hasParts = found.contains("run_id")
      run = hasParts ? "run_id" : found.first
    }
    var rows = try schema.prepare("select name, type, pk from pragma_table_xinfo(?) order by cid")
    try rows.bind(table, at: 1)
    while try rows.step() {
      let name = rows.text(0)
      if let other = references[name] {
        if name == "run_id", hasParts { continue }
        guard let named = Self.keys[other] else {
          throw RequestError(
            description: "\(table).\(name) refers to \(other), which has no name for a folder")
        }
        let base = name.hasSuffix("_id") ? String(name.dropLast(3)) : name
        joins += " left join \(other) as \(name)_row on \(name)_row.\(other)_id = own.\(name)"
        for (suffix, column, type) in named where base != "relu_of" || suffix.isEmpty {
          columns.append(
            FolderColumn(name: base + suffix, type: type, sql: "\(name)_row.\(column)"))
        }
        continue
      }
      if rows.int(2) > 0 || name == "checksum" { continue }
      guard let type = ParquetRows.type(declared: rows.text(1)) else {
        throw RequestError(
          description: "\(table).\(name) is \(rows.text(1)), which no column of Parquet is")
      }
      columns.append(
        FolderColumn(
          name: Self.ownName(name, of: table), type: type, sql: "own.\(name)"))
    }
    order = try Self.order(of: table, in: schema)
    self.name = table
    self.columns = columns + (Self.more[table] ?? [])
    source =
      (table == "layer"
        ? """
        (select run_layer.run_id, captured.*, captured.n_in + captured.has_bias as n_cols
          from run_layer cross join layer as captured on captured.layer_id = run_layer.layer_id) as own
        """ : "\(table) as own") + joins
  }

  /// The columns by which the table's rows are told apart, where they are several; else its id.
  private static func order(
    of table: String, in schema: borrowing Connection
  ) throws -> [String] {
    var rows = try schema.prepare(
      """
      select name from (select list.name as index_name from pragma_index_list(?1) as list
        where list."unique" and list.origin = 'u' and not list.partial
          and (select count(*) from pragma_index_info(list.name)) > 1
        order by list.seq desc limit 1), pragma_index_info(index_name)
      order by seqno
      """)
    try rows.bind(table, at: 1)
    var columns: [String] = []
    while try rows.step() { columns.append(rows.text(0)) }
    guard columns.isEmpty else { return columns }
    var keys = try schema.prepare("select name from pragma_table_xinfo(?) order by pk = 0, cid")
    try keys.bind(table, at: 1)
    return try keys.step() ? [keys.text(0)] : []
  }

  /// Runs and layers are named as rows of other tables name them.
  private static func ownName(_ column: String, of table: String) -> String {
    switch (table, column) {
    case ("run", "name"), ("layer", "name"): table
    case ("layer", "position"): "layer_position"
    default: column
    }
  }
}
