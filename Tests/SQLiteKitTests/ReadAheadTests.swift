// What is read in large pieces is what stands in the file.

import Glibc
import SQLiteKit
import TestSupport
import Testing

@Suite struct ReadAheadTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Rows of some pages each, eight megabytes of them, that tell their number everywhere.
  func made(_ journal: String = "wal") throws -> String {
    let connection = try Connection.open(scratch.path("a.db"), mode: .create)
    try connection.execute(
      "pragma page_size = 2048; pragma journal_mode = \(journal); create table t (i integer primary key, b blob)"
    )
    var insert = try connection.prepare("insert into t values (?, ?)")
    try connection.transaction {
      for row in 0..<400 {
        try insert.bind([.integer(row), .blob(bytes(row))])
        try insert.run()
      }
    }
    _ = try connection.first("pragma wal_checkpoint(truncate)")
    return scratch.path("a.db")
  }

  func bytes(_ row: Int) -> [UInt8] {
    let size = 20_000 + row * 37 % 500
    return (0..<size).map { UInt8(truncatingIfNeeded: ($0 >> 7) &* 31 &+ row &* 7 &+ $0) }
  }

  func rows(_ reader: borrowing Connection, _ sql: String) throws -> [Int: [UInt8]] {
    var statement = try reader.prepare(sql)
    var found: [Int: [UInt8]] = [:]
    while try statement.step() { found[statement.int(0)] = statement.bytes(1) }
    return found
  }

  private var expected: [Int: [UInt8]] {
    Dictionary(uniqueKeysWithValues: (0..<400).map { ($0, bytes($0)) })
  }

  @Test(arguments: [
    "select i, b from t order by i", "select i, b from t order by i desc",
    "select i, b from t order by i * 7919 % 400", "select i, b from t where i % 9 = 0",
  ])
  func everyOrderReadsTheSame(sql: String) throws {
    let reader = try Connection.open(try made(), mode: .readOnly, readsAhead: true)
    let wanted = sql.contains("where") ? expected.filter { $0.key % 9 == 0 } : expected
    for _ in 0..<2 { #expect(try rows(reader, sql) == wanted) }
  }

  @Test func aFileReadWithoutLocksIsReadTheSame() throws {
    let reader = try Connection.openUnlocked(try made(), readsAhead: true)
    #expect(try rows(reader, "select i, b from t") == expected)
  }

  /// A statement that runs reads one state, the next one the newest, whatever was read ahead and wherever the log was moved.
  @Test(arguments: ["wal", "delete"])
  func whatIsWrittenMeanwhileIsReadByTheNextStatement(journal: String) throws {
    let path = try made(journal)
    let reader = try Connection.open(
      path, mode: .readOnly, busyTimeoutMilliseconds: 1, readsAhead: true)
    let writer = try Connection.open(path, mode: .readWrite, busyTimeoutMilliseconds: 1)
    var found: [Int: [UInt8]] = [:]
    do {
      var statement = try reader.prepare("select i, b from t")
      while try statement.step() {
        found[statement.int(0)] = statement.bytes(1)
        guard journal == "wal", statement.int(0) == 200 else { continue }
        try writer.execute("update t set b = zeroblob(20000) where i > 150")
        _ = try writer.first("pragma wal_checkpoint(passive)")
      }
    }
    #expect(found == expected)
    try writer.execute("update t set b = zeroblob(20000) where i > 150")
    _ = try writer.first("pragma wal_checkpoint(passive)")
    let zeros = [UInt8](repeating: 0, count: 20_000)
    #expect(
      try rows(reader, "select i, b from t")
        == expected.merging((151..<400).map { ($0, zeros) }) { $1 })
  }

  /// A file that is cut short while it is read is an error, and reading what is left is none.
  @Test func aFileThatIsCutShortIsAnError() throws {
    let path = try made()
    let reader = try Connection.open(path, mode: .readOnly, readsAhead: true)
    var statement = try reader.prepare("select i, b from t")
    for _ in 0..<300 { #expect(try statement.step() == true) }
    #expect(truncate(path, 4 << 20) == 0)
    #expect(throws: SQLiteError.self) {
      while try statement.step() {}
    }
    statement.reset()
  }
}
