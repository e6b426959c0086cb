// What SQLite refused, and the result codes that callers tell apart. The other codes stay numbers.

internal import CSQLite

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
  package static let notADatabase = SQLITE_NOTADB
  /// Extended: a file in WAL mode whose directory cannot be written.
  package static let readOnlyDirectory = SQLITE_READONLY | (6 << 8)
  /// Extended: a row with the same unique key is there already.
  package static let unique = SQLITE_CONSTRAINT | (8 << 8)
}
