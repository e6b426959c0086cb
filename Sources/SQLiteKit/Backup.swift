// One database copied page for page into another: https://sqlite.org/backup.html. Leaves out: making it smaller.

internal import CSQLite

extension Connection {
  /// Copies one committed state of the main database over that of `target`, while other connections read and write
  /// it: a read transaction holds the state until all pages are copied.
  /// - Parameter isCancelled: Asked every few hundred pages; the copy then fails with `SQLiteCode.interrupt`.
  /// - Throws: what either connection meets; `target` holds nothing of use then.
  package func backUp(
    into target: borrowing Connection, isCancelled: () -> Bool = { false }
  ) throws(SQLiteError) {
    try execute("begin")
    do throws(SQLiteError) {
      // A transaction takes its state when it first reads.
      _ = try first("select count(*) from sqlite_schema")
      try copyPages(into: target, isCancelled)
      // Fails where a file that is read without locks has changed meanwhile.
      _ = try first("select count(*) from sqlite_schema")
    } catch {
      // The first error is the one to tell.
      try? execute("rollback")
      throw error
    }
    try execute("commit")
  }

  private func copyPages(
    into target: borrowing Connection, _ isCancelled: () -> Bool
  ) throws(SQLiteError) {
    guard let backup = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw target.error(unsafe sqlite3_extended_errcode(target.handle))
    }
    var code = SQLITE_OK
    while code == SQLITE_OK, !isCancelled() { code = unsafe sqlite3_backup_step(backup, 256) }
    let end = unsafe sqlite3_backup_finish(backup)
    if code == SQLITE_OK {
      throw SQLiteError(extendedCode: SQLITE_INTERRUPT, message: "interrupted")
    }
    guard code == SQLITE_DONE else { throw target.error(code) }
    guard end == SQLITE_OK else { throw target.error(end) }
  }
}
