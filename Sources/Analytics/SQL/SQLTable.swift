// Table-valued functions: eponymous virtual tables whose hidden columns are the arguments, and how SQLite calls them.
//
// What holds for every one:
//   T1  An argument that is missing or NULL: no rows.
//   T2  A wrong argument is an error "engram_name: argument N is …", and what it reads and is not there one "engram_name: …".
//   T3  Rows come one by one: none is made before it is asked for.
//   T4  SQLite does not count them as innocuous: views that call them need trusted_schema.

import CSQLite

/// A table-valued function as SQL sees it.
struct SQLTable: Sendable {
  let name: String
  /// "vector [, n]": what is in brackets may be left out.
  let parameters: String
  let columns: [String]
  let summary: String
  let example: SQLExample
  let rows: @Sendable (SQLArguments, SQLTableMemory) throws(SQLFunctionError) -> SQLTableRows

  static let all: [SQLTable] = tables + neighborTables + sampleSearchTables

  /// One that reads its arguments alone.
  init(
    name: String, parameters: String, columns: [String], summary: String, example: SQLExample,
    rows: @escaping @Sendable (SQLArguments) throws(SQLFunctionError) -> SQLTableRows
  ) {
    self.init(
      name: name, parameters: parameters, columns: columns, summary: summary, example: example,
      reading: { arguments, _ throws(SQLFunctionError) in try rows(arguments) })
  }

  /// One that reads the database it is called from.
  init(
    name: String, parameters: String, columns: [String], summary: String, example: SQLExample,
    reading rows:
      @escaping @Sendable (SQLArguments, SQLTableMemory) throws(SQLFunctionError) -> SQLTableRows
  ) {
    (self.name, self.parameters, self.columns) = (name, parameters, columns)
    (self.summary, self.example, self.rows) = (summary, example, rows)
  }

  private var parameterNames: [String] {
    parameters.split { ", []".contains($0) }.map(String.init)
  }

  fileprivate var required: Int { parameterNames.count - parameters.count { $0 == "[" } }

  fileprivate var declaration: String {
    // Prefixed, or engram_bits(bits) would be ambiguous beside a column of that name.
    let hidden = parameterNames.map { "argument_\($0) hidden" }
    return "create table x(" + (columns.map { "\"\($0)\"" } + hidden).joined(separator: ", ") + ")"
  }

  static func register(_ index: Int, on database: OpaquePointer?) -> Int32 {
    let create = unsafe SQLHost.routines.pointee.create_module_v2.unsafelyUnwrapped
    return unsafe create(
      database, all[index].name, SQLTableModule.module,
      UnsafeMutableRawPointer(bitPattern: index), nil)
  }
}

/// The rows of one call. Before the first one nothing is current.
class SQLTableRows {
  /// Goes on to the next row; false behind the last one.
  func next() -> Bool { false }
  /// A value of the current row.
  func value(_ column: Int) -> SQLResult { .null }
}

/// The database that a table is called from, and what the table keeps from call to call.
@safe final class SQLTableMemory {
  private let database: OpaquePointer?
  /// As long as the connection.
  var kept: AnyObject?
  /// While rows are made: those of the call before, of the same table of the same statement as it runs.
  fileprivate(set) var previous: SQLTableRows?

  init(_ database: OpaquePointer?) { unsafe self.database = database }

  /// Calls `body` with every row of a query.
  ///
  /// - Parameter parameters: Integers and texts.
  func forEachRow(
    _ sql: String, _ parameters: [SQLResult] = [],
    _ body: (SQLRow) throws(SQLFunctionError) -> Void
  ) throws(SQLFunctionError) {
    try unsafe SQLHost.forEachRow(on: database, sql, parameters, body)
  }

  /// What tells whether anything was written since: equal numbers, equal content. Nil while the connection has
  /// written what may be taken back, and where SQLite, before 3.34, does not tell.
  func state() throws(SQLFunctionError) -> [Int]? {
    let api = unsafe SQLHost.routines
    guard unsafe api.pointee.libversion_number() >= 3_034_000 else { return nil }
    guard unsafe api.pointee.txn_state(database, nil) != SQLITE_TXN_WRITE else { return nil }
    var schemas: [String] = []
    try forEachRow("select name from pragma_database_list") {
      row throws(SQLFunctionError) in schemas.append(row.text(0))
    }
    var state = [unsafe Int(api.pointee.total_changes(database))]
    for schema in schemas {
      let name = schema.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"")
      try forEachRow("pragma \"\(name)\".data_version") { row throws(SQLFunctionError) in
        state.append(row.integer(0))
      }
    }
    return state
  }
}

/// What SQLite keeps of a table and of a cursor: its own part first.
@unsafe private struct Table {
  var base: sqlite3_vtab
  var index: Int
  var memory: Unmanaged<SQLTableMemory>
}
@unsafe private struct Cursor {
  var base: sqlite3_vtab_cursor
  var rows: Unmanaged<SQLTableRows>?
  var row: Int
  var isAtEnd: Bool
}

private enum SQLTableModule {
  /// Lives as long as the process.
  nonisolated(unsafe) static let module: UnsafePointer<sqlite3_module> = {
    let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    var calls = sqlite3_module()
    unsafe calls.xConnect = connect
    unsafe calls.xBestIndex = bestIndex
    unsafe calls.xDisconnect = disconnect
    unsafe calls.xOpen = open
    unsafe calls.xClose = close
    unsafe calls.xFilter = filter
    unsafe calls.xNext = next
    unsafe calls.xEof = { cursor in unsafe SQLTableModule.at(cursor).pointee.isAtEnd ? 1 : 0 }
    unsafe calls.xColumn = column
    unsafe calls.xRowid = { cursor, id in
      unsafe id?.pointee = sqlite3_int64(SQLTableModule.at(cursor).pointee.row)
      return SQLITE_OK
    }
    unsafe module.initialize(to: calls)
    return unsafe UnsafePointer(module)
  }()

  static func at(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> UnsafeMutablePointer<
    Cursor
  > {
    unsafe UnsafeMutableRawPointer(cursor.unsafelyUnwrapped).assumingMemoryBound(to: Cursor.self)
  }

  static func table(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> SQLTable {
    let own = unsafe UnsafeMutableRawPointer(table.unsafelyUnwrapped)
      .assumingMemoryBound(to: Table.self)
    return unsafe SQLTable.all[own.pointee.index]
  }

  static func memory(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> SQLTableMemory {
    let own = unsafe UnsafeMutableRawPointer(table.unsafelyUnwrapped)
      .assumingMemoryBound(to: Table.self)
    return unsafe own.pointee.memory.takeUnretainedValue()
  }

  typealias Connect =
    @convention(c) (
      OpaquePointer?, UnsafeMutableRawPointer?, Int32,
      UnsafePointer<UnsafePointer<CChar>?>?,
      UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> Int32

  static let connect: Connect = { database, data, _, _, result, _ in
    let index = Int(bitPattern: data)
    let declare = unsafe SQLHost.routines.pointee.declare_vtab.unsafelyUnwrapped
    let code = unsafe declare(database, SQLTable.all[index].declaration)
    guard code == SQLITE_OK else { return code }
    let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    unsafe table.initialize(
      to: Table(
        base: sqlite3_vtab(), index: index, memory: .passRetained(SQLTableMemory(database))))
    unsafe result?.pointee = UnsafeMutableRawPointer(table).assumingMemoryBound(
      to: sqlite3_vtab.self)
    return SQLITE_OK
  }

  static let disconnect: @convention(c) (UnsafeMutablePointer<sqlite3_vtab>?) -> Int32 = { table in
    let own = unsafe UnsafeMutableRawPointer(table.unsafelyUnwrapped)
      .assumingMemoryBound(to: Table.self)
    unsafe own.pointee.memory.release()
    unsafe own.deallocate()
    return SQLITE_OK
  }

  /// Arguments are equalities on hidden columns; idxNum tells which are given.
  static let bestIndex:
    @convention(c) (UnsafeMutablePointer<sqlite3_vtab>?, UnsafeMutablePointer<sqlite3_index_info>?)
      -> Int32 = { table, info in
        let own = unsafe SQLTableModule.table(table)
        let info = unsafe info.unsafelyUnwrapped
        var places: [Int: Int] = [:]
        for index in unsafe 0..<Int(info.pointee.nConstraint) {
          let constraint = unsafe info.pointee.aConstraint[index]
          let argument = Int(constraint.iColumn) - own.columns.count
          guard argument >= 0, Int32(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ else { continue }
          // An argument that is to come from a table further right: another order will do.
          guard constraint.usable != 0 else { return SQLITE_CONSTRAINT }
          places[argument] = places[argument] ?? index
        }
        var mask: Int32 = 0
        for (position, (argument, index)) in places.sorted(by: { $0.key < $1.key }).enumerated() {
          unsafe info.pointee.aConstraintUsage[index].argvIndex = Int32(position + 1)
          unsafe info.pointee.aConstraintUsage[index].omit = 1
          mask |= 1 << Int32(argument)
        }
        unsafe info.pointee.idxNum = mask
        unsafe info.pointee.estimatedCost = 1000
        unsafe info.pointee.estimatedRows = 1000
        return SQLITE_OK
      }

  static let open:
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vtab>?,
      UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
    ) -> Int32 = { _, result in
      let cursor = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
      unsafe cursor.initialize(
        to: Cursor(base: sqlite3_vtab_cursor(), rows: nil, row: 0, isAtEnd: true))
      unsafe result?.pointee = UnsafeMutableRawPointer(cursor)
        .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
      return SQLITE_OK
    }

  static let close: @convention(c) (UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Int32 = {
    cursor in
    let own = unsafe SQLTableModule.at(cursor)
    unsafe own.pointee.rows?.release()
    unsafe own.deallocate()
    return SQLITE_OK
  }

  static let filter:
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vtab_cursor>?, Int32, UnsafePointer<CChar>?, Int32,
      UnsafeMutablePointer<OpaquePointer?>?
    ) -> Int32 = { cursor, mask, _, count, values in
      let own = unsafe SQLTableModule.at(cursor)
      let table = unsafe SQLTableModule.table(own.pointee.base.pVtab)
      let memory = unsafe SQLTableModule.memory(own.pointee.base.pVtab)
      memory.previous = unsafe own.pointee.rows?.takeRetainedValue()
      defer { memory.previous = nil }
      unsafe own.pointee.rows = nil
      unsafe own.pointee.row = 0
      unsafe own.pointee.isAtEnd = true
      let arguments = unsafe SQLArguments(count, values)
      // The first ones, without a gap, at least those that are required.
      guard mask & (mask + 1) == 0, Int(count) >= table.required, !arguments.hasNull else {
        return SQLITE_OK
      }
      do throws(SQLFunctionError) {
        let rows = try table.rows(arguments, memory)
        unsafe own.pointee.rows = .passRetained(rows)
        unsafe own.pointee.isAtEnd = !rows.next()
        return SQLITE_OK
      } catch {
        unsafe VirtualTableError.tell("\(table.name): \(error.message)", to: own.pointee.base.pVtab)
        return error.isInterrupt ? SQLITE_INTERRUPT : SQLITE_ERROR
      }
    }

  static let next: @convention(c) (UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Int32 = {
    cursor in
    let own = unsafe SQLTableModule.at(cursor)
    unsafe own.pointee.row += 1
    unsafe own.pointee.isAtEnd = !(own.pointee.rows?.takeUnretainedValue().next() ?? false)
    return SQLITE_OK
  }

  static let column:
    @convention(c) (UnsafeMutablePointer<sqlite3_vtab_cursor>?, OpaquePointer?, Int32) -> Int32 = {
      cursor, context, column in
      let own = unsafe SQLTableModule.at(cursor)
      let answer = unsafe own.pointee.rows?.takeUnretainedValue().value(Int(column)) ?? .null
      unsafe SQLContext(context).answer(answer)
      return SQLITE_OK
    }
}
