// The verify command: every check of a warehouse, a row for each and for everything that is wrong.

import CommandLineTool
import DataSets
import Warehouse

let verifyCommand = Command(
  name: "engram-ingest verify",
  purpose: "Checks that a warehouse is whole: its structure, its rows, every blob, every count.",
  usage: ["engram-ingest verify WAREHOUSE [options]"],
  options: [
    Option("run", "NAME", "verify the samples of this run only (default: every run)"),
    Option(
      "samples", "N",
      "bitsets to compute once more from x, W, b and z, per run and layer; all for every one",
      default: "100"),
    Option("seed", "N", "chooses the samples", default: "0"),
    Option("format", "FORMAT", "of the findings: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("everything, a hundred bitsets of every layer once more", "engram-ingest verify w.db"),
    ("every bitset of one run", "engram-ingest verify w.db --run best --samples all"),
    (
      "only what is wrong, for a script",
      "engram-ingest verify w.db --format jsonl | grep '\"damaged\"'"
    ),
  ],
  run: verify
)

/// Something is wrong; what, stands on stdout.
private struct Damaged: Error, CustomStringConvertible {
  let description: String
}

/// The advice to verify it is nothing for who does.
private func opened(_ path: String) throws -> Warehouse {
  do { return try Warehouse.open(path, mode: .readOnly) } catch WarehouseError.corrupt(
    _, let message)
  {
    throw Damaged(description: "\(path): the file is damaged: \(message)")
  }
}

@Sendable private func verify(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  let samples = arguments.string("samples") == "all" ? nil : try arguments.int("samples")
  let seed = UInt64(try arguments.int("seed") ?? 0)
  let warehouse = try opened(path)
  let options = VerifyOptions(
    run: try arguments.string("run").map { try run(named: $0, in: warehouse).id },
    samples: samples, seed: seed,
    inspect: { file in
      do throws(UnreadableImage) {
        let (format, width, height) = try Thumbnail.inspect(file)
        return "\(format.rawValue), \(width) × \(height)"
      } catch { throw Damaged(description: "expected \(error.expected), found \(error.found)") }
    })
  var progress: Progress?
  let observer = VerifyObserver(
    stage: { stage in
      progress?.clear()
      note("verifying \(stage)")
    },
    advanced: { done, total in
      let bar = progress ?? Progress("verify", total: total, unit: "rows")
      progress = bar
      bar.update(done)
    })
  let findings = try warehouse.verify(options, observer: observer)
  progress?.clear()
  try printRows(
    ["status", "check", "run", "layer", "detail"],
    findings.map { finding in
      [
        .text(finding.status.rawValue), .text(finding.check), finding.run.map(Cell.text) ?? .null,
        finding.layer.map(Cell.text) ?? .null, .text(finding.detail),
      ]
    }, format: format)
  let damages = findings.count { $0.status == .damaged }
  guard damages == 0 else {
    throw Damaged(description: "\(path): \(damages) \(damages == 1 ? "damage" : "damages") found")
  }
}
