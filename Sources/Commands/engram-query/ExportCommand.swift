// The export command: bitsets, activations, counts and measure matrices as arrays for NumPy, or as CSV. Tables and other
// rows are ExportedRows.swift's.

import Basics
import Bits
import CommandLineTool
import NumPyArrays
import Parquet
import SQLiteKit
import Warehouse

enum ExportCommand {
  private static let known = ["bitsets", "x", "z", "counts", "divergence", "entanglement"]

  /// Options of arrays; a saved query may have parameters of these names.
  private static let parameters = ["run", "layer", "kind", "grouping", "rule"]

  static let command: Command = Command(
    name: "engram-query export",
    purpose:
      "Writes a table, view, saved query or SQL as Parquet, NumPy arrays, CSV or JSON lines; the whole "
      + "warehouse as a folder of Parquet files; a run's bitsets, "
      + "activations, counts or measure matrices as NumPy arrays or CSV.",
    usage: [
      "engram-query export WAREHOUSE NAME --output FILE.parquet|FILE.npz|FILE.csv|FILE.jsonl [--PARAMETER VALUE …]",
      "engram-query export WAREHOUSE --sql SQL --output FILE.parquet|FILE.npz|FILE.csv|FILE.jsonl",
      "engram-query export WAREHOUSE parquet --output DIR [--runs a,b] [--tables a,b]",
      "engram-query export WAREHOUSE ARRAY --output FILE.npy|FILE.npz|FILE.csv [options]",
    ],
    options: [
      Option(
        "output", "FILE",
        ".parquet, .npz, .csv and .jsonl for rows: of a saved query of this NAME, else of the table or view; in .npz each column is an array. Of an ARRAY, .npy is it alone, .npz with its samples' keys and labels (-1: none), and the classes, .csv with them in its first columns. A NAME that is an array, too, is the array in .npz and .csv. Of parquet, a folder that is new or empty, which is there whole or not at all"
      ),
      Option("runs", "NAMES", "parquet: these runs only (default: every run)"),
      Option("tables", "NAMES", "parquet: these tables only (default: every table)"),
      Option(
        "format", "FORMAT", "parquet: of the summary: table, csv, json, jsonl", default: "table"),
      Option("sql", "SQL", "the rows of SQL instead of a NAME"),
      Option(
        "param", "NAME=VALUE",
        "set a parameter; may repeat. A saved query's own are options, too: --layer fc2"),
      BlobForm.option,
      Option("compression", "METHOD", "of Parquet: zstd or none", default: "zstd"),
      Option("run", "NAME", "of this run (default: the newest complete run)"),
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
      ("the divergence matrix", "engram-query export w.db divergence --layer fc2 --output kl.csv"),
    ],
    takesOtherOptions: true, run: export)

  @Sendable private static func export(_ arguments: Arguments) throws {
    let path = try arguments.required("output")
    if arguments.positionals.dropFirst().first == "parquet" {
      return try exportFolder(arguments, to: path)
    }
    for name in ["runs", "tables", "format"] where arguments.isGiven(name) {
      throw UsageError(
        "--\(name) is of a folder: engram-query export WAREHOUSE parquet --output DIR")
    }
    guard
      let ending = [".npy", ".npz", ".csv", ".jsonl", ".parquet"].first(where: path.hasSuffix)
    else {
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
    let exporter = try Exporter(
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

/// One run and layer, and what can be made of them. The warehouse stays open while arrays are written.
private final class Exporter {
  private let warehouse: Warehouse
  let run: Stored<RunRecord>
  let layer: Stored<LayerRecord>
  private let kind: ProfileKind
  private let grouping: ProfileGrouping
  private let rule: String

  init(
    _ warehouse: consuming Warehouse, run name: String?, layer layerName: String?,
    kind: ProfileKind, grouping labels: String, rule: String
  ) throws {
    let runs = try warehouse.runs()
    let chosen =
      name.map { name in runs.first { $0.name.hasBytes(of: name) } }
      ?? runs.last { $0.completedAt != nil } ?? runs.last
    guard let run = chosen else {
      throw RequestError(
        description: "--run: " + unknown("run", name ?? "", known: runs.map(\.name)))
    }
    let layers = try warehouse.layers(run: run.id)
    let named = layerName.map { name in layers.first { $0.name.hasBytes(of: name) } }
    guard let layer = named ?? layers.last else {
      throw RequestError(
        description: "--layer: " + unknown("layer", layerName ?? "", known: layers.map(\.name)))
    }
    grouping = try warehouse.grouping(named: labels, of: run)
    (self.run, self.layer, self.kind, self.rule) = (run, layer, kind, rule)
    self.warehouse = warehouse
  }

  func export(_ name: String) throws -> ExportedArray {
    let (run, layer) = (run, layer)
    // Of bits and vectors the true ones.
    let isGrouped = ["counts", "divergence"].contains(name)
    let classes = try warehouse.classes(of: run, under: isGrouped ? [grouping] : [.true])
    let names = classes.map(\.name)
    let nameOf = Dictionary(classes.map { ($0.id, $0.name) }) { first, _ in first }
    switch name {
    case "bitsets", "x", "z":
      let samples = try warehouse.samples(run: run.id)
      let keys = try sampleKeys()
      return ExportedArray(
        name == "bitsets"
          ? bitsets(samples.count) : vectors(name, samples.count, isInput: name == "x"),
        beside: [
          // Without a label: −1.
          NumPyArray("sample", keys), NumPyArray("label", samples.map { $0.classPosition ?? -1 }),
          NumPyArray("class", names),
        ],
        rows: [
          ("sample", keys), ("class", samples.map { $0.classID.flatMap { nameOf[$0] } ?? "" }),
        ])
    case "counts":
      let counted = try warehouse.countedClasses(run: run, layer: layer, grouping: grouping)
      guard !counted.isEmpty else {
        let labels = grouping.name
        let remedy =
          ProfileGrouping.measuredAlways.contains(grouping)
          ? "" : "; engram-ingest measure --run \(run.name) --by \(labels) makes them"
        throw RequestError(
          description:
            "run \(run.name), layer \(layer.name): no counts by \(labels) labels\(remedy)")
      }
      let byKey = Dictionary(classes.map { (ByteText($0.key), $0.name) }) { first, _ in first }
      let shape = [counted.count, layer.outputs] + (kind == .interaction ? [layer.columns] : [])
      let own = counted.map { byKey[ByteText($0.key)] ?? $0.key }
      return ExportedArray(
        NumPyArray("counts", .uint32, shape) { [self] sink in
          try warehouse.forEachCounters(run: run, layer: layer, kind: kind, grouping: grouping) {
            for first in stride(from: 0, to: $0.count, by: 1 << 16) {
              try sink($0[first..<min(first + 1 << 16, $0.count)].flatMap(littleEndian))
            }
          }
        },
        beside: [NumPyArray("n_samples", counted.map(\.samples)), NumPyArray("class", own)],
        rows: [("class", own), ("n_samples", counted.map { String($0.samples) })])
    default: return try matrix(name, classes)
    }
  }

  private func sampleKeys() throws -> [String] {
    var rows = try warehouse.connection.prepare(
      """
      select key from prediction join sample using (sample_id) where run_id = ? order by position
      """)
    try rows.bind(run.id, at: 1)
    var keys: [String] = []
    while try rows.step() { keys.append(rows.text(0)) }
    return keys
  }

  /// samples × n_out × n_cols.
  private func bitsets(_ samples: Int) -> NumPyArray {
    NumPyArray("bitsets", .bool, [samples, layer.outputs, layer.columns]) { [self] sink in
      let interactions = layer.outputs * layer.columns
      try warehouse.forEachSignificance(run: run.id, layer: layer.id) { sample, bits in
        let found = try Significance.header(bits).shape
        guard found == (try layer.record.shape) else {
          throw WarehouseError.corrupt(
            path: warehouse.path,
            message: "layer \(layer.name), sample \(sample.position): a bitset of \(found), "
              + "expected \(try layer.record.shape)")
        }
        let dense = try Significance.dense(bits)
        for first in stride(from: 0, to: interactions, by: 1 << 16) {
          try sink(
            (first..<min(first + 1 << 16, interactions)).map { dense[$0 / 8] >> UInt8($0 % 8) & 1 })
        }
      }
    }
  }

  /// samples × n_in or samples × n_out.
  private func vectors(_ name: String, _ samples: Int, isInput: Bool) -> NumPyArray {
    NumPyArray(name, .float32, [samples, isInput ? layer.inputs : layer.outputs]) { [self] sink in
      try warehouse.forEachActivation(run: run.id, layer: layer.id) { _, x, z in
        let vector =
          try isInput
          ? SparseVector.decode(x, count: layer.inputs)
          : FloatVector.decode(z, count: layer.outputs)
        try sink(FloatVector.encode(vector.span))
      }
    }
  }

  /// classes × classes, NaN where nothing was measured.
  private func matrix(_ name: String, _ classes: [Stored<ClassRecord>]) throws -> ExportedArray {
    let isDivergence = name == "divergence"
    var rows = try warehouse.connection.prepare(
      isDivergence
        ? """
        select from_class_id, to_class_id, kl from divergence
        where from_run_id = ?1 and to_run_id = ?1 and layer_id = ?2 and kind = ?3 and grouping = ?4
        """
        : """
        select a_class_id, b_class_id, entanglement from entanglement
        where run_id = ?1 and layer_id = ?2 and rule = ?3
        """)
    try rows.bind(
      [.integer(run.id), .integer(layer.id)]
        + (isDivergence ? [.text(kind.rawValue), .text(grouping.name)] : [.text(rule)]))
    let positions = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.id, $0) })
    let count = classes.count
    var values = [Double](repeating: .nan, count: count * count)
    var found = 0
    while try rows.step() {
      guard let a = positions[rows.int(0)], let b = positions[rows.int(1)] else {
        throw WarehouseError.corrupt(
          path: warehouse.path,
          message:
            "run \(run.name), layer \(layer.name): \(name) of a class that its data set has not")
      }
      values[a * count + b] = rows.double(2)
      if !isDivergence { values[b * count + a] = rows.double(2) }
      found += 1
    }
    guard found > 0 else {
      throw RequestError(
        description: "run \(run.name), layer \(layer.name): no \(name) was measured"
          + (isDivergence ? "" : " by the rule \(rule): it is of the network's last layer"))
    }
    let names = classes.map(\.name)
    return ExportedArray(
      NumPyArray(name, values, [count, count]), beside: [NumPyArray("class", names)],
      rows: [("class", names)], columns: names)
  }
}
