// Parameters of a statement. Values are copied, except in `lending`, which is for large blobs.

internal import CSQLite

extension Statement {
  package mutating func bind(_ value: Int, at index: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_int64(handle, Int32(clamping: index), Int64(value)))
  }

  package mutating func bind(_ value: Double, at index: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_double(handle, Int32(clamping: index), value))
  }

  package mutating func bind(_ value: String, at index: Int) throws(SQLiteError) {
    var value = value
    let code = value.withUTF8 { text in
      // An empty string may have no address, which would bind null.
      unsafe text.isEmpty
        ? sqlite3_bind_text(handle, Int32(clamping: index), "", 0, transient)
        : UnsafeRawPointer(text.baseAddress!).withMemoryRebound(
          to: CChar.self, capacity: text.count
        ) {
          unsafe sqlite3_bind_text64(
            handle, Int32(clamping: index), $0, UInt64(text.count), transient,
            UInt8(SQLITE_UTF8))
        }
    }
    try check(code)
  }

  package mutating func bind(_ value: [UInt8], at index: Int) throws(SQLiteError) {
    try unsafe bind(value.span.bytes, destructor: transient, at: index)
  }

  package mutating func bindNull(at index: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_null(handle, Int32(clamping: index)))
  }

  package mutating func bind(_ value: Value, at index: Int) throws(SQLiteError) {
    switch value {
    case .null: try bindNull(at: index)
    case .integer(let value): try bind(value, at: index)
    case .real(let value): try bind(value, at: index)
    case .text(let value): try bind(value, at: index)
    case .blob(let value): try bind(value, at: index)
    }
  }

  /// Parameters `first`, `first` + 1, … in order.
  package mutating func bind(_ values: [Value], from first: Int = 1) throws(SQLiteError) {
    for (offset, value) in values.enumerated() { try bind(value, at: first + offset) }
  }

  /// By name with its prefix (":class"); an unknown name is an error.
  package mutating func bind(_ value: Value, named name: String) throws(SQLiteError) {
    guard let index = parameterIndex(name) else {
      throw SQLiteError(
        extendedCode: SQLITE_RANGE, message: "no parameter named \(name)", sql: sql)
    }
    try bind(value, at: index)
  }

  /// Binds `bytes` without copying while `body` runs; afterwards the statement is reset and the
  /// parameter null, so no pointer outlives its bytes. Nest for several blobs.
  package mutating func lending<T>(
    _ bytes: RawSpan, at index: Int, _ body: (inout Statement) throws -> T
  ) throws -> T {
    unsafe sqlite3_reset(handle)
    try unsafe bind(bytes, destructor: nil, at: index)
    defer {
      unsafe sqlite3_reset(handle)
      unsafe sqlite3_bind_null(handle, Int32(clamping: index))
    }
    return try body(&self)
  }

  package mutating func lending<T>(
    _ bytes: [UInt8], at index: Int, _ body: (inout Statement) throws -> T
  ) throws -> T {
    try unsafe lending(bytes.span.bytes, at: index, body)
  }

  private func bind(
    _ bytes: RawSpan, destructor: sqlite3_destructor_type?, at index: Int
  ) throws(SQLiteError) {
    let index = Int32(clamping: index)
    let code = unsafe bytes.withUnsafeBytes { buffer in
      // No address would bind null instead of an empty blob.
      unsafe buffer.baseAddress == nil
        ? sqlite3_bind_zeroblob(handle, index, 0)
        : sqlite3_bind_blob64(
          handle, index, buffer.baseAddress, UInt64(buffer.count), destructor)
    }
    try check(code)
  }
}

/// SQLITE_TRANSIENT, a cast that C macros do not bring over: SQLite takes its own copy.
private var transient: sqlite3_destructor_type {
  unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
