// Rows of a sweep beside those of a statement that steps through them.

import SQLiteKit
import TestSupport
import Testing

struct SweepTests {
  private func filled(_ count: Int) throws -> Connection {
    let connection = try Connection.open(":memory:", mode: .create)
    try connection.execute(
      """
      create table t (a, b, c);
      with recursive n (i) as (select 1 union all select i + 1 from n where i < \(count))
      insert into t select i, case i % 5 when 0 then null when 1 then i / 3.0 when 2 then 'text ' || (i % 7)
        when 3 then '' else x'0102' end, -i from n where i <= \(count)
      """)
    return connection
  }

  /// One row fewer than a batch, a batch, one more, and several; and none.
  @Test(arguments: [1, 127, 128, 129, 1000])
  func `Rows are those of a statement`(count: Int) throws {
    let connection = try filled(count)
    var found: [[Value]] = []
    try connection.sweep(["a", "b"], from: "t where a > ?", [.integer(0)]) { rows in
      #expect(rows.width == 2)
      for row in 0..<rows.count {
        found.append(
          (0..<2).map { column in
            let place = row * rows.width + column
            let word = rows.words[place]
            return switch rows.types[place] {
            case .null: .null
            case .integer: .integer(word)
            case .real: .real(Double(bitPattern: UInt64(UInt(bitPattern: word))))
            case .text: .text(rows.texts[word])
            case .blob: .blob([1, 2])
            }
          })
      }
    }
    var expected: [[Value]] = []
    var statement = try connection.prepare("select a, b from t")
    while try statement.step() { expected.append([statement.value(0), statement.value(1)]) }
    #expect(found == expected)
    #expect(found.count == count)
  }

  @Test func `Of no rows there is no call, and more than a few texts are not told apart`() throws {
    let connection = try filled(10)
    try connection.sweep(["a"], from: "t where a > 10") { _ in Issue.record("a call") }
    try connection.execute("delete from t")
    try connection.execute(
      """
      with recursive n (i) as (select 0 union all select i + 1 from n where i < 99)
      insert into t select i, 'text ' || i, null from n
      """)
    var places: [Int] = []
    try connection.sweep(["b"], from: "t") { rows in places += rows.words }
    #expect(places == (0..<64) + [Int](repeating: -1, count: 36))
  }

  @Test func `What the reader throws ends it, and what SQLite finds is told`() throws {
    struct Stop: Error {}
    let connection = try filled(1000)
    var calls = 0
    #expect(throws: Stop.self) {
      try connection.sweep(["a"], from: "t") { _ in
        calls += 1
        throw Stop()
      }
    }
    #expect(calls == 1)
    #expect(throws: SQLiteError.self) { try connection.sweep(["d"], from: "t") { _ in } }
    #expect(throws: SQLiteError.self) {
      try connection.sweep(["abs(-9223372036854775807 - a)"], from: "t") { _ in }
    }
    // The next one begins anew.
    var sum = 0
    try connection.sweep(["a"], from: "t") { sum += $0.words.reduce(0, +) }
    #expect(sum == 500_500)
  }
}
