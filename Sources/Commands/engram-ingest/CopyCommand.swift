// The copy command: a warehouse, or some runs of it, as one file that needs nothing beside it.

import Basics
import CommandLineTool
import Warehouse

let copyCommand = Command(
  name: "engram-ingest copy",
  purpose: "Copies a warehouse, which others may read and write meanwhile, into one sealed file.",
  usage: ["engram-ingest copy WAREHOUSE COPY [options]"],
  options: [
    Option("runs", "NAMES", "copy these runs only, with their measures (default: every run)"),
    Option(
      "without", "WHAT",
      "leave out activations (x, z and bits that are derived from them), bitsets (they are derived from then on), thumbnails, or several: activations,bitsets. Measures stay"
    ),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("a file to hand on, while an ingest goes on", "engram-ingest copy w.db sealed.db"),
    ("two runs of many", "engram-ingest copy w.db two.db --runs best,stylised"),
    (
      "what was measured, without the samples' vectors",
      "engram-ingest copy w.db small.db --without activations,bitsets"
    ),
  ],
  run: copy
)

@Sendable private func copy(_ arguments: Arguments) throws {
  let files = try arguments.positionals(named: "WAREHOUSE", "COPY")
  let (path, target) = (files[0], files[1])
  guard !target.isEmpty else { throw UsageError("COPY needs a name, found ''") }
  let format = try outputFormat(arguments)
  let names = arguments.isGiven("runs") ? try runNames("runs", of: arguments) : nil
  let omissions = try omissions(of: arguments)
  Interrupt.watch()
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  for name in names ?? [] { _ = try run(named: name, in: warehouse) }
  let bytes = try warehouse.copy(to: target, runs: names, without: omissions) {
    Interrupt.isRequested
  }
  let sealed = try Warehouse.open(target, mode: .readOnly)
  let runs = try sealed.runs()
  for run in runs where run.completedAt == nil {
    let state = state(of: run, try sealed.committedSamples(run: run.id))
    note("\(target): run \(run.name) is copied as it stood: \(state)")
  }
  if omissions.contains(.thumbnails) { note("\(target): without thumbnails") }
  for run in runs where !omissions.subtracting([.thumbnails]).isEmpty {
    note(
      "\(target): run \(run.name): "
        + [
          run.activations == .stored ? nil : "without activations",
          run.bitsets == .stored
            ? "bits as stored" : run.hasBits ? "bits to be derived" : "without bits",
        ].compactMap(\.self).joined(separator: ", "))
  }
  try printRows(
    ["status", "file", "runs", "file_bytes"],
    [[.text("copied"), .text(target), .integer(runs.count), .integer(bytes)]], format: format)
}

private func omissions(of arguments: Arguments) throws -> Set<Omission> {
  var omissions: Set<Omission> = []
  for text in arguments.strings("without") {
    for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let omission = Omission(rawValue: name) else {
        throw UsageError(
          "--without: " + unknown("omission", name, known: Omission.allCases.map(\.rawValue)))
      }
      omissions.insert(omission)
    }
  }
  return omissions
}
