// The columns of a statement's current row, and what is known of them without a row.

internal import CSQLite

extension Statement {
  package var columnCount: Int { Int(unsafe sqlite3_column_count(handle)) }

  package func columnName(_ column: Int) -> String {
    check(column)
    guard let name = unsafe sqlite3_column_name(handle, Int32(column)) else { return "" }
    return unsafe String(cString: name)
  }

  /// The type that the column of a table was declared with, which this one shows as it is; nil for an expression.
  package func declaredType(_ column: Int) -> String? {
    check(column)
    guard let name = unsafe sqlite3_column_decltype(handle, Int32(column)) else { return nil }
    return unsafe String(cString: name)
  }

  /// The table and column that this one shows as they are, views looked through; nil for an expression.
  package func origin(_ column: Int) -> (table: String, column: String)? {
    check(column)
    guard let table = unsafe sqlite3_column_table_name(handle, Int32(column)),
      let name = unsafe sqlite3_column_origin_name(handle, Int32(column))
    else { return nil }
    return unsafe (String(cString: table), String(cString: name))
  }

  package func type(_ column: Int) -> ValueType {
    check(column)
    return ValueType(rawValue: unsafe sqlite3_column_type(handle, Int32(column))) ?? .null
  }

  package func isNull(_ column: Int) -> Bool { type(column) == .null }

  /// Null reads as 0; so does text that is no number.
  package func int(_ column: Int) -> Int {
    check(column)
    return Int(unsafe sqlite3_column_int64(handle, Int32(column)))
  }

  package func double(_ column: Int) -> Double {
    check(column)
    return unsafe sqlite3_column_double(handle, Int32(column))
  }

  /// Null reads as "".
  package func text(_ column: Int) -> String {
    check(column)
    guard let start = unsafe sqlite3_column_text(handle, Int32(column)) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, Int32(column)))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// The value's bytes where SQLite holds them, valid until the next step; null reads as empty.
  @_lifetime(borrow self)
  package func blob(_ column: Int) -> RawSpan {
    check(column)
    let start = unsafe sqlite3_column_blob(handle, Int32(column))
    let count = unsafe start == nil ? 0 : Int(sqlite3_column_bytes(handle, Int32(column)))
    let bytes = unsafe RawSpan(
      _unsafeBytes: UnsafeRawBufferPointer(start: start, count: count))
    return unsafe _overrideLifetime(bytes, borrowing: self)
  }

  /// A copy of the value's bytes.
  package func bytes(_ column: Int) -> [UInt8] {
    unsafe blob(column).withUnsafeBytes { unsafe Array($0) }
  }

  package func value(_ column: Int) -> Value {
    switch type(column) {
    case .null: .null
    case .integer: .integer(int(column))
    case .real: .real(double(column))
    case .text: .text(text(column))
    case .blob: .blob(bytes(column))
    }
  }

  private func check(_ column: Int) {
    precondition(column >= 0 && column < width, "column \(column) of \(width)")
  }
}
