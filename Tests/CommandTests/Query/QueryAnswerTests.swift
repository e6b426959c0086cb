// Every saved query against a warehouse answered by hand: with nothing set, and with what can be set.
// Queries that need the engram functions are asked through engram-query in QueryCommandTests.

import Queries
import SQLiteKit
import Testing
import Warehouse

/// A saved query, what is set, and the answer worked out from QueryFixture.
struct Answer: Sendable, CustomTestStringConvertible {
  let query: String
  let parameters: [(name: String, value: Value)]
  let rows: [[Value]]
  let testDescription: String
  /// The version of the schema from which on files can hold what it is of.
  let since: Int

  /// - Parameters:
  ///   - question: `name parameter=value …`
  ///   - answer: a row a line, cells between bars.
  init(_ question: String, since: Int = 1, _ answer: String) {
    self.since = since
    let words = question.split(separator: " ")
    query = String(words[0])
    parameters = words.dropFirst().map { word in
      let parts = word.split(separator: "=")
      return (String(parts[0]), cell(parts[1]))
    }
    rows = answer.split(separator: "\n").map { $0.split(separator: "|").map(cell) }
    testDescription = question
  }
}

/// `-` is null, digits an integer, a point or a fraction a real, anything else text.
private func cell(_ text: Substring) -> Value {
  if text == "-" { return .null }
  if let value = Int(text) { return .integer(value) }
  let parts = text.split(separator: "/").map { Double($0) }
  if parts.count == 2, let a = parts[0], let b = parts[1] { return .real(a / b) }
  if text.contains("."), let value = Double(text) { return .real(value) }
  return .text(String(text))
}

@Suite struct QueryAnswerTests {
  @Test(arguments: QueryAnswers.all)
  func `Its answer is the one worked out by hand`(answer: Answer) throws {
    try expect(answer, in: try QueryFixture.make())
  }

  /// SQLite may give rows that no `order by` puts in order in any: what it then gives backwards is in no order of the
  /// query's own, ties among it.
  @Test(arguments: QueryAnswers.all)
  func `Its rows come in an order of its own`(answer: Answer) throws {
    let warehouse = try QueryFixture.make()
    try warehouse.execute("pragma reverse_unordered_selects = on")
    try expect(answer, in: warehouse)
  }

  /// Rows of a group may come in order without being asked to: every query says so itself, outside of what is in
  /// parentheses.
  @Test func `Every query puts its rows in order`() throws {
    for query in try SavedQuery.all() {
      var (depth, outer) = (0, "")
      for character in query.sql.lowercased() {
        if character == ")" { depth -= 1 }
        if depth == 0 { outer.append(character.isWhitespace ? " " : character) }
        if character == "(" { depth += 1 }
      }
      #expect(outer.contains(" order by "), "\(query.name)")
    }
  }

  @Test(arguments: QueryAnswers.all.filter { $0.since <= 7 })
  func `A file of version 7 that is only read gives the same`(answer: Answer) throws {
    let scratch = try TemporaryDirectory()
    _ = try QueryFixture.make(at: scratch.path("w.db"), version: 7)
    let warehouse = try Warehouse.open(scratch.path("w.db"), mode: .readOnly)
    try expect(answer, in: warehouse.connection)
  }

  private func expect(_ answer: Answer, in warehouse: borrowing Connection) throws {
    let query = try #require(try SavedQuery.all().first { $0.name == answer.query })
    var statement = try warehouse.prepare(query.sql)
    for (name, value) in answer.parameters { try statement.bind(value, named: ":" + name) }
    var rows: [[Value]] = []
    while try statement.step() {
      var row: [Value] = []
      for column in 0..<statement.columnCount { row.append(statement.value(column)) }
      rows.append(row)
    }
    try #require(rows.count == answer.rows.count, "\(rows)")
    for (place, (row, expected)) in zip(rows, answer.rows).enumerated() {
      #expect(
        row.count == expected.count && zip(row, expected).allSatisfy(agree),
        "row \(place): \(row), expected \(expected)")
    }
  }

  @Test func `Every query returns the columns it announces and runs on an empty warehouse`() throws
  {
    let warehouse = try QueryFixture.make()
    try warehouse.execute("pragma foreign_keys = on; delete from run; delete from labelling")
    for query in try SavedQuery.all() where query.needs == nil {
      var statement = try warehouse.prepare(query.sql)
      var names: [String] = []
      for column in 0..<statement.columnCount { names.append(statement.columnName(column)) }
      #expect(names == query.columns, "\(query.name)")
      let (isReadOnly, hasRow) = (statement.isReadOnly, try statement.step())
      #expect(isReadOnly && !hasRow, "\(query.name)")
    }
  }

  @Test func `Every plain query has a hand-made answer with nothing set`() throws {
    let answered = QueryAnswers.all.filter { $0.parameters.isEmpty }.map { $0.query }
    let plain = try SavedQuery.all().filter { $0.needs == nil }.map(\.name)
    #expect(Set(answered) == Set(plain))
  }

  @Test func `A parameter's domain is a column of the schema`() throws {
    let warehouse = try QueryFixture.make()
    for query in try SavedQuery.all() {
      for domain in query.parameters.compactMap(\.domain) {
        let known = try warehouse.integer("select count(\(domain.column)) from \(domain.table)")
        #expect(known ?? 0 > 0, "\(query.name) \(domain)")
      }
    }
  }
}

/// Reals may differ by the rounding of the sums they come from.
private func agree(_ a: Value, _ b: Value) -> Bool {
  guard case .real(let x) = a, case .real(let y) = b else { return a == b }
  return abs(x - y) <= 1e-12 * max(1, abs(y))
}
