// The arguments of one call of an SQL function, read strictly: no value is converted from text.

import Basics
import CSQLite

/// Why a function cannot answer; the function's name is put in front where it is shown.
struct SQLFunctionError: Error {
  let message: String
  /// Whether the statement was told to stop.
  private(set) var isInterrupt = false

  /// What a function says that stopped because it was told to.
  static var interrupted: SQLFunctionError {
    var error = SQLFunctionError("interrupted")
    error.isInterrupt = true
    return error
  }

  init(_ message: String) { self.message = message }

  /// "argument 1 is not a significance bitset: …". Arguments count from 0 here, from 1 in messages.
  init(argument index: Int, _ complaint: String) { message = "argument \(index + 1) \(complaint)" }
}

/// Arguments count from 0. Valid during the call only.
@safe struct SQLArguments {
  let count: Int
  private let values: UnsafeMutablePointer<OpaquePointer?>?

  init(_ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?) {
    self.count = Int(count)
    unsafe self.values = values
  }

  private func value(_ index: Int) -> OpaquePointer? {
    precondition(index < count, "the table of functions says how many arguments there are")
    return unsafe values.unsafelyUnwrapped[index]
  }

  private func type(_ index: Int) -> Int32 {
    unsafe SQLHost.routines.pointee.value_type(value(index))
  }

  var hasNull: Bool { (0..<count).contains { type($0) == SQLITE_NULL } }

  /// The bytes where SQLite holds them.
  @_lifetime(borrow self)
  func blob(_ index: Int) throws(SQLFunctionError) -> RawSpan {
    guard type(index) == SQLITE_BLOB else {
      throw SQLFunctionError(argument: index, "is not a blob")
    }
    let (api, value) = unsafe (SQLHost.routines, value(index))
    // The pointer first: asking for it may change the value's form.
    let start = unsafe api.pointee.value_blob(value)
    let count = unsafe Int(api.pointee.value_bytes(value))
    let span = unsafe RawSpan(
      _unsafeBytes: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  func integer(_ index: Int) throws(SQLFunctionError) -> Int {
    guard type(index) == SQLITE_INTEGER else {
      throw SQLFunctionError(argument: index, "is not an integer")
    }
    return unsafe Int(SQLHost.routines.pointee.value_int64(value(index)))
  }

  /// An integer in a range, which `what` names ("an output of the layer").
  func index(
    _ index: Int, below bound: Int, _ what: String
  ) throws(SQLFunctionError) -> Int {
    let value = try integer(index)
    guard value >= 0, value < bound else {
      throw SQLFunctionError(argument: index, "is \(value), not \(what) (0 to \(bound - 1))")
    }
    return value
  }

  func real(_ index: Int) throws(SQLFunctionError) -> Double {
    guard type(index) == SQLITE_INTEGER || type(index) == SQLITE_FLOAT else {
      throw SQLFunctionError(argument: index, "is not a number")
    }
    return unsafe SQLHost.routines.pointee.value_double(value(index))
  }

  func text(_ index: Int) throws(SQLFunctionError) -> String {
    guard type(index) == SQLITE_TEXT else {
      throw SQLFunctionError(argument: index, "is not text")
    }
    guard let text = unsafe SQLHost.routines.pointee.value_text(value(index)) else { return "" }
    return unsafe String(cString: text)
  }

  /// What stands for a class, a run or a layer: a number or a name.
  enum ClassLabel: Hashable {
    case integer(Int)
    case text(ByteText)
  }

  func label(_ index: Int) throws(SQLFunctionError) -> ClassLabel {
    switch type(index) {
    case SQLITE_INTEGER: return .integer(try integer(index))
    case SQLITE_TEXT: return .text(ByteText(try text(index)))
    default: throw SQLFunctionError(argument: index, "is neither an integer nor a text")
    }
  }

  /// The smoothing α, Jeffreys' ½ where the argument is left out.
  func alpha(_ index: Int) throws(SQLFunctionError) -> Double {
    guard index < count else { return Divergence.jeffreys }
    let alpha = try real(index)
    guard alpha > 0, alpha.isFinite else {
      throw SQLFunctionError(argument: index, "is \(alpha), not a smoothing above 0")
    }
    return alpha
  }
}
