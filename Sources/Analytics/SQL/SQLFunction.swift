// One row per SQL function: its name, its parameters, what is said of it, and how SQLite calls into it.
//
// What holds for every function:
//   F1  It is deterministic and innocuous, so views and indices may use it.
//   F2  Any argument NULL: the answer is NULL; an aggregate leaves that row out.
//   F3  A wrong argument is an error "engram_name: argument N is …"; nothing is converted silently.
//   F4  Whatever bytes a blob holds, the answer is a value or an error.
//   F5  An aggregate of no rows is NULL, engram_rank 0. Aggregates are window functions as well, except
//       engram_rank and those over scores.

import CSQLite

/// A function as SQL sees it.
struct SQLFunction: Sendable {
  let name: String
  /// "counts, output [, alpha]": what is in brackets may be left out.
  let parameters: String
  /// What it gives, in a sentence.
  let summary: String
  let example: SQLExample
  let call: Call

  enum Call: Sendable {
    case scalar(@Sendable (SQLArguments) throws(SQLFunctionError) -> SQLResult)
    /// A scalar that reads the database it is called from, or asks it whether to go on.
    case reader(@Sendable (SQLArguments, SQLContext) throws(SQLFunctionError) -> SQLResult)
    /// Makes the state of one group.
    case aggregate(@Sendable () -> SQLAggregate, empty: SQLResult)
    /// The same, with rows that can be taken out again.
    case window(@Sendable () -> SQLWindowAggregate)
  }

  static func scalar(
    _ name: String, _ parameters: String, _ summary: String, _ example: SQLExample,
    _ body: @escaping @Sendable (SQLArguments) throws(SQLFunctionError) -> SQLResult
  ) -> SQLFunction {
    SQLFunction(
      name: name, parameters: parameters, summary: summary, example: example, call: .scalar(body))
  }

  static func reader(
    _ name: String, _ parameters: String, _ summary: String, _ example: SQLExample,
    _ body: @escaping @Sendable (SQLArguments, SQLContext) throws(SQLFunctionError) -> SQLResult
  ) -> SQLFunction {
    SQLFunction(
      name: name, parameters: parameters, summary: summary, example: example, call: .reader(body))
  }

  static func window(
    _ name: String, _ parameters: String, _ summary: String, _ example: SQLExample,
    _ make: @escaping @Sendable () -> SQLWindowAggregate
  ) -> SQLFunction {
    SQLFunction(
      name: name, parameters: parameters, summary: summary, example: example, call: .window(make))
  }

  /// The table.
  static let all: [SQLFunction] =
    versionFunctions + bitsetFunctions + bitsetAggregates + derivedFunctions + countsFunctions
    + countsAggregates + vectorFunctions + logitFunctions + vectorAggregates + matrixFunctions
    + gaussianFunctions + scoreAggregates

  /// How many arguments it takes.
  var arities: ClosedRange<Int> {
    let names = parameters.split(separator: ",").count
    return names - parameters.count { $0 == "[" }...names
  }

  /// Registers row `index` of the table on a connection; answers SQLite's result code.
  static func register(_ index: Int, on database: OpaquePointer?) -> Int32 {
    let function = all[index]
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
    // The row's number travels as the user data; 0 would be a null pointer, which is as good.
    let row = unsafe UnsafeMutableRawPointer(bitPattern: index)
    let create = unsafe SQLHost.routines.pointee.create_function_v2.unsafelyUnwrapped
    let createWindow = unsafe SQLHost.routines.pointee.create_window_function.unsafelyUnwrapped
    for arity in function.arities.map({ Int32($0) }) {
      let code =
        switch function.call {
        case .scalar, .reader:
          unsafe create(database, function.name, arity, flags, row, callScalar, nil, nil, nil)
        case .aggregate:
          unsafe create(
            database, function.name, arity, flags, row, nil, stepAggregate, finishAggregate, nil)
        case .window:
          unsafe createWindow(
            database, function.name, arity, flags, row, stepAggregate, finishAggregate,
            valueOfWindow, leaveWindow, nil)
        }
      if code != SQLITE_OK { return code }
    }
    return SQLITE_OK
  }
}

/// A statement that runs anywhere, and its answer as the sqlite3 shell prints it.
struct SQLExample: Sendable {
  let sql: String
  let answer: String

  init(_ sql: String, _ answer: String) {
    self.sql = sql
    self.answer = answer
  }
}

/// The state of one group; owned by SQLite's aggregate context, released when the group ends, after
/// errors too.
class SQLAggregate {
  func step(_ arguments: SQLArguments) throws(SQLFunctionError) {}
  /// May be asked for again and again in a window.
  func answer() throws(SQLFunctionError) -> SQLResult { .null }
  /// The same where it may take long.
  func answer(_ context: SQLContext) throws(SQLFunctionError) -> SQLResult { try answer() }
}

/// One whose rows leave again, the oldest first.
class SQLWindowAggregate: SQLAggregate {
  func leave(_ arguments: SQLArguments) throws(SQLFunctionError) {}
}

private func callScalar(
  _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
) {
  let (context, arguments) = unsafe (SQLContext(context), SQLArguments(count, values))
  let function = SQLFunction.all[context.row]
  if arguments.hasNull { return context.answer(.null) }
  answer(context, function) { () throws(SQLFunctionError) in
    switch function.call {
    case .scalar(let body): try body(arguments)
    case .reader(let body): try body(arguments, context)
    case .aggregate, .window: .null
    }
  }
}

private typealias State = Unmanaged<SQLAggregate>

private func stepAggregate(
  _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
) {
  let (context, arguments) = unsafe (SQLContext(context), SQLArguments(count, values))
  let function = SQLFunction.all[context.row]
  guard !arguments.hasNull else { return }
  guard let memory = unsafe context.groupMemory(MemoryLayout<State?>.size) else {
    return context.fail("\(function.name): out of memory")
  }
  let slot = unsafe memory.assumingMemoryBound(to: State?.self)
  if unsafe slot.pointee == nil { unsafe slot.pointee = .passRetained(function.newState()) }
  do {
    try unsafe slot.pointee?.takeUnretainedValue().step(arguments)
  } catch {
    context.fail("\(function.name): \(error.message)")
  }
}

private func leaveWindow(
  _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
) {
  let (context, arguments) = unsafe (SQLContext(context), SQLArguments(count, values))
  guard !arguments.hasNull,
    let slot = unsafe context.groupMemory(0)?.assumingMemoryBound(to: State?.self),
    let state = unsafe slot.pointee?.takeUnretainedValue() as? SQLWindowAggregate
  else { return }
  do {
    try state.leave(arguments)
  } catch {
    context.fail("\(SQLFunction.all[context.row].name): \(error.message)")
  }
}

private func valueOfWindow(_ context: OpaquePointer?) {
  let context = unsafe SQLContext(context)
  let function = SQLFunction.all[context.row]
  guard let slot = unsafe context.groupMemory(0)?.assumingMemoryBound(to: State?.self),
    let state = unsafe slot.pointee?.takeUnretainedValue()
  else { return context.answer(.null) }
  answer(context, function) { () throws(SQLFunctionError) in try state.answer(context) }
}

private func finishAggregate(_ context: OpaquePointer?) {
  let context = unsafe SQLContext(context)
  let function = SQLFunction.all[context.row]
  guard let slot = unsafe context.groupMemory(0)?.assumingMemoryBound(to: State?.self),
    let state = unsafe slot.pointee?.takeRetainedValue()
  else { return context.answer(function.emptyAnswer) }
  unsafe slot.pointee = nil
  answer(context, function) { () throws(SQLFunctionError) in try state.answer(context) }
}

private func answer(
  _ context: SQLContext, _ function: SQLFunction, _ body: () throws(SQLFunctionError) -> SQLResult
) {
  do {
    context.answer(try body())
  } catch {
    if error.isInterrupt { return context.interrupt() }
    context.fail("\(function.name): \(error.message)")
  }
}

extension SQLFunction {
  fileprivate func newState() -> SQLAggregate {
    switch call {
    case .aggregate(let make, _): make()
    case .window(let make): make()
    case .scalar, .reader: SQLAggregate()
    }
  }

  fileprivate var emptyAnswer: SQLResult {
    if case .aggregate(_, let empty) = call { return empty }
    return .null
  }
}
