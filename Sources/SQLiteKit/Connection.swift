// One connection to one database file. Opening stands in Opening.swift, statements in Statement.swift.

internal import CSQLite

/// Owns a connection; closing waits, if it must, until the last of its statements is gone.
/// Opened in SQLite's serialised mode, so a connection may move to, or be used from, any thread; one that is opened as not
/// shared may move, too, but who opened it sees to it that one thread uses it at a time.
@safe package struct Connection: ~Copyable, @unchecked Sendable {
  /// SQLite's own handle, for what this module does not offer (registering functions).
  package let handle: OpaquePointer
  package let path: String
  /// Set where the file is read without locks.
  var file: UnchangedFile?
  private var progress: Unmanaged<ProgressHandler>?
  let statements = KeptStatements()
  let sweeps = Sweeps()

  init(owning handle: OpaquePointer, path: String) {
    unsafe self.handle = handle
    self.path = path
    unsafe progress = nil
  }

  deinit {
    unsafe sqlite3_progress_handler(handle, 0, nil, nil)
    unsafe progress?.release()
    // v2: statements that are still alive keep the connection until they are finalised.
    unsafe sqlite3_close_v2(handle)
  }

  package var isReadOnly: Bool { unsafe sqlite3_db_readonly(handle, "main") == 1 }
  package var lastInsertRowID: Int { Int(unsafe sqlite3_last_insert_rowid(handle)) }
  /// Rows changed by the most recent insert, update or delete.
  package var changes: Int { Int(unsafe sqlite3_changes64(handle)) }
  package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  /// Whether the file has been renamed, replaced or deleted since it was opened.
  package var hasMoved: Bool {
    get throws(SQLiteError) {
      var moved: Int32 = 0
      let code = unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
      guard code == SQLITE_OK else { throw error(code) }
      return moved != 0
    }
  }

  /// Asks the disk to take what was written to the database file, and waits for it. A failure is SQLite's to find when it does
  /// the same.
  package func syncFile() {
    var file: UnsafeMutablePointer<sqlite3_file>?
    guard
      unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK,
      let file = unsafe file, let methods = unsafe file.pointee.pMethods
    else { return }
    _ = unsafe methods.pointee.xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY)
  }

  /// Makes whatever runs on this connection fail with `SQLiteCode.interrupt`. From any thread.
  package func interrupt() { unsafe sqlite3_interrupt(handle) }

  /// How long a call waits for another connection's lock before it fails with `SQLiteCode.busy`.
  package func setBusyTimeout(milliseconds: Int) {
    unsafe sqlite3_busy_timeout(handle, Int32(clamping: milliseconds))
  }

  /// Calls `body` about every `instructions` steps of SQLite's virtual machine; when it answers
  /// false the running statement fails with `SQLiteCode.interrupt`. nil removes it.
  package mutating func setProgressHandler(
    every instructions: Int = 500, _ body: (@Sendable () -> Bool)?
  ) {
    unsafe sqlite3_progress_handler(handle, 0, nil, nil)
    unsafe progress?.release()
    unsafe progress = nil
    guard let body else { return }
    let box = unsafe Unmanaged.passRetained(ProgressHandler(body))
    unsafe progress = box
    unsafe sqlite3_progress_handler(
      handle, Int32(clamping: instructions),
      { unsafe Unmanaged<ProgressHandler>.fromOpaque($0!).takeUnretainedValue().body() ? 0 : 1 },
      box.toOpaque())
  }

  /// Runs every statement of `sql`, rows ignored.
  package func execute(_ sql: String) throws(SQLiteError) {
    var rest = sql[...]
    while var statement = try prepareNext(&rest) {
      while try statement.step() {}
    }
  }

  /// Runs one statement with its parameters in order, rows ignored.
  package func run(_ sql: String, _ values: Value...) throws(SQLiteError) {
    var statement = try prepare(sql)
    try statement.bind(values)
    while try statement.step() {}
  }

  /// The first column of the first row; nil when there is no row.
  package func first(_ sql: String, _ values: Value...) throws(SQLiteError) -> Value? {
    var statement = try prepare(sql)
    try statement.bind(values)
    return try statement.step() ? statement.value(0) : nil
  }

  /// The first column of the first row as an integer; nil when there is no row or it is null.
  package func integer(_ sql: String, _ values: Value...) throws(SQLiteError) -> Int? {
    var statement = try prepare(sql)
    try statement.bind(values)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.int(0)
  }

  package enum TransactionKind: String { case deferred, immediate, exclusive }

  /// Runs `body` in one transaction: committed when it returns, rolled back when it throws.
  /// An immediate one takes the write lock at its start, so waiting for other writers happens there.
  /// Within another one it is a part of that: what it did is undone when it throws, and kept when the other is.
  package func transaction<T>(
    _ kind: TransactionKind = .immediate, _ body: () throws -> T
  ) throws -> T {
    let isPart = isInTransaction
    try execute(isPart ? "savepoint part" : "begin \(kind.rawValue)")
    do {
      let result = try body()
      try execute(isPart ? "release part" : "commit")
      return result
    } catch {
      // SQLite has rolled back by itself after some errors (disk full, out of memory):
      // https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
      if isInTransaction { try? execute(isPart ? "rollback to part; release part" : "rollback") }
      throw error
    }
  }

  func error(_ extendedCode: Int32, sql: String? = nil) -> SQLiteError {
    let message = unsafe SQLiteError.message(of: handle, extendedCode)
    return SQLiteError(extendedCode: extendedCode, message: message, sql: sql)
  }
}

private final class ProgressHandler: Sendable {
  let body: @Sendable () -> Bool
  init(_ body: @escaping @Sendable () -> Bool) { self.body = body }
}
