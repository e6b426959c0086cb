// Opening, transactions and errors of a connection.

import Glibc
import SQLiteKit
import TestSupport
import Testing

@Suite struct ConnectionTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func made(_ name: String = "a.db", wal: Bool = false) throws -> String {
    let connection = try Connection.open(scratch.path(name), mode: .create)
    if wal { try connection.execute("pragma journal_mode = wal") }
    try connection.execute("create table t (a integer, b text); insert into t values (1, 'x')")
    return scratch.path(name)
  }

  func code<T: ~Copyable>(_ body: () throws -> T) -> Int32? {
    do {
      _ = try body()
      return nil
    } catch { return (error as? SQLiteError)?.code }
  }

  @Test func missingFileIsMadeOnlyOnRequest() throws {
    let path = scratch.path("none.db")
    #expect(code { try Connection.open(path, mode: .readOnly) } == SQLiteCode.cannotOpen)
    #expect(code { try Connection.open(path, mode: .readWrite) } == SQLiteCode.cannotOpen)
    #expect(!scratch.exists("none.db"))
    _ = try Connection.open(path, mode: .create)
    #expect(scratch.exists("none.db"))
  }

  @Test func garbageIsRefusedOnOpening() throws {
    let path = try scratch.write([UInt8](repeating: 0x41, count: 4096), to: "garbage.db")
    #expect(code { try Connection.open(path, mode: .readOnly) } == SQLiteCode.notADatabase)
    #expect(code { try Connection.open(path, mode: .create) } == SQLiteCode.notADatabase)
  }

  @Test func readOnlyRefusesWrites() throws {
    let connection = try Connection.open(try made(), mode: .readOnly)
    #expect(connection.isReadOnly == true)
    #expect(try connection.integer("select a from t") == 1)
    #expect(code { try connection.execute("insert into t values (2, 'y')") } == SQLiteCode.readOnly)
    #expect(code { try connection.execute("create table u (a)") } == SQLiteCode.readOnly)
  }

  @Test func readOnlySeesAWriteAheadLogInUse() throws {
    let path = try made(wal: true)
    let writer = try Connection.open(path, mode: .readWrite)
    try writer.execute("insert into t values (2, 'y')")
    #expect(scratch.exists("a.db-wal"))
    let reader = try Connection.open(path, mode: .readOnly)
    #expect(try reader.integer("select count(*) from t") == 2)
  }

  /// What a program sees that may write neither the file nor its folder: one state, or a line.
  @Test func aFileReadWithoutLocksIsOneState() throws {
    let path = scratch.path("u.db")
    do {
      let writer = try Connection.open(path, mode: .create)
      try writer.execute(
        """
        pragma journal_mode = wal; create table t (a integer, b text);
        insert into t with recursive n(a) as (select 1 union all select a + 1 from n where a < 2000)
        select a, hex(zeroblob(500)) from n
        """)
    }
    #expect(!scratch.exists("u.db-wal"))
    let reader = try Connection.openUnlocked(path)
    var rows = try reader.prepare("select a from t where b is not null order by rowid")
    let first = try rows.step()
    #expect(first)
    let writer = try Connection.open(path, mode: .readWrite)
    try writer.execute("delete from t where a > 1000")
    #expect(scratch.exists("u.db-wal"))
    // It stands in the log: the file is what it was.
    #expect(try reader.integer("select count(*) from t") == 2000)
    for _ in 2...1000 { _ = try rows.step() }
    #expect(code { try Connection.openUnlocked(path) } == SQLiteCode.cannotOpen)
    try writer.execute("pragma wal_checkpoint(truncate)")
    #expect(code { _ = try rows.step() } == SQLiteCode.busy)
    #expect(code { try reader.integer("select count(*) from t") } == SQLiteCode.busy)
    #expect(try Connection.openUnlocked(path).integer("select count(*) from t") == 1000)
  }

  @Test func readOnlyOpensAWriteAheadFileAlone() throws {
    let path = try made("odd name %?#.db", wal: true)
    #expect(!scratch.exists("odd name %?#.db-wal"))
    let reader = try Connection.open(path, mode: .readOnly)
    #expect(try reader.integer("select count(*) from t") == 1)
  }

  @Test(.enabled(if: geteuid() != 0, "root writes anywhere"))
  func readOnlyOpensAWriteAheadFileInADirectoryThatCannotBeWritten() throws {
    let path = try made("odd name %?#.db", wal: true)
    chmod(scratch.directory, 0o500)
    defer { chmod(scratch.directory, 0o700) }
    let reader = try Connection.open(path, mode: .readOnly)
    #expect(try reader.integer("select count(*) from t") == 1)
  }

  @Test(.enabled(if: geteuid() != 0, "root writes anywhere"))
  func aLogInADirectoryThatCannotBeWrittenIsNotIgnored() throws {
    let path = try made(wal: true)
    let log: [UInt8] = try {
      let writer = try Connection.open(path, mode: .readWrite)
      try writer.execute("insert into t values (2, 'y')")
      return try scratch.read("a.db-wal")
    }()
    _ = try scratch.write(log, to: "a.db-wal")
    chmod(scratch.directory, 0o500)
    defer { chmod(scratch.directory, 0o700) }
    #expect(throws: SQLiteError.self) { _ = try Connection.open(path, mode: .readOnly) }
  }

  @Test func transactionCommitsOrRollsBackWhole() throws {
    let connection = try Connection.open(try made(), mode: .readWrite)
    try connection.transaction { try connection.execute("insert into t values (2, 'y')") }
    #expect(try connection.integer("select count(*) from t") == 2)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try connection.transaction {
        try connection.execute("insert into t values (3, 'z')")
        throw Stop()
      }
    }
    #expect(try connection.integer("select count(*) from t") == 2)
    #expect(connection.isInTransaction == false)
  }

  /// A part that fails is undone alone; what is kept of a transaction's parts goes with it where it fails.
  @Test func aTransactionWithinAnotherIsAPartOfIt() throws {
    let connection = try Connection.open(try made(), mode: .readWrite)
    struct Stop: Error {}
    func insert(_ number: Int) throws {
      try connection.execute("insert into t values (\(number), 'x')")
    }
    try connection.execute("delete from t")
    try connection.transaction {
      try insert(1)
      try connection.transaction { try insert(2) }
      var isThrown = false
      do {
        try connection.transaction {
          try insert(3)
          try connection.transaction { try insert(4) }
          throw Stop()
        }
      } catch is Stop { isThrown = true }
      #expect(isThrown)
      #expect(connection.isInTransaction == true)
      try connection.transaction { try insert(5) }
    }
    #expect(connection.isInTransaction == false)
    #expect(try connection.integer("select count(*) from t") == 3)
    #expect(throws: Stop.self) {
      try connection.transaction {
        try connection.transaction { try insert(6) }
        throw Stop()
      }
    }
    #expect(connection.isInTransaction == false)
    #expect(try connection.integer("select count(*) from t") == 3)
  }

  @Test func secondWriterIsToldThatTheFileIsBusy() throws {
    let path = try made(wal: true)
    let first = try Connection.open(path, mode: .readWrite)
    let second = try Connection.open(path, mode: .readWrite, busyTimeoutMilliseconds: 1)
    try first.transaction {
      #expect(code { try second.transaction {} } == SQLiteCode.busy)
    }
    #expect(code { try second.transaction {} } == nil)
  }

  @Test func errorsCarryCodeMessageAndStatement() throws {
    let connection = try Connection.open(":memory:", mode: .create)
    try connection.execute("create table t (a integer unique)")
    try connection.run("insert into t values (?)", 1)
    do {
      try connection.run("insert into t values (?)", 1)
      Issue.record("the second row was taken")
    } catch {
      #expect(error.code == SQLiteCode.constraint)
      #expect(error.extendedCode == SQLiteCode.unique)
      #expect(error.message == "UNIQUE constraint failed: t.a")
      #expect(error.sql == "insert into t values (?)")
      #expect(error.description.contains("t.a in: insert into t"))
    }
    #expect(code { try connection.execute("select from") } == SQLiteCode.error)
  }

  @Test func progressHandlerStopsALongStatement() throws {
    var connection = try Connection.open(":memory:", mode: .create)
    let endless =
      "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    connection.setProgressHandler(every: 1000) { false }
    let interrupted = code { try connection.execute(endless) }
    #expect(interrupted == SQLiteCode.interrupt)
    connection.setProgressHandler(nil)
    #expect(try connection.integer("select 3") == 3)
  }

  @Test func connectionOutlivedByItsStatement() throws {
    func orphan() throws -> Statement {
      let connection = try Connection.open(":memory:", mode: .create)
      return try connection.prepare("select 7")
    }
    var statement = try orphan()
    #expect(try statement.step() == true)
    #expect(statement.int(0) == 7)
  }
}
