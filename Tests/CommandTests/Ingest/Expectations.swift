// What every command promises about its failures, and reading what it wrote.

import Foundation
import SQLiteKit
import Testing

/// One clear line on stderr behind the command's name, nothing on stdout; behind a wrong usage (64)
/// the hint at its help.
func expectFailure(
  _ result: CommandResult, of command: String, _ status: Int32, _ part: String,
  _ location: SourceLocation = #_sourceLocation
) {
  let lines = result.errors.split(separator: "\n").filter { !$0.hasPrefix("estimated size") }
  #expect(result.status == status, "\(result.errors)", sourceLocation: location)
  #expect(result.output == "", sourceLocation: location)
  #expect(lines.first?.hasPrefix(command + ": ") == true, "\(lines)", sourceLocation: location)
  #expect(lines.first?.contains(part) == true, "\(lines)", sourceLocation: location)
  let hint = status == 64 ? ["\(command): see '\(command) --help'"] : []
  #expect(lines.dropFirst().map(String.init) == hint, sourceLocation: location)
}

/// That a command failed when it had begun: what it said until then stands before the one line.
func expectStopped(
  _ result: CommandResult, _ part: String, _ location: SourceLocation = #_sourceLocation
) {
  let lines = result.errors.split(separator: "\n")
  #expect(result.status == 1, "\(result.errors)", sourceLocation: location)
  #expect(result.output == "", sourceLocation: location)
  #expect(lines.last?.contains(part) == true, "\(lines)", sourceLocation: location)
}

func expectSuccess(_ result: CommandResult, _ location: SourceLocation = #_sourceLocation) {
  #expect(result.status == 0, "\(result.errors)", sourceLocation: location)
}

/// Every row that `sql` gives, from a database opened read-only.
func rows(_ path: String, _ sql: String) throws -> [[Value]] {
  let connection = try Connection.open(path, mode: .readOnly)
  var statement = try connection.prepare(sql)
  var rows: [[Value]] = []
  while try statement.step() {
    var row: [Value] = []
    for column in 0..<statement.columnCount { row.append(statement.value(column)) }
    rows.append(row)
  }
  return rows
}

/// The measure tables without their keys of rows, in an order of their own.
func measures(_ path: String) throws -> [String: [[Value]]] {
  let columns = [
    "sparsity": """
    run_id, layer_id, kind, class_id, n_samples, mean_proportion, never_share, always_share, histogram
    """,
    "entropy": """
    run_id, layer_id, kind, grouping, class_id, n_samples, entropy, entropy_per_interaction
    """,
    "divergence": """
    from_run_id, to_run_id, layer_id, kind, grouping, from_class_id, to_class_id, alpha, kl,
      kl_per_interaction
    """,
    "rank": """
    run_id, layer_id, class_id, rule, n_samples, dimension, sigma_max, tolerance, rank,
      limited_by_samples, participation_ratio, participation_ratio_centred
    """,
    "entanglement": """
    run_id, layer_id, a_class_id, b_class_id, rule, n_samples_a, n_samples_b, dimension, sigma_max,
      tolerance, rank_a, rank_b, rank_union, entanglement, limited_by_samples, mean_squared_cosine
    """,
  ]
  var tables: [String: [[Value]]] = [:]
  for (table, names) in columns {
    let keys = names.split(separator: ",").prefix(7).joined(separator: ",")
    tables[table] = try rows(path, "select \(names) from \(table) order by \(keys)")
  }
  return tables
}

/// Names in a folder, sorted.
func listing(_ directory: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}

func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The first `name` in PATH.
func programInPath(_ name: String) -> String? {
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { $0 + "/" + name }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// That every check of a warehouse is content.
func expectVerified(
  _ path: String, _ location: SourceLocation = #_sourceLocation
) throws {
  let result = try runCommand("engram-ingest", ["verify", path, "--samples", "5"])
  #expect(result.status == 0, "\(result.output)", sourceLocation: location)
}

func copy(_ file: String, to path: String) throws {
  try FileManager.default.copyItem(atPath: file, toPath: path)
}
