// Options of the commands that make runs, of a network or of a recording, and reading them.

import Capture
import CommandLineTool
import Warehouse

/// What both commands are told of the run.
struct RunOptions {
  static let into = Option(
    "into", "WAREHOUSE", "the SQLite file to add the run to; made where there is none")
  static let name = Option("name", "NAME", "the run's name (default: MODEL/DATA)")
  static let bitsets = Option(
    "bitsets", "POLICY",
    "stored, or derived: made again when asked for (default: stored while the run stays below 4 GiB)"
  )
  static let profiles = Option(
    "profiles", "POLICY",
    "stored, or streamed: counted when measuring (default: stored while the counts stay below 256 MiB)"
  )
  static let shard = Option(
    "shard", "I/N", "ingest the I-th of N parts into a warehouse of its own, to be merged")
  static let identity = Option(
    "identity", nil,
    "print which run and which part of it this makes, as the table run has them, and stop")
  static let format = Option(
    "format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table")

  /// nil for a dry run, and where the run's identity is asked for.
  let warehouse: String?
  /// Whether the run's identity is all that is asked for.
  let isIdentity: Bool
  let layers: LayerChoice
  let name: String?
  let bitsets: BitsetPolicy?
  let profiles: ProfilePolicy?
  let shard: Shard?
  let format: OutputFormat

  /// - Parameter names: Options that name a run or a model.
  init(_ arguments: Arguments, names: [String]) throws {
    format = try outputFormat(arguments)
    isIdentity = arguments.flag("identity")
    guard !isIdentity || !arguments.flag("dry-run") else {
      throw UsageError("--identity and --dry-run are two things: name one")
    }
    warehouse =
      isIdentity || arguments.flag("dry-run") ? nil : try arguments.required("into")
    layers = try usage(LayerChoice(parsing: arguments.string("layers") ?? "all"))
    for option in names {
      // Runs are listed with commas between them: `measure --between A,B`.
      if let name = arguments.string(option), name.isEmpty || name.contains(",") {
        throw UsageError("--\(option) takes a name without commas, not '\(name)'")
      }
    }
    name = arguments.string("name")
    bitsets = try arguments.choice("bitsets", of: BitsetPolicy.allCases.map(\.rawValue))
      .flatMap { BitsetPolicy(rawValue: $0) }
    profiles = try arguments.choice("profiles", of: ProfilePolicy.allCases.map(\.rawValue))
      .flatMap { ProfilePolicy(rawValue: $0) }
    shard = try arguments.string("shard").map(parseShard)
  }
}

func parseShard(_ text: String) throws -> Shard {
  let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
  guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
    (1...1_000_000).contains(count), (1...count).contains(index)
  else {
    throw UsageError("--shard takes I/N, a part from 1 to N of N parts, not '\(text)'")
  }
  return Shard(index: index, count: count)
}

func printIdentity(
  _ identity: String, run: String, shard: Shard?, samples: Int, format: OutputFormat
) throws {
  try printRows(
    ["run", "identity", "shard_index", "shard_count", "samples"],
    [
      [
        .text(run), .text(identity), shard.map { .integer($0.index) } ?? .null,
        shard.map { .integer($0.count) } ?? .null, .integer(samples),
      ]
    ], format: format)
}
