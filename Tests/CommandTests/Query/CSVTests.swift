// CSV from every command that writes some, read by a strict reader of RFC 4180: lines end in CR LF, the last one too, have
// as many fields as the heading, and what is quoted comes back as it was.

import Foundation
import SQLiteKit
import Testing

@Suite struct CSVTests {
  private let scratch: TemporaryDirectory
  private var warehouse: String { scratch.path("w.db") }

  init() throws {
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("w.db"))
  }

  private struct NotTheStandard: Error, CustomStringConvertible {
    let description: String
  }

  /// The fields of every line.
  private func records(_ text: [UInt8]) throws -> [[[UInt8]]] {
    var (records, record, field) = ([[[UInt8]]](), [[UInt8]](), [UInt8]())
    var place = 0
    func next() -> UInt8? { place < text.count ? text[place] : nil }
    func isLineEnd() -> Bool { text[place...].starts(with: [13, 10]) }
    while place < text.count {
      if next() == UInt8(ascii: "\"") {
        place += 1
        while true {
          guard let byte = next() else { throw NotTheStandard(description: "a quote has no end") }
          place += 1
          if byte != UInt8(ascii: "\"") {
            field.append(byte)
          } else if next() == byte {
            field.append(byte)
            place += 1
          } else {
            break
          }
        }
        guard next() == UInt8(ascii: ",") || place < text.count && isLineEnd() else {
          throw NotTheStandard(description: "text behind a quoted field, at byte \(place)")
        }
      } else {
        while let byte = next(), byte != UInt8(ascii: ","), !isLineEnd() {
          if [13, 10, UInt8(ascii: "\"")].contains(byte) {
            throw NotTheStandard(
              description: "byte \(place) is \(byte) in a field without quotes")
          }
          field.append(byte)
          place += 1
        }
      }
      record.append(field)
      field = []
      guard let end = next() else {
        throw NotTheStandard(description: "the last line does not end in CR LF")
      }
      if end == UInt8(ascii: ",") {
        place += 1
        guard place < text.count else { throw NotTheStandard(description: "it ends in a comma") }
        if isLineEnd() { record.append([]) } else { continue }
      }
      place += 2
      records.append(record)
      record = []
    }
    return records
  }

  /// The rows' first column as text, the heading left out.
  @discardableResult
  private func check(_ csv: [UInt8], rows: Int? = nil) throws -> [String] {
    let records = try records(csv)
    let columns = try #require(records.first).count
    #expect(records.allSatisfy { $0.count == columns }, "lines of other lengths")
    if let rows { #expect(records.count == rows + 1) }
    return records.dropFirst().map { String(decoding: $0[0], as: UTF8.self) }
  }

  private static let names = [
    "a", "a,b", "say \"hi\"", "\"", "two\nlines", "a\rb", "ends\r\n", "\r\n,\"\r\n", " ",
    "é,\u{301}",
    "\"\u{301}",
  ]

  @Test func `Names of every kind come back from queries and exports`() throws {
    do {
      let connection = try Connection.open(warehouse, mode: .readWrite)
      for (index, name) in Self.names.enumerated() {
        try connection.run(
          "update sample set key = ? where position = ?", .text(name), .integer(index))
      }
    }
    let expected = try rows(
      warehouse,
      "select key from sample join prediction using (sample_id) where run_id = 1 order by position"
    ).map { row in if case .text(let key) = row[0] { key } else { "" } }
    #expect(expected.count == 60 && Set(Self.names).isSubset(of: expected))
    let sql = """
      select key, '\"' || key, position from sample join prediction using (sample_id)
      where run_id = 1 order by position
      """
    let (file, array) = (scratch.path("q.csv"), scratch.path("z.csv"))
    let shown = try runCommand("engram-query", [warehouse, "--sql", sql, "--format", "csv"])
    expectSuccess(shown)
    expectSuccess(
      try runCommand(
        "engram-query", [warehouse, "--sql", sql, "--format", "csv", "--output", file]))
    #expect(try bytes(of: file) == Array(shown.output.utf8))
    let found = try check(Array(shown.output.utf8), rows: 60)
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    expectSuccess(
      try runCommand(
        "engram-query", ["export", warehouse, "z", "--run", "clean", "--output", array]))
    #expect(
      try check(try bytes(of: array), rows: 60).map { Array($0.utf8) }
        == expected.map { Array($0.utf8) })
  }

  @Test func `Every command's CSV is the standard's`() throws {
    for (words, rows) in [
      (["runs", "w.db"], 3), (["verify", "w.db"], nil),
      (["measure", "w.db", "--run", "clean", "--by", "predicted"], nil),
      (["merge", "merged.db", "w.db"], 3), (["delete", "w.db", "--run", "memorised"], 1),
      (["delete", "w.db", "--orphans"], 1),
    ] as [([String], Int?)] {
      let result = try runCommand(
        "engram-ingest", words + ["--format", "csv"], directory: scratch.root)
      expectSuccess(result)
      try check(Array(result.output.utf8), rows: rows)
    }
    for name in ["bitsets", "counts", "divergence", "entanglement", "x"] {
      let file = scratch.path("\(name).csv")
      expectSuccess(
        try runCommand(
          "engram-query", ["export", warehouse, name, "--run", "clean", "--output", file]))
      try check(try bytes(of: file))
    }
  }
}
