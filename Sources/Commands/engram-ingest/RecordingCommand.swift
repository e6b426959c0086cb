// The recording command: what another program recorded of a network, made a run.

import Capture
import CommandLineTool
import DataSets
import Warehouse

let recordingCommand = Command(
  name: "engram-ingest recording",
  purpose:
    "Makes a run of a recording: activations that any program has written (Schema/Recording.md).",
  usage: ["engram-ingest recording FOLDER --into WAREHOUSE [options]"],
  options: [
    Option("into", "WAREHOUSE", "the SQLite file to add the run to; made where there is none"),
    Option("layers", "LAYERS", "layers to keep: all, last:N or names", default: "all"),
    Option(
      "tokens", "CHOICE",
      "which token of a sample, where a layer has several: first, last, mean, a position from 0, or all: "
        + "every token a sample of its own"),
    Option("limit", "N", "take N samples, drawn by seed"),
    Option("per-class", "N", "take N samples of each class, drawn by seed"),
    Option("classes", "LIST", "take some classes: 3,5,7 or names or random:K"),
    Option("seed", "N", "seeds the selection and the permuted labels", default: "0"),
    Option(
      "class-list", "FILE",
      "what the network's outputs are called: a key a line, or a key, a tab and a name, or JSON (default: what the "
        + "recording says)"),
    Option("name", "NAME", "the run's name (default: MODEL/DATA)"),
    Option(
      "bitsets", "POLICY",
      "stored, or derived: made again when asked for (default: stored while the run stays below 4 GiB)"
    ),
    Option(
      "profiles", "POLICY",
      "stored, or streamed: counted when measuring (default: stored while the counts stay below 256 MiB)"
    ),
    Option("shard", "I/N", "ingest the I-th of N parts into a warehouse of its own, to be merged"),
    Option("dry-run", nil, "read everything and print the summary, write nothing"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("every layer of a recording", "engram-ingest recording rec --into w.db"),
    (
      "the class token of a transformer's last two layers",
      "engram-ingest recording vit --layers last:2 --tokens first --into w.db"
    ),
  ],
  run: record
)

@Sendable private func record(_ arguments: Arguments) throws {
  guard let folder = arguments.positionals.first, arguments.positionals.count == 1 else {
    throw UsageError("expected FOLDER, the recording")
  }
  let format = try outputFormat(arguments)
  let isDryRun = arguments.flag("dry-run")
  let warehouse = isDryRun ? nil : try arguments.required("into")
  if let name = arguments.string("name"), name.isEmpty || name.contains(",") {
    throw UsageError("--name takes a name without commas, not '\(name)'")
  }
  let layers = try usage(LayerChoice(parsing: arguments.string("layers") ?? "all"))
  let tokens = try arguments.string("tokens").map { try usage(TokenChoice(parsing: $0)) }
  let bitsets = try arguments.choice("bitsets", of: BitsetPolicy.allCases.map(\.rawValue))
    .flatMap { BitsetPolicy(rawValue: $0) }
  let profiles = try arguments.choice("profiles", of: ProfilePolicy.allCases.map(\.rawValue))
    .flatMap { ProfilePolicy(rawValue: $0) }
  let shard = try arguments.string("shard").map(parseShard)
  let selection = try readSelection(arguments, warehouse: nil)
  Interrupt.watch()
  let job = try RecordingJob(
    try Recording(folder), selection: selection, layers: layers, name: arguments.string("name"),
    classList: try arguments.string("class-list").map { try ClassList(path: $0) }, tokens: tokens,
    bitsets: bitsets, profiles: profiles, shard: shard, isCancelled: { Interrupt.isRequested })
  for line in job.notes { note(line) }
  note(estimateText(job.estimate, job.bitsets, isPart: shard != nil))
  let progress = Progress("recording", total: job.sampleCount, unit: "samples")
  let observer = observer(of: progress)
  defer { progress.clear() }
  let summary =
    if let warehouse { try job.run(into: warehouse, observer: observer) } else {
      try job.dryRun(observer: observer)
    }
  progress.clear()
  for line in summary.notes { note(line) }
  try printSummary(summary, format: format)
}
