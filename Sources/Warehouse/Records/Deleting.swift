// Taking runs out of a warehouse, and giving back the space they took.

internal import SQLiteKit

extension Warehouse {
  /// Takes a run out, and what no other run stands on: samples, weights, data set, model. All or nothing; the
  /// space stays in the file for rows to come.
  package func delete(run id: Int) throws {
    let run = try run(id)
    try told {
      // Debian's SQLite overwrites what is deleted with zeros unless it is told otherwise.
      try connection.execute("pragma secure_delete = off")
      try deleting(run) {
        for table in RunTable.all {
          for column in [table.run] + (table.otherRun.map { [$0] } ?? []) {
            try connection.run("delete from \(table.name) where \(column) = ?", .integer(id))
          }
        }
        try connection.run("delete from run_layer where run_id = ?", .integer(id))
        try connection.run("delete from run where run_id = ?", .integer(id))
        try removeOrphans()
      }
    }
  }

  /// One transaction.
  /// - Throws: `WarehouseError.referredTo` where tables of the user's own keep a row.
  private func deleting(_ run: Stored<RunRecord>, _ body: () throws -> Void) throws {
    do { try removing(body) } catch let error as SQLiteError {
      let tables = error.code == SQLiteCode.constraint ? try referringTables() : []
      throw tables.isEmpty
        ? error : WarehouseError.referredTo(path: path, run: run.name, tables: tables)
    }
  }

  /// One transaction that takes out whatever stands on the rows that it takes out. SQLite would look for such rows by
  /// scanning every table for each of them, which for samples is quadratic; it is left to do so only where tables of the
  /// user's own refer to ours.
  func removing(_ body: () throws -> Void) throws {
    let isOurs = try referringTables().isEmpty
    if isOurs { try connection.execute("pragma foreign_keys = off") }
    do { try connection.transaction(.immediate, body) } catch {
      try connection.execute("pragma foreign_keys = on")
      throw error
    }
    try connection.execute("pragma foreign_keys = on")
  }

  /// Rows that cascade from others which are gone, of tables that are not a run's; part of a transaction.
  func removeDependants() throws {
    let own = try SchemaVersion.definitions(of: SchemaVersion.known)
    let ofRuns = Set(RunTable.all.map(\.name) + ["run", "run_layer"])
    var rows = try connection.prepare(
      """
      select own.name, key."from", key."table", coalesce(key."to", key."table" || '_id')
      from sqlite_schema as own join pragma_foreign_key_list(own.name) as key
      where own.type = 'table' and key.on_delete = 'CASCADE' order by own.rowid, key.id
      """)
    var deletions: [String] = []
    while try rows.step() {
      let (table, column) = (rows.text(0), rows.text(1))
      guard own[table] != nil, !ofRuns.contains(table) else { continue }
      deletions.append(
        """
        delete from \(table) where \(column) is not null
          and \(column) not in (select \(rows.text(3)) from \(rows.text(2)))
        """)
    }
    // What goes may be what others cascade from.
    var isChanged = true
    while isChanged {
      isChanged = false
      for deletion in deletions {
        try connection.run(deletion)
        if try connection.integer("select changes()") != 0 { isChanged = true }
      }
    }
  }

  /// Tables with references to ours that no version of the schema has.
  private func referringTables() throws -> [String] {
    let own = Set(try SchemaVersion.definitions(of: SchemaVersion.known).keys)
    var rows = try connection.prepare(
      """
      select distinct own.name, parent."table" from sqlite_schema as own
      join pragma_foreign_key_list(own.name) as parent where own.type = 'table' order by 1
      """)
    var tables: [String] = []
    while try rows.step() {
      let (name, parent) = (rows.text(0), rows.text(1))
      if !own.contains(name), own.contains(parent), tables.last != name { tables.append(name) }
    }
    return tables
  }

  /// Writes the file anew without its free pages. It takes twice the room of what stays, for a while.
  package func reclaim() throws {
    try told { try connection.execute("vacuum") }
    try settle()
  }
}
