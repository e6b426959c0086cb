// Binding, reading and describing statements.

import SQLiteKit
import Testing

@Suite struct StatementTests {
  func memory() throws -> Connection { try Connection.open(":memory:", mode: .create) }

  @Test(arguments: [
    Value.null, .integer(.min), .integer(.max), .integer(0), .real(-0.5), .real(.infinity),
    .text(""), .text("naïve\u{0}text ♞"), .blob([]), .blob([0, 1, 255]),
  ])
  func valuesRoundTrip(value: Value) throws {
    let connection = try memory()
    #expect(try connection.first("select ?", value) == value)
  }

  @Test func literalsAndOptionals() throws {
    let connection = try memory()
    var statement = try connection.prepare("select ?, ?, ?, ?, ?")
    try statement.bind([1, 2.5, "x", .null, Value(Int?.none)])
    #expect(try statement.step() == true)
    #expect(statement.int(0) == 1)
    #expect(statement.double(1) == 2.5)
    #expect(statement.text(2) == "x")
    #expect(statement.isNull(3) == true)
    #expect(statement.type(4) == .null)
    #expect(try statement.step() == false)
  }

  @Test(arguments: [0, 1, 13, 100_000])
  func lentBlobsAreStoredAndLetGo(count: Int) throws {
    let connection = try memory()
    try connection.execute("create table t (a integer, b blob)")
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var insert = try connection.prepare("insert into t values (?, ?)")
    try insert.bind(5, at: 1)
    try insert.lending(bytes.span.bytes, at: 2) { try $0.run() }
    try insert.run()
    var select = try connection.prepare("select a, b from t order by rowid")
    #expect(try select.step() == true)
    #expect(select.bytes(1) == bytes)
    #expect(select.blob(1).byteCount == count)
    #expect(try select.step() == true)
    #expect(select.int(0) == 5)
    #expect(select.isNull(1) == true)
  }

  @Test func lendingLetsGoAfterAFailure() throws {
    let connection = try memory()
    try connection.execute("create table t (b blob check (length(b) < 2))")
    var insert = try connection.prepare("insert into t values (?)")
    #expect(throws: SQLiteError.self) {
      try insert.lending([1, 2, 3].span.bytes, at: 1) { try $0.run() }
    }
    try insert.run()
    #expect(try connection.integer("select count(*) from t where b is null") == 1)
  }

  @Test func namedParameters() throws {
    let connection = try memory()
    var statement = try connection.prepare("select :a + @b, :a, ?9")
    #expect(statement.parameterCount == 9)
    #expect(statement.parameterName(1) == ":a")
    #expect(statement.parameterName(2) == "@b")
    #expect(statement.parameterName(3) == nil)
    #expect(statement.parameterIndex(":b") == nil)
    try statement.bind(2, named: ":a")
    try statement.bind(3, named: "@b")
    #expect(throws: SQLiteError.self) { try statement.bind(1, named: ":none") }
    #expect(throws: SQLiteError.self) { try statement.bind(1, at: 10) }
    #expect(try statement.step() == true)
    #expect(statement.int(0) == 5)
  }

  @Test func columnsAreDescribed() throws {
    let connection = try memory()
    try connection.execute("create table t (a integer, \"b c\" blob)")
    let statement = try connection.prepare("select a, \"b c\", 1 + 1 as two from t")
    #expect(statement.columnCount == 3)
    #expect((0..<3).map { statement.columnName($0) } == ["a", "b c", "two"])
    #expect(statement.isReadOnly == true)
    #expect(try connection.prepare("insert into t values (1, 2)").isReadOnly == false)
  }

  @Test func statementsOfOneTextComeOneByOne() throws {
    let connection = try memory()
    var text =
      "create table t (a);\n-- a comment; with a semicolon\n;; insert into t values ('♞;');"[
        ...]
    text += "\n select a from t -- the end"
    var rows: [String] = []
    while var statement = try connection.prepareNext(&text) {
      while try statement.step() { rows.append(statement.text(0)) }
    }
    #expect(rows == ["♞;"])
  }

  @Test(arguments: ["", "  \n", "-- nothing", ";;", "select 1; select 2", "select 1; nonsense"])
  func preparingWantsExactlyOneStatement(sql: String) throws {
    let connection = try memory()
    #expect(throws: SQLiteError.self) { _ = try connection.prepare(sql) }
  }

  @Test func trailingCommentsAreNoStatement() throws {
    let connection = try memory()
    #expect(try connection.prepare("select 1; -- done\n").columnCount == 1)
  }

  @Test func keptStatementsBeginAnew() throws {
    let connection = try memory()
    let sql = "select ?1 union all select 7"
    let first = try connection.keeping(sql) { outer in
      try outer.bind(3, at: 1)
      #expect(try outer.step())
      // One of the same text within it is another.
      let inner = try connection.keeping(sql) { inner in
        try inner.step() ? inner.value(0) : .integer(-1)
      }
      #expect(inner == .null)
      return outer.int(0)
    }
    #expect(first == 3)
    // Left in the middle of its rows, it starts again, without what was bound.
    let values = try connection.keeping(sql) { statement in
      var values: [Value] = []
      while try statement.step() { values.append(statement.value(0)) }
      return values
    }
    #expect(values == [.null, .integer(7)])
    #expect(throws: SQLiteError.self) { try connection.keeping("select nothing") { _ in } }
  }

  @Test func insertReportsRowAndChanges() throws {
    let connection = try memory()
    try connection.execute("create table t (a integer primary key)")
    try connection.run("insert into t values (41), (42)")
    #expect(connection.lastInsertRowID == 42)
    #expect(connection.changes == 2)
  }
}
