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
        try connection.run("delete from run where run_id = ?", .integer(id))
        try removeOrphans()
      }
    }
  }

  /// One transaction.
  /// - Throws: `WarehouseError.referredTo` where tables of the user's own keep a row.
  private func deleting(_ run: Stored<RunRecord>, _ body: () throws -> Void) throws {
    do { try connection.transaction(.immediate, body) } catch let error as SQLiteError {
      let tables = error.code == SQLiteCode.constraint ? try referringTables() : []
      throw tables.isEmpty
        ? error : WarehouseError.referredTo(path: path, run: run.name, tables: tables)
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
