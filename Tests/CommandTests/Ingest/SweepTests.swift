// Every column of every table of a warehouse, set to what no ingest writes, under every command that reads one: an answer or
// a line, never a signal. Takes every sixtieth pair of a column and a value, and every eighth saved query; all of them with
// ENGRAM_SWEEP=all in the environment, which takes about an hour. Leaves out files that are no SQLite (tools/fuzz).

import Foundation
import Queries
import SQLiteKit
import Testing

/// A small measured warehouse whose schema lets everything pass, as anybody's editor can make one.
private final class HostileStudy: Sendable {
  private static let made = Result { try HostileStudy() }
  static func get() throws -> HostileStudy { try made.get() }

  let directory: TemporaryDirectory
  var warehouse: String { directory.path("hostile.db") }

  private init() throws {
    directory = try TemporaryDirectory()
    let study = try SharedStudy.get()
    for (name, data) in [
      ("clean", "shapes:test"), ("styl", "shapes-stylised:test"), ("tr", "shapes:train"),
    ] {
      try run(
        "--model", "alexnet-cifar", "--weights", study.randomWeights, "--data", "\(data):20",
        "--layers", "last:1",
        "--into", "hostile.db", "--name", name)
    }
    for options in [
      ["--between", "clean,styl"], ["--run", "clean", "--by", "predicted"],
      ["--run", "styl", "--under", "tr"],
      ["--run", "styl", "--detect", "tr"], ["--bootstrap", "3"],
    ] { try run(["measure", "hostile.db"] + options) }
    let connection = try Connection.open(warehouse, mode: .readWrite)
    try connection.execute("pragma journal_mode = delete; pragma writable_schema = on")
    var tables: [(String, String)] = []
    do {
      var rows = try connection.prepare(
        "select name, sql from sqlite_schema where type = 'table' and sql is not null")
      while try rows.step() { tables.append((rows.text(0), rows.text(1))) }
    }
    for (name, sql) in tables {
      try connection.run(
        "update sqlite_master set sql = ? where name = ? and type = 'table'",
        .text(permissive(sql)), .text(name))
    }
    try connection.execute("pragma writable_schema = reset")
    let check = try connection.first("pragma integrity_check")
    try #require(check == .text("ok"))
  }

  private func run(_ arguments: String...) throws { try run(arguments) }

  private func run(_ arguments: [String]) throws {
    let result = try runCommand("engram-ingest", arguments, directory: directory.root)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// The same table without checks, types that are enforced, and columns that must not be null.
  private func permissive(_ sql: String) -> String {
    var text = sql.replacing("not null", with: "").replacing(") strict", with: ")")
    while let check = text.firstRange(of: "check (") {
      var end = check.upperBound
      var depth = 1
      while depth > 0 {
        depth += text[end] == "(" ? 1 : text[end] == ")" ? -1 : 0
        end = text.index(after: end)
      }
      text.removeSubrange(check.lowerBound..<end)
    }
    return text.replacing(/,(\s*,)+/, with: ",").replacing(/,\s*\)/, with: ")")
  }

  /// Table and column, in the order of the schema.
  func columns() throws -> [(table: String, column: String, type: String)] {
    let connection = try Connection.open(warehouse, mode: .readOnly)
    var rows = try connection.prepare(
      """
      select s.name, c.name, c.type from sqlite_schema as s join pragma_table_xinfo(s.name) as c
      where s.type = 'table' and s.name not like 'sqlite%' and c.hidden = 0 order by s.name, c.cid
      """)
    var columns: [(String, String, String)] = []
    while try rows.step() {
      columns.append((rows.text(0), rows.text(1), rows.text(2).lowercased()))
    }
    return columns
  }
}

@Suite struct SweepTests {
  /// What a column is set to, as SQL over its own value. A NaN is a null to SQLite.
  private static let values = [
    "null", "-1", "0", "9223372036854775807", "-9223372036854775808", "9e999", "-9e999", "1e308",
    "'abc'", "x''",
    "x'fffe'", "cast(substr(COLUMN, 1, length(COLUMN) - 1) as blob)",
    "cast(COLUMN || x'00' as blob)",
  ]
  private static let tables = [
    "activation", "activation_index", "class", "class_output", "class_profile", "dataset",
    "detector", "divergence",
    "embedding", "embedding_method", "engram_schema",
    "entanglement",
    "entropy", "labelling", "layer", "layer_weight", "likelihood", "model", "prediction", "rank",
    "replicate",
    "run", "run_layer", "run_thumbnail",
    "sample", "sample_label", "score", "significance", "sparsity", "thumbnail",
    "unreadable",
  ]
  private static var isWhole: Bool { ProcessInfo.processInfo.environment["ENGRAM_SWEEP"] == "all" }

  @Test func everyTableIsSwept() throws {
    #expect(Set(try HostileStudy.get().columns().map(\.table)) == Set(Self.tables))
  }

  @Test(arguments: tables)
  func `An answer or a line, never a signal`(table: String) throws {
    let study = try HostileStudy.get()
    let columns = try study.columns()
    var counts: [String: Int] = [:]
    for (number, column) in columns.enumerated() where column.table == table {
      for (place, value) in Self.values.enumerated()
      where Self.isWhole || (number + place) % 60 == 0 {
        let directory = try TemporaryDirectory()
        let path = directory.path("w.db")
        try FileManager.default.copyItem(atPath: study.warehouse, toPath: path)
        guard try set(column.column, of: table, to: value, in: path) else {
          counts["refused by SQLite", default: 0] += 1
          continue
        }
        for arguments in try commands(number + place) {
          let result = try runCommand(
            arguments[0], Array(arguments.dropFirst()), directory: directory.root)
          let lines = result.errors.split(separator: "\n")
          let isLine = result.status == 1 && lines.last?.hasPrefix(arguments[0]) == true
          counts[result.status == 0 ? "answers" : isLine ? "lines" : "failures", default: 0] += 1
          #expect(
            result.status == 0 || isLine,
            """
            \(table).\(column.column) = \(value): \(arguments.joined(separator: " ")) ended with \(result.status): \
            \(lines.suffix(3).joined(separator: " | ").prefix(500))
            """)
        }
      }
    }
    print(
      "sweep of \(table): \(counts.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", "))"
    )
  }

  /// In every row, or in the last one where SQLite takes it for one alone.
  private func set(_ column: String, of table: String, to value: String, in path: String) throws
    -> Bool
  {
    let connection = try Connection.open(path, mode: .readWrite)
    let update = "update \(table) set \(column) = \(value.replacing("COLUMN", with: column))"
    for rows in ["", " where rowid = (select max(rowid) from \(table))"] {
      do {
        try connection.execute(update + rows)
        return true
      } catch { continue }
    }
    return false
  }

  /// The commands that only read come first.
  private func commands(_ number: Int) throws -> [[String]] {
    let queries = try SavedQuery.all().map(\.name).enumerated().filter {
      Self.isWhole || ($0.offset + number) % 8 == 0
    }
    let arrays = ["bitsets", "x", "z", "counts", "divergence", "entanglement"].enumerated().filter {
      Self.isWhole || ($0.offset + number) % 2 == 0
    }
    return [["engram-ingest", "verify", "w.db"], ["engram-report", "w.db", "--out", "r.html"]]
      + queries.map { ["engram-query", "w.db", $0.element] }
      + arrays.map {
        ["engram-query", "export", "w.db", $0.element, "--output", "\($0.element).npz"]
      }
      + [
        ["engram-query", "export", "w.db", "parquet", "--output", "folder"],
        ["engram-ingest", "copy", "w.db", "copy.db", "--without", "activations"],
        ["engram-ingest", "merge", "all.db", "w.db"], ["engram-ingest", "measure", "w.db"],
        ["engram-ingest", "index", "w.db"], ["engram-ingest", "map", "w.db", "--iterations", "5"],
        ["engram-ingest", "measure", "w.db", "--bootstrap", "2"],
        ["engram-ingest", "measure", "w.db", "--run", "styl", "--detect", "tr"],
        [
          "engram-ingest", "detect", "w.db", "--run", "styl", "--reference", "tr", "--weights",
          try SharedStudy.get().randomWeights, "--data", "shapes-stylised:test:20", "--data",
          "shapes:train:20", "--detectors", "gram:orders=2",
        ],
      ]
  }
}
