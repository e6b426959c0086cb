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
    RunOptions.into,
    Option("layers", "LAYERS", "layers to keep: all, last:N or names", default: "all"),
    Option(
      "tokens", "CHOICE",
      "which tokens of a sample, where there are several: first, last, mean or a position from 0; all, or several positions "
        + "with commas, make each a sample of its own"),
    Option("limit", "N", "take N samples, drawn by seed"),
    Option("per-class", "N", "take N samples of each class, drawn by seed"),
    Option("classes", "LIST", "take some classes: 3,5,7 or names or random:K"),
    Option("seed", "N", "seeds the selection and the permuted labels", default: "0"),
    Option(
      "class-list", "FILE",
      "what the network's outputs are called: a key a line, or a key, a tab and a name, or JSON (default: what the "
        + "recording says)"),
    RunOptions.name,
    RunOptions.bitsets, RunOptions.profiles,
    Option(
      "thumbnails", "N",
      "keep a small picture of every sample, where the parts have an array images of bytes, [samples, height, width, 1 or 3]; its longer side of N pixels at most, or none (default: 48 where they add less than 10 % to the run's size)"
    ),
    RunOptions.shard,
    Option("dry-run", nil, "read everything and print the summary, write nothing"),
    RunOptions.identity,
    RunOptions.format,
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
  let options = try RunOptions(arguments, names: ["name"])
  let tokens = try arguments.string("tokens").map { try usage(TokenChoice(parsing: $0)) }
  let selection = try readSelection(arguments, warehouse: nil)
  Interrupt.watch()
  let job = try RecordingJob(
    try Recording(folder), selection: selection, layers: options.layers, name: options.name,
    classList: try arguments.string("class-list").map { try ClassList(path: $0) }, tokens: tokens,
    bitsets: options.bitsets, profiles: options.profiles,
    thumbnails: try readThumbnails(arguments), shard: options.shard,
    isCancelled: { Interrupt.isRequested })
  for line in job.notes { note(line) }
  if options.isIdentity {
    return try printIdentity(
      job.identity, run: job.name, shard: job.shard, samples: job.sampleCount,
      format: options.format)
  }
  note(
    estimateText(job.estimate, job.bitsets, isPart: options.shard != nil) + "; thumbnails "
      + (job.hasImages
        ? thumbnailText(job.thumbnails, beside: job.estimate.bytes(job.bitsets))
        : "none, for the recording has no images of its samples"))
  let progress = Progress("recording", total: job.sampleCount, unit: "samples")
  let observer = observer(of: progress)
  defer { progress.clear() }
  let summary =
    if let warehouse = options.warehouse { try job.run(into: warehouse, observer: observer) } else {
      try job.dryRun(observer: observer)
    }
  progress.clear()
  for line in summary.notes { note(line) }
  try printSummary(summary, format: options.format)
}
