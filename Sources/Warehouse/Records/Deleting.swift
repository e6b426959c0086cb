// Taking runs out of a warehouse, and giving back the space they took.

internal import SQLiteKit

extension Warehouse {
  /// Takes a run out, and what no other run stands on: samples, weights, data set, model. All or nothing; the
  /// space stays in the file for rows to come.
  package func delete(run id: Int) throws {
    _ = try run(id)
    try told {
      // Debian's SQLite overwrites what is deleted with zeros unless it is told otherwise.
      try connection.execute("pragma secure_delete = off")
      try connection.transaction {
        try connection.run("delete from run where run_id = ?", .integer(id))
        try removeOrphans()
      }
    }
  }

  /// Writes the file anew without its free pages. It takes twice the room of what stays, for a while.
  package func reclaim() throws {
    try told { try connection.execute("vacuum") }
    try settle()
  }
}
