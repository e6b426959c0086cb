// A prepared statement: stepping and what is known about it. Binding.swift and Columns.swift hold
// what goes in and what comes out.

internal import CSQLite

/// Owns a prepared statement. Parameters count from 1, columns from 0, as in SQLite.
@safe package struct Statement: ~Copyable {
  let handle: OpaquePointer
  /// How many columns it had when it was prepared; where a change of the schema has taken some away these read as null.
  let width: Int
  private let file: UnchangedFile?

  init(owning handle: OpaquePointer, file: UnchangedFile?) {
    unsafe self.handle = handle
    width = Int(unsafe sqlite3_column_count(handle))
    self.file = file
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// The next row, false when there is none. A finished or failed statement starts again with its
  /// parameters as they were.
  package mutating func step() throws(SQLiteError) -> Bool {
    let code = unsafe sqlite3_step(handle)
    if let file {
      // Before a row is handed out, and before damage is reported that is none.
      do { try file.check() } catch {
        unsafe sqlite3_reset(handle)
        throw error
      }
    }
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      unsafe sqlite3_reset(handle)
      return false
    default:
      let error = error(code)
      unsafe sqlite3_reset(handle)
      throw error
    }
  }

  /// Runs to the end, rows ignored.
  package mutating func run() throws(SQLiteError) {
    while try step() {}
  }

  /// Back to before the first row; parameters stay bound.
  package mutating func reset() { unsafe sqlite3_reset(handle) }

  package var sql: String { unsafe String(cString: sqlite3_sql(handle)) }

  /// Whether it leaves the database file as it is (functions with side effects aside).
  package var isReadOnly: Bool { unsafe sqlite3_stmt_readonly(handle) != 0 }

  /// The largest parameter index.
  package var parameterCount: Int { Int(unsafe sqlite3_bind_parameter_count(handle)) }

  /// With its prefix (":class"); nil for a nameless "?".
  package func parameterName(_ index: Int) -> String? {
    guard let name = unsafe sqlite3_bind_parameter_name(handle, Int32(clamping: index))
    else { return nil }
    return unsafe String(cString: name)
  }

  /// The index of ":class", prefix included; nil when the statement has no such parameter.
  package func parameterIndex(_ name: String) -> Int? {
    let index = unsafe sqlite3_bind_parameter_index(handle, name)
    return index == 0 ? nil : Int(index)
  }

  func error(_ extendedCode: Int32) -> SQLiteError {
    let message = unsafe SQLiteError.message(of: sqlite3_db_handle(handle), extendedCode)
    return SQLiteError(extendedCode: extendedCode, message: message, sql: sql)
  }

  func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw error(code) }
  }
}

extension Connection {
  /// Prepares exactly one statement; text with none or with several is an error.
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    var rest = sql[...]
    guard let statement = try prepareNext(&rest) else {
      throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "no SQL statement", sql: sql)
    }
    if rest.utf8.contains(where: { !$0.isSpace }), try prepareNext(&rest) != nil {
      throw SQLiteError(
        extendedCode: SQLITE_MISUSE, message: "more than one SQL statement", sql: sql)
    }
    return statement
  }

  /// Prepares the first statement of `text` and cuts it off; nil when only space and comments are
  /// left. Later statements are not looked at, so they may use tables that earlier ones make.
  package func prepareNext(_ text: inout Substring) throws(SQLiteError) -> Statement? {
    while !text.isEmpty {
      var bytes = Array(text.utf8)
      bytes.append(0)
      var handle: OpaquePointer?
      var consumed = 0
      let code = unsafe bytes.withUnsafeBufferPointer { buffer in
        // Neither nil: an array with a terminating zero has an address.
        let start = unsafe UnsafeRawPointer(buffer.baseAddress!).assumingMemoryBound(
          to: CChar.self)
        var tail: UnsafePointer<CChar>?
        let code = unsafe sqlite3_prepare_v2(
          self.handle, start, Int32(clamping: buffer.count), &handle, &tail)
        consumed = unsafe tail.map { unsafe $0 - start } ?? 0
        return code
      }
      guard code == SQLITE_OK else { throw error(code, sql: String(text)) }
      consumed = min(consumed, text.utf8.count)
      text = text[text.utf8.index(text.startIndex, offsetBy: consumed)...]
      if let handle = unsafe handle { return unsafe Statement(owning: handle, file: file) }
      // An empty statement (";" or a comment) compiles to nothing; no progress is the end.
      if consumed == 0 { break }
    }
    return nil
  }
}

extension UInt8 {
  fileprivate var isSpace: Bool { self == 32 || (9...13).contains(self) }
}

/// A text from its first statement on: without the space, semicolons and comments before it. Empty where there is none.
package func fromFirstStatement(_ sql: Substring) -> Substring {
  var rest = sql.utf8[...]
  func begins(_ mark: String) -> Bool { rest.starts(with: mark.utf8) }
  while let first = rest.first {
    if first.isSpace || first == UInt8(ascii: ";") {
      rest.removeFirst()
    } else if begins("--") {
      rest = rest.drop { $0 != UInt8(ascii: "\n") }
    } else if begins("/*") {
      rest.removeFirst(2)
      // A comment that is never closed goes on to the end.
      while !rest.isEmpty, !begins("*/") { rest.removeFirst() }
      rest.removeFirst(min(2, rest.count))
    } else {
      break
    }
  }
  return Substring(rest)
}

/// Whether a text ends with the semicolon of a whole statement, one in a text or comment aside.
package func isCompleteStatement(_ text: String) -> Bool { unsafe sqlite3_complete(text) != 0 }
