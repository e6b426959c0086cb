// How SQLite reads `vector` and `bitset` (SampleTables.swift): each cursor runs a select on the connection that asks, with
// the ids that are given as its parameters and null for columns that nobody uses.

import CSQLite

extension SampleTable {
  static func register(_ index: Int, on database: OpaquePointer?) -> Int32 {
    let create = unsafe SQLHost.routines.pointee.create_module_v2.unsafelyUnwrapped
    return unsafe create(
      database, all[index].name, SampleTableModule.module,
      UnsafeMutableRawPointer(bitPattern: index), nil)
  }
}

/// What SQLite keeps of a table and of a cursor: its own part first.
@unsafe private struct Table {
  var base: sqlite3_vtab
  var index: Int
  var database: OpaquePointer?
}
@unsafe private struct Cursor {
  var base: sqlite3_vtab_cursor
  var statement: OpaquePointer?
  /// What the statement was prepared for.
  var plan: Int32
  var row: Int
  var isAtEnd: Bool
}

/// Which ids are given and which columns are used, as the number that SQLite hands from planning to reading: bit c for a
/// given column c, bit 8 + c for a used one.
private struct Plan {
  var number: Int32 = 0
  func isGiven(_ column: Int) -> Bool { number >> Int32(column) & 1 == 1 }
  func isUsed(_ column: Int) -> Bool { number >> Int32(8 + column) & 1 == 1 }
}

private enum SampleTableModule {
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
    unsafe calls.xNext = { cursor in
      unsafe SampleTableModule.at(cursor).pointee.row += 1
      return unsafe step(cursor)
    }
    unsafe calls.xEof = { cursor in unsafe SampleTableModule.at(cursor).pointee.isAtEnd ? 1 : 0 }
    unsafe calls.xColumn = { cursor, context, column in
      let api = unsafe SQLHost.routines
      let value = unsafe api.pointee.column_value(
        SampleTableModule.at(cursor).pointee.statement, column)
      unsafe api.pointee.result_value(context, value)
      return SQLITE_OK
    }
    unsafe calls.xRowid = { cursor, id in
      unsafe id?.pointee = sqlite3_int64(SampleTableModule.at(cursor).pointee.row)
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

  static func at(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> UnsafeMutablePointer<Table> {
    unsafe UnsafeMutableRawPointer(table.unsafelyUnwrapped).assumingMemoryBound(to: Table.self)
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
    let api = unsafe SQLHost.routines
    let declare = unsafe api.pointee.declare_vtab.unsafelyUnwrapped
    var code = unsafe declare(database, SampleTable.all[index].declaration)
    guard code == SQLITE_OK else { return code }
    code = unsafe engram_vtab_innocuous(api, database)
    guard code == SQLITE_OK else { return code }
    let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    unsafe table.initialize(to: Table(base: sqlite3_vtab(), index: index, database: database))
    unsafe result?.pointee = UnsafeMutableRawPointer(table).assumingMemoryBound(
      to: sqlite3_vtab.self)
    return SQLITE_OK
  }

  static let disconnect: @convention(c) (UnsafeMutablePointer<sqlite3_vtab>?) -> Int32 = { table in
    unsafe SampleTableModule.at(table).deallocate()
    return SQLITE_OK
  }

  /// Ids that are equal to something narrow the select; the more of them, the cheaper.
  static let bestIndex:
    @convention(c) (UnsafeMutablePointer<sqlite3_vtab>?, UnsafeMutablePointer<sqlite3_index_info>?)
      -> Int32 = { table, info in
        let info = unsafe info.unsafelyUnwrapped
        let schema = Int32(
          unsafe SampleTable.all[SampleTableModule.at(table).pointee.index].columns.count)
        var places: [Int32: Int] = [:]
        for index in unsafe 0..<Int(info.pointee.nConstraint) {
          let constraint = unsafe info.pointee.aConstraint[index]
          guard (0..<3).contains(constraint.iColumn) || constraint.iColumn == schema,
            Int32(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ
          else { continue }
          guard constraint.usable != 0 else {
            // A schema that is to come from a table further right: another order will do.
            if constraint.iColumn == schema { return SQLITE_CONSTRAINT }
            continue
          }
          places[constraint.iColumn] = places[constraint.iColumn] ?? index
        }
        var plan = Plan()
        for (position, (column, index)) in places.sorted(by: { $0.key < $1.key }).enumerated() {
          unsafe info.pointee.aConstraintUsage[index].argvIndex = Int32(position + 1)
          if column == schema { unsafe info.pointee.aConstraintUsage[index].omit = 1 }
          plan.number |= 1 << column
        }
        plan.number |= unsafe Int32(truncatingIfNeeded: info.pointee.colUsed & 0xFF) << 8
        unsafe info.pointee.idxNum = plan.number
        // The tables' index is of run, layer and sample, in this order.
        let prefix = (0..<3).prefix { plan.isGiven($0) }.count
        let rows: Int64 = [1_000_000, 100_000, 10_000, 1][prefix]
        unsafe info.pointee.estimatedRows = rows
        unsafe info.pointee.estimatedCost = Double(rows) * 10
        if prefix == 3 { unsafe info.pointee.idxFlags = SQLITE_INDEX_SCAN_UNIQUE }
        return SQLITE_OK
      }

  static let open:
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vtab>?,
      UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
    ) -> Int32 = { _, result in
      let cursor = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
      unsafe cursor.initialize(
        to: Cursor(base: sqlite3_vtab_cursor(), statement: nil, plan: 0, row: 0, isAtEnd: true))
      unsafe result?.pointee = UnsafeMutableRawPointer(cursor)
        .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
      return SQLITE_OK
    }

  static let close: @convention(c) (UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Int32 = {
    cursor in
    let own = unsafe SampleTableModule.at(cursor)
    _ = unsafe SQLHost.routines.pointee.finalize(own.pointee.statement)
    unsafe own.deallocate()
    return SQLITE_OK
  }

  static let filter:
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vtab_cursor>?, Int32, UnsafePointer<CChar>?, Int32,
      UnsafeMutablePointer<OpaquePointer?>?
    ) -> Int32 = { cursor, number, _, count, values in
      let api = unsafe SQLHost.routines
      let own = unsafe SampleTableModule.at(cursor)
      let table = unsafe SampleTableModule.at(own.pointee.base.pVtab)
      let (plan, description) = (
        Plan(number: number), unsafe SampleTable.all[table.pointee.index]
      )
      unsafe own.pointee.row = 0
      unsafe own.pointee.isAtEnd = true
      // The schema comes behind the ids.
      let hasSchema = plan.isGiven(description.columns.count)
      let ids = hasSchema ? count - 1 : count
      if unsafe own.pointee.statement == nil || own.pointee.plan != number || hasSchema {
        _ = unsafe api.pointee.finalize(own.pointee.statement)
        unsafe own.pointee.statement = nil
        unsafe own.pointee.plan = number
        var schema: String?
        if hasSchema {
          guard let text = unsafe api.pointee.value_text(values?[Int(ids)]) else {
            return SQLITE_OK
          }
          schema = unsafe String(cString: text)
        } else if let complaint = unsafe ambiguity(description.name, table.pointee.database) {
          unsafe VirtualTableError.tell(complaint, to: own.pointee.base.pVtab)
          return SQLITE_ERROR
        }
        let sql = description.select(of: schema, plan.isUsed) { $0 < 3 && plan.isGiven($0) }
        let code = unsafe api.pointee.prepare_v2(
          table.pointee.database, sql, -1, &own.pointee.statement, nil)
        guard code == SQLITE_OK else { return unsafe failed(cursor, code) }
      } else {
        // Its code is that of the last step, which was told.
        _ = unsafe api.pointee.reset(own.pointee.statement)
      }
      for index in 0..<ids {
        let code = unsafe api.pointee.bind_value(
          own.pointee.statement, index + 1, values?[Int(index)])
        guard code == SQLITE_OK else { return unsafe failed(cursor, code) }
      }
      return unsafe step(cursor)
    }

  /// What is to be said where several databases of the connection have a warehouse's tables; nil where not.
  private static func ambiguity(_ name: String, _ database: OpaquePointer?) -> String? {
    let api = unsafe SQLHost.routines
    var statement: OpaquePointer?
    defer { _ = unsafe api.pointee.finalize(statement) }
    let sql = """
      select schema from pragma_table_list where name in ('activation', 'significance') and type = 'table'
      group by schema having count(*) = 2 order by schema <> 'main', schema
      """
    guard unsafe api.pointee.prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else {
      return unsafe api.pointee.errmsg(database).map { unsafe "\(name): \(String(cString: $0))" }
    }
    var schemas: [String] = []
    while unsafe api.pointee.step(statement) == SQLITE_ROW {
      guard let text = unsafe api.pointee.column_text(statement, 0) else { continue }
      schemas.append(unsafe String(cString: text))
    }
    guard schemas.count > 1 else { return nil }
    let calls = schemas.map { "\(name)('\($0)')" }.joined(separator: ", ")
    return "\(name): several attached databases are warehouses: name one, as in \(calls)"
  }

  static func step(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Int32 {
    let own = unsafe at(cursor)
    let code = unsafe SQLHost.routines.pointee.step(own.pointee.statement)
    unsafe own.pointee.isAtEnd = code != SQLITE_ROW
    return unsafe code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : failed(cursor, code)
  }

  /// Hands on what went wrong in the select.
  static func failed(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ code: Int32
  ) -> Int32 {
    let table = unsafe at(at(cursor).pointee.base.pVtab)
    let api = unsafe SQLHost.routines
    let reason = unsafe api.pointee.errmsg(table.pointee.database).map {
      unsafe String(cString: $0)
    }
    unsafe VirtualTableError.tell(
      "\(SampleTable.all[table.pointee.index].name): \(reason ?? "")",
      to: at(cursor).pointee.base.pVtab)
    return code
  }
}
