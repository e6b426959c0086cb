// The SQLite that loaded Engram's functions. Every call goes through the routine table it handed over, so
// the extension links no SQLite of its own and works in any host.

import CSQLite
import Synchronization

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

  func answer(_ result: SQLResult) {
    let api = unsafe SQLHost.routines
    switch result {
    case .null: unsafe api.pointee.result_null(context)
    case .integer(let value): unsafe api.pointee.result_int64(context, sqlite3_int64(value))
    case .real(let value): unsafe api.pointee.result_double(context, value)
    case .text(let value):
      unsafe Array(value.utf8CString).withUnsafeBufferPointer { text in
        unsafe api.pointee.result_text(
          context, text.baseAddress, Int32(text.count - 1), transient)
      }
    case .blob(let value):
      unsafe value.withUnsafeBytes { bytes in
        // A null pointer would make it NULL, not empty.
        unsafe api.pointee.result_blob64(
          context, bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), UInt64(bytes.count),
          transient)
      }
    }
  }

  func fail(_ message: String) {
    unsafe SQLHost.routines.pointee.result_error(context, message, -1)
  }

  /// What SQLite keeps for the group between rows, zeroed at first; nil when `size` is 0 and there
  /// was no row, or when memory is short.
  func groupMemory(_ size: Int) -> UnsafeMutableRawPointer? {
    unsafe SQLHost.routines.pointee.aggregate_context(context, Int32(size))
  }

  /// SQLITE_TRANSIENT, a cast that C macros do not bring over: SQLite takes its own copy.
  private var transient: @convention(c) (UnsafeMutableRawPointer?) -> Void {
    unsafe unsafeBitCast(-1, to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)
  }
}
