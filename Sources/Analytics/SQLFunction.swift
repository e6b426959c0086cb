// One table row per SQL function, and how SQLite calls into it.
//
// What holds for every function:
//   F1  It is deterministic and innocuous, so views and indices may use it.
//   F2  Any argument NULL: the answer is NULL; an aggregate leaves that row out.
//   F3  A wrong argument is an error "engram_name: argument N is …"; nothing is converted silently.
//   F4  Whatever bytes a blob holds, the answer is a value or an error.

import CSQLite

/// A function as SQL sees it.
struct SQLFunction: Sendable {
  let name: String
  let arity: Int32
  let call: Call

  enum Call: Sendable {
    case scalar(@Sendable (SQLArguments) throws(SQLFunctionError) -> SQLResult)
    /// A scalar that reads the database it is called from.
    case reader(@Sendable (SQLArguments, SQLContext) throws(SQLFunctionError) -> SQLResult)
    /// Makes the state of one group.
    case aggregate(@Sendable () -> SQLAggregate, empty: SQLResult)
  }

  static func scalar(
    _ name: String, _ arity: Int32,
    _ body: @escaping @Sendable (SQLArguments) throws(SQLFunctionError) -> SQLResult
  ) -> SQLFunction {
    SQLFunction(name: name, arity: arity, call: .scalar(body))
  }

  /// `empty` answers for a group without rows.
  static func aggregate(
    _ name: String, _ arity: Int32, empty: SQLResult = .null,
    _ make: @escaping @Sendable () -> SQLAggregate
  ) -> SQLFunction {
    SQLFunction(name: name, arity: arity, call: .aggregate(make, empty: empty))
  }

  /// The table. The same name may stand for several arities.
  static let all: [SQLFunction] =
    versionFunctions + bitsetFunctions + derivedFunctions + countsFunctions + countsAggregates
    + vectorFunctions

  /// Registers row `index` of the table on a connection; answers SQLite's result code.
  static func register(_ index: Int, on database: OpaquePointer?) -> Int32 {
    let function = all[index]
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
    // The row's number travels as the user data; 0 would be a null pointer, which is as good.
    let row = unsafe UnsafeMutableRawPointer(bitPattern: index)
    let create = unsafe SQLHost.routines.pointee.create_function_v2.unsafelyUnwrapped
    return switch function.call {
    case .scalar, .reader:
      unsafe create(database, function.name, function.arity, flags, row, callScalar, nil, nil, nil)
    case .aggregate:
      unsafe create(
        database, function.name, function.arity, flags, row, nil, stepAggregate, finishAggregate,
        nil)
    }
  }
}

/// The state of one group; owned by SQLite's aggregate context, released when the group ends, after
/// errors too.
class SQLAggregate {
  func step(_ arguments: SQLArguments) throws(SQLFunctionError) {}
  func finish() throws(SQLFunctionError) -> SQLResult { .null }
}

private func callScalar(
  _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
) {
  let (context, arguments) = unsafe (SQLContext(context), SQLArguments(count, values))
  let function = SQLFunction.all[context.row]
  if arguments.hasNull { return context.answer(.null) }
  do {
    switch function.call {
    case .scalar(let body): context.answer(try body(arguments))
    case .reader(let body): context.answer(try body(arguments, context))
    case .aggregate: return
    }
  } catch {
    context.fail("\(function.name): \(error.message)")
  }
}

private typealias State = Unmanaged<SQLAggregate>

private func stepAggregate(
  _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
) {
  let (context, arguments) = unsafe (SQLContext(context), SQLArguments(count, values))
  let function = SQLFunction.all[context.row]
  guard case .aggregate(let make, _) = function.call, !arguments.hasNull else { return }
  guard let memory = unsafe context.groupMemory(MemoryLayout<State?>.size) else {
    return context.fail("\(function.name): out of memory")
  }
  let slot = unsafe memory.assumingMemoryBound(to: State?.self)
  if unsafe slot.pointee == nil { unsafe slot.pointee = .passRetained(make()) }
  do {
    try unsafe slot.pointee?.takeUnretainedValue().step(arguments)
  } catch {
    context.fail("\(function.name): \(error.message)")
  }
}

private func finishAggregate(_ context: OpaquePointer?) {
  let context = unsafe SQLContext(context)
  let function = SQLFunction.all[context.row]
  guard case .aggregate(_, let empty) = function.call else { return }
  guard let slot = unsafe context.groupMemory(0)?.assumingMemoryBound(to: State?.self),
    let state = unsafe slot.pointee?.takeRetainedValue()
  else { return context.answer(empty) }
  unsafe slot.pointee = nil
  do {
    context.answer(try state.finish())
  } catch {
    context.fail("\(function.name): \(error.message)")
  }
}
