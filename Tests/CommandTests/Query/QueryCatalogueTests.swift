// The catalogue: the folder's files, the compiled ones and README.md say the same; heads parse.

import Foundation
import Queries
import TestSupport
import Testing

@Suite struct QueryCatalogueTests {
  private let folder = packageDirectory() + "/Queries"

  @Test func `The folder holds exactly the compiled files`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    let names = files.filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
    #expect(names.sorted() == (try SavedQuery.all().map(\.name).sorted()))
  }

  /// They are for other engines, and no saved queries: the program would ask SQLite.
  @Test func `Measures over Parquet are not compiled in, and have a head each`() throws {
    let own = folder + "/parquet"
    let preludes = ["measures", "tables.duckdb", "tables.spark"]
    let files = try FileManager.default.contentsOfDirectory(atPath: own)
    let names = files.filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
    #expect(preludes.allSatisfy(names.contains))
    let compiled = try SavedQuery.all()
    let page = try text(of: folder + "/README.md")
    for name in names.sorted() where !preludes.contains(name) {
      let query = try SavedQuery(name: name, text: try text(of: own + "/\(name).sql"))
      #expect(query.parameters.isEmpty, "\(name): DuckDB and Spark write parameters differently")
      #expect(!compiled.contains { $0.sql == query.sql }, "\(name)")
      #expect(page.contains("| [`\(name)`](parquet/\(name).sql) | \(query.question) |"), "\(name)")
    }
  }

  /// A view that the one engine has and the other has not would be told at the question alone.
  @Test func `Both engines have the views that the measures stand on`() throws {
    let views = try ["duckdb", "spark"].map { engine in
      let sql = try text(of: folder + "/parquet/tables.\(engine).sql")
      let made = sql.matches(of: /create or replace temporary view (\w+)/).map { String($0.1) }
      return Set(made.filter { !$0.hasSuffix("_files") })
    }
    #expect(views[0] == views[1] && views[0].contains("unit_pair"))
  }

  @Test func `The catalogue lists every query with its question and parameters, in order`() throws {
    let rows = try text(of: folder + "/README.md").split(separator: "\n").filter {
      $0.hasPrefix("| [") && !$0.contains("](parquet/")
    }
    let expected = try SavedQuery.all().map { query in
      let names = query.parameters.map { "`\($0.name)`" }.joined(separator: ", ")
      return "| [`\(query.name)`](\(query.name).sql) | \(query.question) | \(names) |"
    }
    #expect(rows.map(String.init) == expected, "run tools/pages")
  }

  @Test func `A query asked for by name is the catalogue's`() throws {
    for query in try SavedQuery.all() {
      #expect(try SavedQuery.named(query.name)?.text == query.text)
    }
    #expect(try SavedQuery.named("no_such_query") == nil)
  }

  @Test func `Every query has a place of its own, and those without one come last`() throws {
    let places = try SavedQuery.all().compactMap(\.place)
    #expect(Set(places).count == places.count && places == places.sorted())
    #expect(try SavedQuery.all().drop { $0.place != nil }.allSatisfy { $0.place == nil })
  }

  /// Plain ones in QueryAnswers, those that call functions in tests of their own.
  @Test func `Every query is named in the tests of their answers`() throws {
    let tests = packageDirectory() + "/Tests/CommandTests/Query/"
    let answers = try FileManager.default.contentsOfDirectory(atPath: tests)
      .filter { $0.contains("Answer") || $0 == "QueryCommandTests.swift" }
      .map { try text(of: tests + $0) }.joined()
    for query in try SavedQuery.all() {
      let isNamed = ["\"", " "].contains { answers.contains("\"\(query.name)\($0)") }
      #expect(isNamed, "\(query.name) has no expected rows")
    }
  }

  @Test func `The page is what tools pages makes of it`() throws {
    let result = try RunningCommand(packageDirectory() + "/tools/pages", ["--check"]).finish()
    expectSuccess(result)
  }

  @Test func `A query's parameters are those its SQL uses, and none is an option of the command`()
    throws
  {
    let options = [
      "list", "describe", "param", "sql", "file", "format", "output", "help", "version",
    ]
    for query in try SavedQuery.all() {
      let used = query.sql.matches(of: /:([a-z_]+)/).map { String($0.1) }
      #expect(Set(used) == Set(query.parameters.map(\.name)), "\(query.name)")
      #expect(query.parameters.allSatisfy { !options.contains($0.name) }, "\(query.name)")
    }
  }

  @Test func `A head is read whole`() throws {
    let text = """
      -- Question: How many?
      -- Notes: first
      --   and second
      -- :run text of run.name = the newest; the run's name
      -- :most int = 3; rows
      --   shown
      -- Needs: nothing much
      -- Columns: a,
      --   b

      select 1 as a, 2 as b;
      """
    let query = try SavedQuery(name: "q", text: text)
    #expect(query.question == "How many?")
    #expect(query.notes == "first and second")
    #expect(query.needs == "nothing much")
    #expect(query.columns == ["a", "b"])
    #expect(query.sql == "select 1 as a, 2 as b;")
    #expect(query.parameters.map(\.name) == ["run", "most"])
    #expect(query.parameter("run")?.domain?.label == "run")
    #expect(query.parameter("run")?.defaultText == "the newest")
    #expect(query.parameter("most")?.kind == .int)
    #expect(query.parameter("most")?.meaning == "rows shown")
    #expect(query.parameter("most")?.domain == nil)
  }

  @Test(arguments: [
    ("select 1;", "its question is missing"),
    ("-- Question: How many", "does not end in '?'"),
    ("-- Question: How?", "Columns are missing"),
    ("-- Question: How?\n-- Colums: a", "'Colums' is none of"),
    ("-- Question: How?\n-- Place: last", "Place 'last' is no number"),
    ("-- Question: How?\n-- just words", "is neither"),
    ("--   indented", "continuation line"),
    ("-- :a number = 1; x", "known are int, real, text, texts"),
    ("-- :a int 1; x", "is not ':name type"),
    ("-- :a int = 1", "is not ':name type"),
    ("-- :a int in t.c = 1; x", "is not ':name type"),
    ("-- :a int of run = 1; x", "is not table.column"),
    ("-- :a int of run.x;drop = 1; x", "is not table.column"),
    ("-- :a int = 1; x\n-- :a int = 1; x", "stands twice"),
    ("-- :", "is not ':name type"),
  ])
  func `A malformed head is refused with its reason`(head: String, reason: String) {
    let error = #expect(throws: SavedQueryError.self) {
      try SavedQuery(name: "broken", text: head)
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix("saved query broken: ") == true)
  }
}
