// The list of the tables that have rows of runs, against the schema: a table without a description fails, and so does a
// description without a table.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct RunTableTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    _ = try Warehouse.open(scratch.path("w.db"), mode: .create)
  }

  private func texts(_ sql: String, _ values: Value...) throws -> [String] {
    let warehouse = try Warehouse.open(scratch.path("w.db"), mode: .readOnly)
    var rows = try warehouse.connection.prepare(sql)
    try rows.bind(values)
    var texts: [String] = []
    while try rows.step() { texts.append(rows.text(0)) }
    return texts
  }

  /// Tables that refer to run, but for what a run itself is.
  @Test func everyTableOfRunsIsDescribed() throws {
    let found = try texts(
      """
      select distinct s.name from sqlite_schema as s join pragma_foreign_key_list(s.name) as f
      where s.type = 'table' and f."table" = 'run' and s.name <> 'run_layer'
      """)
    #expect(found.count >= 13)
    #expect(Set(found) == Set(RunTable.all.map(\.name)))
    #expect(RunTable.all.count == found.count, "a table is described twice")
  }

  @Test(arguments: RunTable.all.map(\.name))
  func rowsGoWithTheirRuns(name: String) throws {
    let table = try #require(RunTable.all.first { $0.name == name })
    let columns = try texts(
      """
      select "from" from pragma_foreign_key_list(?) where "table" = 'run' and on_delete = 'CASCADE'
      """, .text(name))
    #expect(Set(columns) == Set([table.run] + (table.otherRun.map { [$0] } ?? [])))
  }

  /// Null keys stand in expressions, which have no name.
  @Test(arguments: RunTable.all.map(\.name))
  func keysAreUnique(name: String) throws {
    let table = try #require(RunTable.all.first { $0.name == name })
    let key = Set([table.run] + (table.otherRun.map { [$0] } ?? []) + table.key)
    #expect(key.isSubset(of: try texts("select name from pragma_table_info(?)", .text(name))))
    let unique = try texts("select name from pragma_index_list(?) where \"unique\"", .text(name))
    let isKey = try unique.contains { index in
      let columns = try texts(
        "select ifnull(name, '') from pragma_index_info(?)", .text(index))
      return columns.count == key.count && Set(columns.filter { $0 != "" }).isSubset(of: key)
    }
    #expect(isKey, "\(name) has no unique index of \(key.sorted())")
  }

  /// Numbers that are no key, no checksum and no seed, which may be anything.
  @Test(arguments: RunTable.all.map(\.name))
  func everyNumberHasARange(name: String) throws {
    let table = try #require(RunTable.all.first { $0.name == name })
    if case .profiles = table.content { return }
    let numbers = try texts(
      """
      select name from pragma_table_info(?) where type in ('INTEGER', 'REAL') and name not like '%!_id' escape '!'
        and name not in ('checksum', 'seed')
      """, .text(name))
    #expect(Set(numbers).subtracting(table.key).subtracting(table.ranges.map(\.column)) == [])
    #expect(
      Set(table.ranges.map(\.column)).isSubset(of: numbers)
        && Set(table.ranges.map(\.column)).count == table.ranges.count)
  }

  @Test func whatIsReplacedByGroupingHasOne() {
    for table in RunTable.all where table.replacement == .ofGroupings {
      #expect(table.key.contains("grouping"), "\(table.name)")
    }
  }
}
