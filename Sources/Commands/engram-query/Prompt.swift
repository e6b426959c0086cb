// Questions at a prompt: SQL that ends with a semicolon, saved queries by name, and commands that begin with a point.

import Analytics
import Basics
import CommandLineTool
import Queries
import SQLiteKit
import Warehouse

struct Prompt: ~Copyable {
  private var warehouse: Warehouse
  private var format = OutputFormat.table

  /// Commands and what they do.
  private static let commands = [
    (".help", "this list"), (".queries", "the saved queries"),
    (".help NAME", "a saved query's question, parameters and columns"),
    (".tables", "tables and views"), (".schema [NAME]", "how a table or view is made"),
    (".mode FORMAT", "table, csv, json or jsonl"), (".quit", "end, as Ctrl-D does"),
  ]

  /// Goes on until the end of input.
  static func run(_ path: String) throws {
    try registerEngramFunctions()
    LinearAlgebraThreads.useOne()
    var prompt = Prompt(warehouse: try Warehouse.open(path, mode: .readOnly))
    prompt.warehouse.connection.setProgressHandler { !LineEditor.isInterrupted }
    setEngramInterruption { LineEditor.isInterrupted }
    let words = try CompletionWords(prompt.warehouse.connection)
    LineEditor.start { words.candidates(before: $0, word: $1) }
    note("\(path), read-only. SQL ends with ';', a saved query is its name. .help tells more.")
    try prompt.loop()
  }

  private init(warehouse: consuming Warehouse) { self.warehouse = warehouse }

  private mutating func loop() throws {
    var statement = ""
    while true {
      switch LineEditor.read(statement.isEmpty ? "engram> " : "   ...> ") {
      case .end: return try printResult("\n")
      case .abandoned: statement = ""
      case .text(let line):
        if statement.isEmpty, line.allSatisfy(\.isWhitespace) { continue }
        let isCommand = statement.isEmpty && line.hasPrefix(".")
        let words = statement.isEmpty ? Self.words(line) : []
        let isSaved = try Self.isSavedQuery(words)
        statement += (statement.isEmpty ? "" : "\n") + line
        guard isCommand || isSaved || isCompleteStatement(statement) else { continue }
        LineEditor.remember(statement)
        if isCommand, words[0] == ".quit" || words[0] == ".exit" { return }
        attempt {
          if isCommand {
            try $0.obey(words)
          } else {
            try $0.ask(isSaved ? words : ["--sql", statement])
          }
        }
        statement = ""
      }
    }
  }

  /// What goes wrong is told, and the prompt goes on.
  private mutating func attempt(_ body: (inout Prompt) throws -> Void) {
    LineEditor.begin()
    do {
      try body(&self)
    } catch let error as SQLiteError where error.code == SQLiteCode.interrupt {
      note("interrupted; the answer is incomplete")
    } catch {
      note("\(error)")
    }
  }

  private func ask(_ words: [String]) throws {
    let arguments = try Arguments(
      parsing: [warehouse.path] + words, for: QueryCommand.command)
    let request = try Request(arguments)
    try request.checkNames(in: warehouse.connection)
    let output = Output.standard
    let count = try request.write(format, from: warehouse.connection, to: output)
    try output.finish()
    if count == 0 { note(try request.emptyNote(warehouse.connection)) }
  }

  private mutating func obey(_ words: [String]) throws {
    let argument = words.count > 1 ? words[1] : nil
    switch words[0] {
    case ".help":
      if let argument {
        return try printResult(Catalogue.description(of: Catalogue.query(argument)))
      }
      let width = Self.commands.map(\.0.count).max() ?? 0
      try printResult(
        Self.commands.map { name, meaning in
          "  " + name + String(repeating: " ", count: width - name.count + 2) + meaning + "\n"
        }.joined())
    case ".queries": try printResult(Catalogue.list())
    case ".tables":
      try printResult(
        try column(
          """
          select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite~_%' escape '~'
          union \(Self.sampleTables) order by 1
          """
        )
        .map { $0 + "\n" }.joined())
    case ".schema":
      let found = try column(
        """
        select sql || ';' from (
          select sql, name, tbl_name, rowid as place from sqlite_schema where sql is not null
          union all
          select '-- of Engram''s functions: ' || name || ' (' || group_concat(c, ', ') || ')', name, name, null
          from (select m.name, c.name as c from (\(Self.sampleTables)) as m join pragma_table_info(m.name) as c) group by name)
        where ?1 is null or ?1 in (name, tbl_name) order by place is null, place, name
        """, Value(argument))
      if found.isEmpty {
        let known = try column(
          "select name from sqlite_schema where type in ('table', 'view') union \(Self.sampleTables)"
        )
        throw UsageError(unknown("table", argument ?? "", known: known))
      }
      try printResult(found.map { $0 + "\n" }.joined())
    case ".mode":
      let known = OutputFormat.allCases.map(\.rawValue)
      guard let chosen = OutputFormat(rawValue: argument ?? "") else {
        throw UsageError(unknown("format", argument ?? "", known: known))
      }
      format = chosen
    default:
      let known = Self.commands.map(\.0).filter { !$0.hasPrefix(".help ") }
      throw UsageError(unknown("command", words[0], known: known))
    }
  }

  /// Tables that no file has, but the functions bring.
  static let sampleTables =
    "select name from pragma_module_list where name in ('vector', 'bitset')"

  private func column(_ sql: String, _ values: Value...) throws -> [String] {
    var rows = try warehouse.connection.prepare(sql)
    try rows.bind(values)
    var texts: [String] = []
    while try rows.step() { texts.append(rows.text(0)) }
    return texts
  }

  /// Whether words name a saved query, or are meant to: one word that begins no statement, with options or without.
  private static func isSavedQuery(_ words: [String]) throws -> Bool {
    guard let name = words.first else { return false }
    if try SavedQuery.named(name) != nil { return true }
    return (words.count == 1 || words[1].hasPrefix("--"))
      && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      && !statementWords.contains(name.lowercased())
  }

  /// What SQL that is asked here begins with.
  private static let statementWords = ["select", "with", "values", "explain", "pragma"]

  /// Split at blanks, those in quotes aside; a semicolon at the end is no part of the last.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var text = Substring(line)
    while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        (quote, word) = (character, word ?? "")
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}

/// What Tab knows of a warehouse.
struct CompletionWords: Sendable {
  private var names: [String] = []
  private var commands = [".exit", ".help", ".mode", ".queries", ".quit", ".schema", ".tables"]
  private var queries: [SavedQuery] = []
  /// Values of a domain, by "table.column".
  private var values: [String: [String]] = [:]

  init(_ connection: borrowing Connection) throws {
    func column(_ sql: String) throws -> [String] {
      var rows = try connection.prepare(sql)
      var texts: [String] = []
      while try rows.step() { texts.append(rows.text(0)) }
      return texts
    }
    queries = try SavedQuery.all()
    names = try column(
      """
      select name from sqlite_schema where type in ('table', 'view')
      union select c.name from sqlite_schema as s join pragma_table_xinfo(s.name) as c
        where s.type in ('table', 'view')
      union select m.name from (\(Prompt.sampleTables)) as m
      union select c.name from (\(Prompt.sampleTables)) as m join pragma_table_info(m.name) as c
      union select name from pragma_function_list where name like 'engram~_%' escape '~'
      union select name from pragma_module_list where name like 'engram~_%' escape '~'
      """)
    for domain in Set(queries.flatMap { $0.parameters.compactMap(\.domain) }) {
      values["\(domain.table).\(domain.column)"] = try column(
        "select distinct \(domain.column) from \(domain.table) limit 1000")
    }
  }

  /// - Parameters:
  ///   - before: The line up to the word.
  ///   - word: What is there of it.
  func candidates(before: String, word: String) -> [String] {
    let words = before.split(separator: " ").map(String.init)
    let known: [String]
    if let query = queries.first(where: { $0.name == words.first }) {
      if let last = words.last, last.hasPrefix("--"),
        let domain = query.parameter(String(last.dropFirst(2)))?.domain
      {
        known = values["\(domain.table).\(domain.column)"] ?? []
      } else {
        known = query.parameters.map { "--" + $0.name }
      }
    } else if words.first == ".help" {
      known = queries.map(\.name)
    } else if words.isEmpty {
      known = commands + queries.map(\.name) + ["select", "with"]
    } else {
      known = names
    }
    return Set(known.filter { $0.hasPrefix(word) }).sorted()
  }
}
