// The export command: which of arrays (ArrayExporter), rows (ExportedRows) and folders (FolderExport) is asked for, and how.

import Basics
import CommandLineTool
import NumPyArrays
import Parquet
import Warehouse

enum ExportCommand {
  private static let known = ["bitsets", "x", "z", "counts", "divergence", "entanglement"]

  /// Options of arrays; a saved query may have parameters of these names.
  private static let parameters = ["run", "layer", "kind", "grouping", "rule"]

  static let command: Command = Command(
    name: "engram-query export",
    purpose:
      "Writes a table, view, saved query or SQL as Parquet, NumPy arrays, CSV or JSON lines; the whole "
      + "warehouse as a folder of Parquet files; thumbnails as a folder of pictures; a run's bitsets, "
      + "activations, counts or measure matrices as NumPy arrays or CSV.",
    usage: [
      "engram-query export WAREHOUSE NAME --output FILE.parquet|FILE.npz|FILE.csv|FILE.jsonl [--PARAMETER VALUE …]",
      "engram-query export WAREHOUSE --sql SQL --output FILE.parquet|FILE.npz|FILE.csv|FILE.jsonl",
      "engram-query export WAREHOUSE parquet --output DIR [--runs a,b] [--tables a,b]",
      "engram-query export WAREHOUSE thumbnails --output DIR [--runs a,b]",
      "engram-query export WAREHOUSE ARRAY --output FILE.npy|FILE.npz|FILE.csv [options]",
    ],
    options: [
      Option(
        "output", "FILE",
        ".parquet, .npz, .csv and .jsonl for rows: of a saved query of this NAME, else of the table or view; in .npz each column is an array. Of an ARRAY, .npy is it alone, .npz with its samples' keys and labels (-1: none), and the classes, .csv with them in its first columns. A NAME that is an array, too, is the array in .npz and .csv. Of parquet, and of thumbnails where it has none of these endings, a folder that is new or empty, which is there whole or not at all"
      ),
      Option("runs", "NAMES", "parquet and thumbnails: these runs only (default: every run)"),
      Option("tables", "NAMES", "parquet: these tables only (default: every table)"),
      Option(
        "format", "FORMAT", "parquet: of the summary: table, csv, json, jsonl", default: "table"),
      Option("sql", "SQL", "the rows of SQL instead of a NAME"),
      Option(
        "param", "NAME=VALUE",
        "set a parameter; may repeat. A saved query's own are options, too: --layer fc2"),
      BlobForm.option,
      Option("compression", "METHOD", "of Parquet: zstd or none", default: "zstd"),
      Option("run", "NAME", "of this run (default: \(DefaultRun.rule))"),
      Option("layer", "NAME", "of this layer (default: the run's last layer)"),
      Option(
        "kind", "KIND", "counts and divergence of interaction or neuron", default: "interaction"),
      Option(
        "grouping", "LABELS",
        "counts and divergence by true, permuted, predicted or assigned labels, or by own ones of this name",
        default: "true"),
      Option("rule", "RULE", "entanglement by this rank rule", default: "1e-2"),
    ],
    examples: [
      (
        "every sample's pre-activations of a layer",
        "engram-query export w.db z --run best --layer fc2 --output z.npz"
      ),
      (
        "class counts: classes × outputs × columns",
        "engram-query export w.db counts --output counts.npy"
      ),
      (
        "a view with its types, for pandas, Polars, DuckDB and Spark",
        "engram-query export w.db predictions --output predictions.parquet"
      ),
      (
        "the whole warehouse as folders of Parquet files, for DuckDB and Spark",
        "engram-query export w.db parquet --output w"
      ),
      ("pictures of the samples as files", "engram-query export w.db thumbnails --output pictures"),
      ("the divergence matrix", "engram-query export w.db divergence --layer fc2 --output kl.csv"),
    ],
    takesOtherOptions: true, run: export)

  @Sendable private static func export(_ arguments: Arguments) throws {
    let path = try arguments.required("output")
    if arguments.positionals.dropFirst().first == "parquet" {
      return try exportFolder(arguments, to: path)
    }
    let found = [".npy", ".npz", ".csv", ".jsonl", ".parquet"].first(where: path.hasSuffix)
    if arguments.positionals.dropFirst().first == "thumbnails", found == nil {
      return try exportPictures(arguments, to: path)
    }
    for name in ["runs", "tables", "format"] where arguments.isGiven(name) {
      throw UsageError(
        "--\(name) is of a folder: engram-query export WAREHOUSE parquet --output DIR")
    }
    guard let ending = found else {
      throw UsageError(
        "--output takes a file ending in .parquet, .csv, .jsonl, .npy or .npz, not '\(path)'")
    }
    if let warehouse = arguments.positionals.first, isSameFile(path, warehouse) {
      throw UsageError("--output \(path) is the warehouse itself; name another file")
    }
    let compression = try arguments.choice(
      "compression", of: ParquetCompression.allCases.map(\.rawValue))
    guard ending == ".parquet" || !arguments.isGiven("compression") else {
      throw UsageError("--compression is Parquet's; --output \(path) has none")
    }
    let isArray =
      ending == ".npy"
      || [".npz", ".csv"].contains(ending)
        && arguments.positionals.dropFirst().first.map(known.contains) == true
    guard isArray else {
      let method = compression.flatMap { ParquetCompression(rawValue: $0) } ?? .zstd
      return try ExportedRows.export(arguments, to: path, ending, method, ofArrays: parameters)
    }
    guard !arguments.isGiven("sql"), !arguments.isGiven("param") else {
      throw UsageError(
        "--sql and --param give rows: .parquet, .npz, .csv or .jsonl, not '\(path)'")
    }
    guard !arguments.isGiven("blobs") else {
      throw UsageError("--blobs is of rows as .csv and .jsonl, not of an array")
    }
    let words = try arguments.positionals(named: "WAREHOUSE", "ARRAY")
    guard known.contains(words[1]) else {
      throw UsageError(Basics.unknown("array", words[1], known: known))
    }
    if let (name, _) = arguments.others.first {
      throw UsageError(
        Basics.unknown("option", "--" + name, known: command.options.map { "--" + $0.name }))
    }
    let kind = try arguments.choice("kind", of: ProfileKind.allCases.map(\.rawValue))
    let warehouse = try Warehouse.open(words[0], mode: .readOnly)
    let exporter = try ArrayExporter(
      warehouse, run: arguments.string("run"), layer: arguments.string("layer"),
      kind: kind.flatMap { ProfileKind(rawValue: $0) } ?? .interaction,
      grouping: arguments.string("grouping") ?? "",
      rule: arguments.string("rule") ?? "")
    let export = try exporter.export(words[1])
    let output = try Output(path: path)
    switch ending {
    case ".npy": try export.array.writeFile(to: output.write)
    case ".csv": try export.writeTable(to: output)
    default:
      var archive = NumPyArchive(output.write)
      for array in [export.array] + export.beside { try archive.add(array) }
      try archive.finish()
    }
    try output.finish()
    let shape = export.array.shape.map { "\($0)" }.joined(separator: " × ")
    note(
      "wrote \(path): \(words[1]) of run \(exporter.run.name), layer \(exporter.layer.name), \(shape)"
    )
  }
}

extension ExportCommand {
  private static func exportPictures(_ arguments: Arguments, to path: String) throws {
    let others = parameters + ["sql", "param", "blobs", "tables", "format", "compression"]
    for name in others where arguments.isGiven(name) {
      throw UsageError(
        "--\(name) is not of a folder of pictures, only --runs is; for rows --output takes a file ending in .parquet, .csv or .jsonl"
      )
    }
    if let (name, _) = arguments.others.first {
      throw UsageError(
        Basics.unknown("option", "--" + name, known: command.options.map { "--" + $0.name }))
    }
    try ThumbnailFolder.export(arguments, to: path)
  }

  private static func exportFolder(_ arguments: Arguments, to path: String) throws {
    for name in parameters + ["sql", "param", "blobs"] where arguments.isGiven(name) {
      throw UsageError("--\(name) is not of a folder of every table; --runs and --tables are")
    }
    if let (name, _) = arguments.others.first {
      throw UsageError(
        Basics.unknown("option", "--" + name, known: command.options.map { "--" + $0.name }))
    }
    let compression = try arguments.choice(
      "compression", of: ParquetCompression.allCases.map(\.rawValue))
    let format = try arguments.choice("format", of: OutputFormat.allCases.map(\.rawValue))
    try FolderExport.export(
      arguments, to: path, compression.flatMap { ParquetCompression(rawValue: $0) } ?? .zstd,
      format.flatMap { OutputFormat(rawValue: $0) } ?? .table)
  }
}
