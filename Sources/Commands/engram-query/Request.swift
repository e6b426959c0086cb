// One question to a warehouse: the SQL and its parameters' values, checked before anything runs.

import Basics
import CommandLineTool
import Queries
import SQLiteKit

/// The warehouse has no answer to what was asked of it.
struct RequestError: Error, CustomStringConvertible {
  let description: String
}

struct Request {
  let warehouse: String
  private let sql: String
  /// nil for SQL without a head, whose parameters are known only once it is prepared.
  private let query: SavedQuery?
  private let values: [(name: String, value: Value)]

  /// - Throws: `UsageError` for a wrong call: unknown query or parameter, value of the wrong type.
  init(_ arguments: Arguments) throws {
    guard let warehouse = arguments.positionals.first else {
      throw UsageError("WAREHOUSE is missing")
    }
    let (query, sql) = try Request.statement(arguments)
    try self.init(
      warehouse, query, sql: sql, options: arguments.others, arguments.strings("param"))
  }

  /// - Parameters:
  ///   - options: Parameters that are given as options of their names.
  ///   - parameters: NAME=VALUE of `--param`.
  init(
    _ warehouse: String, _ query: SavedQuery?, sql: String,
    options: [(name: String, value: String)], _ parameters: [String]
  ) throws {
    (self.warehouse, self.query, self.sql) = (warehouse, query, sql)
    var given = options
    for text in parameters {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw UsageError("--param takes NAME=VALUE, not '\(text)'")
      }
      given.append((String(parts[0]), String(parts[1])))
    }
    var values: [(name: String, value: Value)] = []
    for (name, text) in given {
      guard !values.contains(where: { $0.name == name }) else {
        throw UsageError("parameter \(name) is given twice")
      }
      values.append((name, try Request.value(of: name, text, in: query)))
    }
    self.values = values
  }

  /// The saved query, if it is one, and the SQL.
  private static func statement(_ arguments: Arguments) throws -> (SavedQuery?, String) {
    let names = arguments.positionals.dropFirst()
    let options = ["sql", "file"].filter(arguments.isGiven)
    guard names.count + options.count == 1 else {
      throw UsageError(
        "give one question: a saved query's NAME, --sql, --file or '-' for standard input")
    }
    if let sql = arguments.string("sql") { return (nil, sql) }
    if let name = names.first, name != "-" {
      let query = try Catalogue.query(name)
      return (query, query.sql)
    }
    let path = arguments.string("file") ?? "-"
    let text = try readText(path)
    return SavedQuery.hasHead(text)
      ? (try SavedQuery(name: path == "-" ? "standard input" : path, text: text), text)
      : (nil, text)
  }

  private static func value(
    of name: String, _ text: String, in query: SavedQuery?
  ) throws -> Value {
    guard let query else { return literal(text) }
    guard let parameter = query.parameter(name) else {
      throw UsageError(
        unknown("parameter of \(query.name)", name, known: query.parameters.map(\.name)))
    }
    switch parameter.kind {
    case .text, .texts: return .text(text)
    case .int:
      guard let value = Int(text) else {
        throw UsageError("--\(name) takes a whole number, not '\(text)'")
      }
      return .integer(value)
    case .real:
      guard let value = Double(text), value.isFinite else {
        throw UsageError("--\(name) takes a number, not '\(text)'")
      }
      return .real(value)
    }
  }

  /// As the sqlite3 shell's `.parameter set` takes a value: a number where it is one, text in
  /// quotes without them, and anything else as text.
  private static func literal(_ text: String) -> Value {
    if let value = Int(text) { return .integer(value) }
    if let value = Double(text), value.isFinite { return .real(value) }
    if text.count >= 2, text.hasPrefix("'"), text.hasSuffix("'") {
      return .text(String(text.dropFirst().dropLast()))
    }
    return .text(text)
  }

  /// Runs, layers, classes and whatever else a head says must be there.
  /// - Throws: `RequestError` with the known ones.
  func checkNames(in warehouse: borrowing Connection) throws {
    guard let query else { return }
    let named = values.flatMap { name, value -> [(name: String, text: String)] in
      guard case .text(let text) = value else { return [] }
      guard query.parameter(name)?.kind == .texts else { return [(name, text)] }
      return text.split(separator: ",", omittingEmptySubsequences: false).map { (name, String($0)) }
    }
    for (name, text) in named {
      guard let domain = query.parameter(name)?.domain else { continue }
      let (table, column) = (domain.table, domain.column)
      // What networks say stands with the classes of data sets.
      let own = table == "class" ? "dataset_id is not null" : "true"
      let found = "select exists (select 1 from \(table) where \(column) = ? and \(own))"
      if try warehouse.first(found, .text(text)) == .integer(1) { continue }
      var statement = try warehouse.prepare(
        "select \(column) from \(table) where \(own) group by 1 order by min(\(table)_id) limit 10000"
      )
      var known: [String] = []
      while try statement.step() { known.append(statement.text(0)) }
      throw RequestError(description: "--\(name): " + unknown(domain.label, text, known: known))
    }
  }

  /// Runs every statement; the last one's answer is streamed, except for a table, those before are for what they
  /// leave: an attached file, a temporary table.
  /// - Returns: the number of rows.
  func write(
    _ format: OutputFormat, from warehouse: borrowing Connection, to output: Output,
    blobs: BlobForm = .summary
  ) throws -> Int {
    try answer(from: warehouse) { statement in
      var columns: [String] = []
      for column in 0..<statement.columnCount { columns.append(statement.columnName(column)) }
      var rows = try RowWriter(format: format, columns: columns, output: output)
      var count = 0
      while try statement.step() {
        if count == 0 { try tellDefaults(warehouse, row: statement) }
        try rows.write(cells(of: statement, blobs: blobs))
        count += 1
      }
      try rows.finish()
      return count
    }
  }

  /// Runs every statement, the last one by `body`.
  func answer<Result>(
    from warehouse: borrowing Connection, _ body: (inout Statement) throws -> Result
  ) throws -> Result {
    do {
      return try run(warehouse, body)
    } catch let error as SQLiteError where error.code == SQLiteCode.readOnly {
      // The file, and whatever is attached to it, is open for reading alone.
      throw writing
    }
  }

  private var writing: RequestError {
    RequestError(description: "\(warehouse) is only read here; the SQL would write")
  }

  /// Whether a statement makes something that ends with the connection.
  private func isTemporary(_ sql: String) -> Bool {
    let words = fromFirstStatement(sql[...]).lowercased().split(maxSplits: 2) { $0.isWhitespace }
    return words.count > 1 && words[0] == "create" && ["temp", "temporary"].contains(words[1])
  }

  private func run<Result>(
    _ warehouse: borrowing Connection, _ body: (inout Statement) throws -> Result
  ) throws -> Result {
    var rest = sql[...]
    var known: [String] = []
    while var statement = try warehouse.prepareNext(&rest) {
      for index in 0..<statement.parameterCount {
        let name = String((statement.parameterName(index + 1) ?? "?").dropFirst())
        if !known.contains(name) { known.append(name) }
        guard let value = values.first(where: { $0.name == name })?.value else { continue }
        try statement.bind(value, at: index + 1)
      }
      let isLast = fromFirstStatement(rest).isEmpty
      // A temporary table is for the statements behind it.
      guard statement.isReadOnly || !isLast && isTemporary(statement.sql) else { throw writing }
      guard isLast else {
        try statement.run()
        continue
      }
      for (name, _) in values where !known.contains(name) {
        throw UsageError(unknown("parameter of the SQL", name, known: known))
      }
      return try body(&statement)
    }
    throw RequestError(description: "there is no SQL statement to run")
  }

  private func isSet(_ parameter: String) -> Bool { values.contains { $0.name == parameter } }

  private func defaults(in warehouse: borrowing Connection) throws -> ChosenDefaults? {
    guard let query else { return nil }
    var run: String?
    if case .text(let name) = values.first(where: { $0.name == "run" })?.value { run = name }
    return try ChosenDefaults(of: query, in: warehouse, run: run, isSet: isSet)
  }

  /// A line on which run and layer were taken where none was named.
  func tellDefaults(_ warehouse: borrowing Connection) throws {
    if let chosen = try defaults(in: warehouse), chosen.isChoice, let line = chosen.line {
      note(line)
    }
  }

  /// The same, and on runs that a row tells.
  private func tellDefaults(_ warehouse: borrowing Connection, row: borrowing Statement) throws {
    try tellDefaults(warehouse)
    if let query, let line = ChosenDefaults.line(of: query, row: row, isSet: isSet) { note(line) }
  }

  /// What is said where there is no row: of what, and what was left out of the file may be why.
  func emptyNote(_ warehouse: borrowing Connection) throws -> String {
    var text = "no rows"
    if let line = try defaults(in: warehouse)?.line { text += ": " + line }
    if let query {
      text += "; what '\(query.name)' needs: engram-query help \(query.name)"
    }
    var runs: [String] = []
    var rows = try warehouse.prepare(
      "select name from run where activations = 'omitted' order by run_id")
    while try rows.step() { runs.append(rows.text(0)) }
    return runs.isEmpty
      ? text
      : text + "; the activations of \(listed(runs)) were left out (engram-ingest copy --without)"
  }
}
