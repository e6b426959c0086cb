// Rows of results as a table, CSV (RFC 4180), JSON or JSON lines, streamed. What would steer a terminal is escaped in
// tables and JSON, and in CSV where it goes to a terminal. Infinities are 9e999 and -9e999 in every format, a number of JSON's
// grammar that SQLite, Python, pandas and DuckDB read as infinite; NaN is null, as it is in SQL.

internal import Basics

package enum OutputFormat: String, CaseIterable, Sendable {
  case table, csv, json, jsonl
  /// CSV whose texts no spreadsheet takes for formulas: those that begin like one have an apostrophe in front. No
  /// choice of --format: other programs would read the apostrophes.
  case spreadsheet

  /// The choices of --format.
  package static let allCases: [OutputFormat] = [.table, .csv, .json, .jsonl]
}

/// A value of a result row.
package enum Cell: Equatable, Sendable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
}

/// Writes rows in one format.
package struct RowWriter {
  private let format: OutputFormat
  private let columns: [String]
  /// Of a JSON object, which has every name once.
  private let keys: [String]
  private let output: Output
  private var table: TableWriter
  private var count = 0

  package init(format: OutputFormat, columns: [String], output: Output) throws {
    self.format = format
    self.columns = columns
    keys = distinctNames(columns).map { jsonString($0) + ": " }
    self.output = output
    table = TableWriter(columns: columns)
    if format == .csv || format == .spreadsheet {
      try output.write(csvLine(columns.map { .text($0) }))
    }
    if format == .json { try output.write("[") }
  }

  package mutating func write(_ row: [Cell]) throws {
    precondition(row.count == columns.count, "a row has a cell for every column")
    switch format {
    case .table: try output.write(table.add(row))
    case .csv, .spreadsheet: try output.write(csvLine(row))
    case .json: try output.write((count == 0 ? "\n" : ",\n") + "  " + jsonObject(row))
    case .jsonl: try output.write(jsonObject(row) + "\n")
    }
    count += 1
  }

  /// Ends the result; the output stays open.
  package mutating func finish() throws {
    if format == .json { try output.write(count == 0 ? "]\n" : "\n]\n") }
    if format == .table { try output.write(table.finish()) }
  }

  private func csvLine(_ row: [Cell]) -> String {
    row.map { cell in
      guard case .text(let given) = cell else { return cell.plainText }
      let text = output.isTerminal ? given.withoutSteering(except: ["\n", "\t"]) : given
      return (format == .spreadsheet ? text.withoutFormula : text).csvField
    }.joined(separator: ",") + "\r\n"
  }

  private func jsonObject(_ row: [Cell]) -> String {
    let pairs = zip(keys, row).map { $0 + $1.json }
    return "{" + pairs.joined(separator: ", ") + "}"
  }
}

/// The names, where one came before with "_2" behind it, "_3" and so on: `mean`, `mean_2`.
package func distinctNames(_ names: [String]) -> [String] {
  // As bytes: two spellings of an accented letter are two names.
  var taken = Set(names.map { Array($0.utf8) })
  var seen: Set<[UInt8]> = []
  return names.map { name in
    if seen.insert(Array(name.utf8)).inserted { return name }
    var number = 2
    while !taken.insert(Array("\(name)_\(number)".utf8)).inserted { number += 1 }
    return "\(name)_\(number)"
  }
}

extension Cell {
  var isNumber: Bool {
    switch self {
    case .integer, .real: true
    case .null, .text: false
    }
  }

  /// Full precision: the shortest text that reads back as the same number.
  package var plainText: String {
    switch self {
    case .null: ""
    case .integer(let value): "\(value)"
    case .real(let value): decimal(value) ?? ""
    case .text(let text): text
    }
  }

  /// For tables: five significant digits, and escapes for what would steer a terminal.
  var shortText: String {
    switch self {
    case .real(let value): value.isFinite ? significant(value, 5) : decimal(value) ?? ""
    case .text(let text): text.withoutSteering()
    case .null, .integer: plainText
    }
  }

  var json: String {
    switch self {
    case .null: "null"
    case .integer(let value): "\(value)"
    case .real(let value): decimal(value) ?? "null"
    case .text(let text): jsonString(text)
    }
  }
}

/// The shortest decimal that is this number, 9e999 with its sign for an infinite one; nil for NaN.
package func decimal(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> String? {
  guard !value.isNaN else { return nil }
  return value.isFinite ? value.description : value < 0 ? "-9e999" : "9e999"
}

/// A JSON string literal, its quotes included; what would steer a terminal is escaped, which JSON reads as itself.
package func jsonString(_ text: String) -> String {
  var literal = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": literal += "\\\""
    case "\\": literal += "\\\\"
    case "\n": literal += "\\n"
    case "\r": literal += "\\r"
    case "\t": literal += "\\t"
    case _ where scalar.isSteering:
      for unit in String(scalar).utf16 {
        let hex = String(unit, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      }
    default: literal.unicodeScalars.append(scalar)
    }
  }
  return literal + "\""
}
