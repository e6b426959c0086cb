// How a virtual table tells SQLite what went wrong in a call. Functions' errors are SQLFunctionError's.

import CSQLite

/// What a virtual table says of a failed call.
enum VirtualTableError {
  /// SQLite frees the message.
  static func tell(_ message: String, to table: UnsafeMutablePointer<sqlite3_vtab>?) {
    let text = Array(message.utf8CString)
    let api = unsafe SQLHost.routines
    guard let copy = unsafe api.pointee.malloc(Int32(text.count)) else { return }
    unsafe text.withUnsafeBytes {
      unsafe copy.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: text.count)
    }
    if let before = unsafe table?.pointee.zErrMsg { unsafe api.pointee.free(before) }
    unsafe table?.pointee.zErrMsg = copy.assumingMemoryBound(to: CChar.self)
  }
}
