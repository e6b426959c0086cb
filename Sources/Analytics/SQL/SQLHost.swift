// The SQLite that loaded Engram's functions. Every call goes through the routine table it handed over, so
// the extension links no SQLite of its own and works in any host.

import Basics
import CSQLite
import Synchronization

private let interruption = Mutex<(@Sendable () -> Bool)?>(nil)

/// Tells functions that take long when to stop, beside what interrupts a connection: a program whose own handler of
/// Ctrl-C sets a flag says so here.
package func setEngramInterruption(_ isInterrupted: (@Sendable () -> Bool)?) {
  interruption.withLock { $0 = isInterrupted }
}

private func isEngramInterrupted() -> Bool { interruption.withLock { $0 }?() ?? false }

/// The host's routine table; all connections of a process share one.
enum SQLHost {
  private static let address = Atomic<UInt>(0)

  static func adopt(_ routines: UnsafePointer<sqlite3_api_routines>) {
    address.store(UInt(bitPattern: routines), ordering: .relaxed)
  }

  /// Functions run only after `adopt`.
  static var routines: UnsafePointer<sqlite3_api_routines> {
    let pointer = unsafe UnsafePointer<sqlite3_api_routines>(
      bitPattern: address.load(ordering: .relaxed))
    return unsafe pointer.unsafelyUnwrapped
  }
}

extension SQLHost {
  /// SQLITE_TRANSIENT, a cast that C macros do not bring over: SQLite takes its own copy.
  static var transient: @convention(c) (UnsafeMutableRawPointer?) -> Void {
    unsafe unsafeBitCast(-1, to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)
  }

  /// Calls `body` with every row of a query.
  ///
  /// - Parameter parameters: Integers and texts.
  static func forEachRow(
    on database: OpaquePointer?, _ sql: String, _ parameters: [SQLResult],
    _ body: (SQLRow) throws(SQLFunctionError) -> Void
  ) throws(SQLFunctionError) {
    let api = unsafe routines
    var statement: OpaquePointer?
    defer { _ = unsafe api.pointee.finalize(statement) }
    func check(_ code: Int32, _ wanted: Int32) throws(SQLFunctionError) {
      if code == wanted { return }
      if code == SQLITE_INTERRUPT { throw .interrupted }
      let message = unsafe api.pointee.errmsg(database).map { unsafe String(cString: $0) }
      throw SQLFunctionError(message ?? "")
    }
    try check(unsafe api.pointee.prepare_v2(database, sql, -1, &statement, nil), SQLITE_OK)
    for (index, parameter) in parameters.enumerated() {
      switch parameter {
      case .integer(let value):
        try check(
          unsafe api.pointee.bind_int64(statement, Int32(index + 1), sqlite3_int64(value)),
          SQLITE_OK)
      case .text(let value):
        try check(
          unsafe api.pointee.bind_text(statement, Int32(index + 1), value, -1, transient),
          SQLITE_OK)
      case .null, .real, .blob: preconditionFailure("parameters are integers and texts")
      }
    }
    while true {
      let code = unsafe api.pointee.step(statement)
      if code == SQLITE_DONE { return }
      try check(code, SQLITE_ROW)
      try body(unsafe SQLRow(statement))
    }
  }
}

/// What an SQL function answers.
enum SQLResult: Sendable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// nil and values that are not finite become null.
  init(_ value: Double?) {
    if let value, value.isFinite { self = .real(value) } else { self = .null }
  }
}

/// One call of a function.
@safe struct SQLContext {
  private let context: OpaquePointer?

  init(_ context: OpaquePointer?) { unsafe self.context = context }

  /// The number the function was registered with.
  var row: Int { unsafe Int(bitPattern: SQLHost.routines.pointee.user_data(context)) }

  /// Tells the open connections of the process apart.
  var connection: UInt {
    unsafe UInt(bitPattern: SQLHost.routines.pointee.context_db_handle(context))
  }

  /// Calls `body` with every row of a query on the database that the function is called from; `text` is
  /// its one parameter.
  func forEachRow(
    _ sql: String, _ text: String, _ body: (SQLRow) throws(SQLFunctionError) -> Void
  ) throws(SQLFunctionError) {
    let database = unsafe SQLHost.routines.pointee.context_db_handle(context)
    try unsafe SQLHost.forEachRow(on: database, sql, [.text(text)], body)
  }

  func answer(_ result: SQLResult) {
    let api = unsafe SQLHost.routines
    switch result {
    case .null: unsafe api.pointee.result_null(context)
    case .integer(let value): unsafe api.pointee.result_int64(context, sqlite3_int64(value))
    case .real(let value): unsafe api.pointee.result_double(context, value)
    case .text(let value):
      unsafe Array(value.utf8CString).withUnsafeBufferPointer { text in
        unsafe api.pointee.result_text(
          context, text.baseAddress, Int32(text.count - 1), SQLHost.transient)
      }
    case .blob(let value):
      unsafe value.withUnsafeBytes { bytes in
        // A null pointer would make it NULL, not empty.
        unsafe api.pointee.result_blob64(
          context, bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), UInt64(bytes.count),
          SQLHost.transient)
      }
    }
  }

  /// Whether the statement that the function is part of was told to stop: by a statement of its own, which such a
  /// connection refuses to run.
  private var isInterrupted: Bool {
    if isEngramInterrupted() { return true }
    let api = unsafe SQLHost.routines
    var statement: OpaquePointer?
    defer { _ = unsafe api.pointee.finalize(statement) }
    let database = unsafe api.pointee.context_db_handle(context)
    let code = unsafe api.pointee.prepare_v2(database, "select 1", -1, &statement, nil)
    guard code == SQLITE_OK else { return code == SQLITE_INTERRUPT }
    return unsafe api.pointee.step(statement) == SQLITE_INTERRUPT
  }

  /// Runs work that takes as long as matrices of this size do, until it is done or the statement is told to stop.
  func abandonable(
    size: Int, _ body: @escaping @Sendable () throws(SQLFunctionError) -> SQLResult
  ) throws(SQLFunctionError) -> SQLResult {
    guard size > 500 else { return try body() }
    let work: @Sendable () -> Result<SQLResult, SQLFunctionError> = {
      do throws(SQLFunctionError) { return .success(try body()) } catch { return .failure(error) }
    }
    guard let result = Abandoned.run(where: { isInterrupted }, work) else { throw .interrupted }
    return try result.get()
  }

  /// Ends the statement as one that was interrupted.
  func interrupt() {
    fail("interrupted")
    unsafe SQLHost.routines.pointee.result_error_code(context, SQLITE_INTERRUPT)
  }

  func fail(_ message: String) {
    unsafe SQLHost.routines.pointee.result_error(context, message, -1)
  }

  /// What SQLite keeps for the group between rows, zeroed at first; nil when `size` is 0 and there
  /// was no row, or when memory is short.
  func groupMemory(_ size: Int) -> UnsafeMutableRawPointer? {
    unsafe SQLHost.routines.pointee.aggregate_context(context, Int32(size))
  }

}

/// The row that a query stands on. Valid until the next one.
@safe struct SQLRow {
  private let statement: OpaquePointer?

  init(_ statement: OpaquePointer?) { unsafe self.statement = statement }

  func integer(_ column: Int32) -> Int {
    unsafe Int(SQLHost.routines.pointee.column_int64(statement, column))
  }

  func text(_ column: Int32) -> String {
    guard let text = unsafe SQLHost.routines.pointee.column_text(statement, column) else {
      return ""
    }
    return unsafe String(cString: text)
  }

  /// nil for NULL.
  @_lifetime(borrow self)
  func blob(_ column: Int32) -> RawSpan? {
    let api = unsafe SQLHost.routines
    guard let start = unsafe api.pointee.column_blob(statement, column) else { return nil }
    let count = unsafe Int(api.pointee.column_bytes(statement, column))
    let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: start, count: count))
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// nil for NULL.
  func bytes(_ column: Int32) -> [UInt8]? {
    guard let blob = blob(column) else { return nil }
    return unsafe blob.withUnsafeBytes { unsafe [UInt8]($0) }
  }
}
