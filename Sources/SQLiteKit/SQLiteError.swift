// What SQLite refused, and the result codes that callers tell apart. The other codes stay numbers.

internal import CSQLite
internal import Glibc

/// A failed call: SQLite's code and message, and the SQL it was about, where there was any.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
  /// Primary result code, one of `SQLiteCode` or another of https://sqlite.org/rescode.html.
  package let code: Int32
  package let extendedCode: Int32
  package let message: String
  package let sql: String?

  package init(extendedCode: Int32, message: String, sql: String? = nil) {
    self.code = extendedCode & 0xFF
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
  }

  /// What a connection says of its last failure, with the system's reason where a file could not be read or written.
  static func message(of connection: OpaquePointer?, _ extendedCode: Int32) -> String {
    let text = unsafe String(cString: sqlite3_errmsg(connection))
    let number = unsafe sqlite3_system_errno(connection)
    guard extendedCode & 0xFF == SQLITE_IOERR, number != 0 else { return text }
    return unsafe text + ": " + String(cString: strerror(number))
  }

  package var description: String {
    let text = "SQLite error \(extendedCode): \(message)"
    guard let sql else { return text }
    let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return text + " in: " + (line.count > 200 ? line.prefix(200) + " …" : line)
  }
}

package enum SQLiteCode {
  package static let error = SQLITE_ERROR
  package static let busy = SQLITE_BUSY
  package static let readOnly = SQLITE_READONLY
  package static let interrupt = SQLITE_INTERRUPT
  package static let corrupt = SQLITE_CORRUPT
  package static let full = SQLITE_FULL
  package static let cannotOpen = SQLITE_CANTOPEN
  package static let constraint = SQLITE_CONSTRAINT
  package static let range = SQLITE_RANGE
  package static let inputOutput = SQLITE_IOERR
  /// Extended: reading a file, or as much of it as there must be.
  package static let failedReads = [
    SQLITE_IOERR | (1 << 8), SQLITE_IOERR | (2 << 8), SQLITE_IOERR | (33 << 8),
  ]
  package static let notADatabase = SQLITE_NOTADB
  /// Extended: a file in WAL mode whose directory cannot be written.
  package static let readOnlyDirectory = SQLITE_READONLY | (6 << 8)
  /// Extended: the index of a log (-shm) that has to be made or recovered, by one who may not.
  package static let indexNotMade = [
    SQLITE_READONLY | (1 << 8), SQLITE_READONLY | (3 << 8), SQLITE_READONLY | (5 << 8),
  ]
  /// Extended: a row with the same unique key is there already.
  package static let unique = SQLITE_CONSTRAINT | (8 << 8)
}
