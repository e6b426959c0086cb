// The command line of engram-query: what it takes and which of its four things it does.

import Analytics
import CommandLineTool
import Glibc
import Queries
import SQLiteKit
import Warehouse

enum QueryCommand {
  static let command: Command = Command(
    name: "engram-query",
    purpose: "Answer questions from a warehouse: saved queries by name, SQL, export.",
    usage: [
      "engram-query WAREHOUSE NAME [--PARAMETER VALUE …]   a saved query",
      "engram-query WAREHOUSE --sql \"select …\"             SQL of your own",
      "engram-query WAREHOUSE --file FILE.sql | -          … from a file or standard input",
      "engram-query WAREHOUSE                             a prompt, in a terminal",
      "engram-query export WAREHOUSE NAME --output FILE    tables for Parquet, arrays for NumPy",
      "engram-query --list | help NAME                     the saved queries, or one of them",
    ],
    options: [
      Option("list", nil, "list the saved queries"),
      Option("functions", nil, "print the reference of the SQL functions, in Markdown"),
      Option("describe", "NAME", "show a saved query's question, parameters, columns and SQL"),
      Option(
        "param", "NAME=VALUE",
        "set a parameter; may repeat. A saved query's own are options, too: --layer fc2"),
      Option(
        "sql", "SQL",
        "run SQL; the engram_ functions are there. Of several statements the last one's rows are shown"
      ),
      Option("file", "FILE", "run the SQL of a file"),
      Option(
        "format", "FORMAT",
        "table, csv, json or jsonl. An infinity is 9e999 or -9e999 in each, NaN is null",
        default: "table"),
      BlobForm.option,
      Option("output", "FILE", "write to a file, which appears whole or not at all"),
      Option(
        "spreadsheet", nil,
        "CSV for a spreadsheet: texts that it would take for formulas (= + - @) get an apostrophe in front"
      ),
    ],
    examples: [
      ("what is in there", "engram-query warehouse.db runs"),
      (
        "one layer's divergence matrix for a notebook",
        "engram-query warehouse.db kl_matrix --layer fc2 --format csv --output kl.csv"
      ),
      (
        "a question nobody saved",
        "engram-query warehouse.db --sql \"select count(*) from predictions where class = :c\" "
          + "--param c=cat"
      ),
    ],
    takesOtherOptions: true, subcommands: [ExportCommand.command, help], run: run)

  private static let help: Command = Command(
    name: "engram-query help",
    purpose: "Show a saved query's question, parameters, columns and SQL, or a topic.",
    usage: ["engram-query help NAME"], options: [], examples: [],
    run: { arguments in
      guard !arguments.positionals.isEmpty else {
        return try printResult(command.helpText + "\n" + Catalogue.list())
      }
      let names = try arguments.positionals(named: "NAME")
      // A topic may have a query's name.
      if try SavedQuery.named(names[0]) == nil, let text = topicText(names[0]) {
        return try printResult(text)
      }
      try printResult(Catalogue.description(of: Catalogue.query(names[0])))
    })

  private static func run(_ arguments: Arguments) throws {
    if arguments.flag("functions") {
      guard arguments.others.isEmpty, arguments.positionals.isEmpty else {
        throw UsageError("--functions takes no warehouse and no parameters")
      }
      return try printResult(FunctionReference.page)
    }
    if arguments.flag("list") || arguments.isGiven("describe") {
      guard arguments.others.isEmpty, arguments.positionals.isEmpty else {
        throw UsageError("--list and --describe take no warehouse and no parameters")
      }
      guard let name = arguments.string("describe") else {
        return try printResult(Catalogue.list())
      }
      return try printResult(Catalogue.description(of: Catalogue.query(name)))
    }
    let format = try outputFormat(arguments)
    let blobs = try BlobForm(arguments)
    if arguments.positionals.count == 1, arguments.others.isEmpty,
      !["sql", "file", "param", "output", "spreadsheet", "blobs"].contains(
        where: arguments.isGiven),
      isatty(0) == 1,
      isatty(1) == 1
    {
      return try Prompt.run(arguments.positionals[0])
    }
    guard format != .table || !arguments.isGiven("blobs") else {
      throw UsageError("--blobs is of --format csv, json and jsonl; a table sums blobs up")
    }
    let request = try Request(arguments)
    try ask(request) { warehouse in
      let output =
        try arguments.string("output").map { path in
          guard !isSameFile(path, request.warehouse) else {
            throw UsageError("--output \(path) is the warehouse itself; name another file")
          }
          return try Output(path: path)
        } ?? Output.standard
      let count = try request.write(format, from: warehouse, to: output, blobs: blobs)
      try output.finish()
      if count == 0 { note(try request.emptyNote(warehouse)) }
    }
  }

  /// Opens the request's warehouse, with SQL functions and an end by Ctrl-C, and has it answered.
  static func ask(_ request: Request, _ body: (borrowing Connection) throws -> Void) throws {
    try registerEngramFunctions()
    LinearAlgebraThreads.useOne()
    var warehouse = try Warehouse.open(request.warehouse, mode: .readOnly, readsAhead: true)
    Interrupt.watch()
    warehouse.connection.setProgressHandler { !Interrupt.isRequested }
    setEngramInterruption { Interrupt.isRequested }
    try request.checkNames(in: warehouse.connection)
    do {
      try body(warehouse.connection)
    } catch let error as SQLiteError where error.code == SQLiteCode.interrupt {
      throw Interrupted("interrupted; the answer is incomplete")
    }
  }

  private static func outputFormat(_ arguments: Arguments) throws -> OutputFormat {
    let known = OutputFormat.allCases.map(\.rawValue)
    let name = try arguments.choice("format", of: known) ?? "table"
    guard arguments.flag("spreadsheet") else { return OutputFormat(rawValue: name) ?? .table }
    guard !arguments.isGiven("format") || name == "csv" else {
      throw UsageError("--spreadsheet is CSV; leave out --format \(name)")
    }
    return .spreadsheet
  }
}
