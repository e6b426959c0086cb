// The ingest command: options in, estimate and progress on stderr, one summary row on stdout.

import Capture
import CommandLineTool
import DataSets
import Networks
import Warehouse

let ingestCommand = Command(
  name: "engram-ingest",
  purpose: "Runs a network over a data set once and keeps every sample in a warehouse.",
  usage: [
    "engram-ingest --model NAME --weights FILE --data DATA --into WAREHOUSE [options]",
    "engram-ingest recording FOLDER --into WAREHOUSE [options]",
    "engram-ingest describe MODEL [options]",
    "engram-ingest predict --model NAME --weights FILE --data DATA [options]",
    "engram-ingest label WAREHOUSE --name NAME [options]",
    "engram-ingest measure WAREHOUSE [options]",
    "engram-ingest map WAREHOUSE [--run NAMES] [options]",
    "engram-ingest detect WAREHOUSE --run NAMES --reference NAME --weights FILE --data DATA",
    "engram-ingest merge WAREHOUSE PART... [options]",
    "engram-ingest runs WAREHOUSE [options]",
    "engram-ingest verify WAREHOUSE [options]",
    "engram-ingest delete WAREHOUSE --run NAME [options]",
    "engram-ingest copy WAREHOUSE COPY [options]",
    "engram-ingest compact WAREHOUSE [options]",
  ],
  options: sourceOptions + [
    RunOptions.into,
    Option(
      "layers", "LAYERS", "fully connected layers to keep: all, last:N or names", default: "all"),
    Option(
      "tokens", "CHOICE",
      "keep linear layers over tokens, too: of one token of an image, first, last, mean or a position from 0; all, or several "
        + "positions with commas, make each token a sample of its own (default: these layers are left out)"
    ),
    Option(
      "save-attacked", "DIR", "keep the attacked or shifted images, rounded to bytes, as npy:DIR"),
    RunOptions.name,
    Option("model-name", "NAME", "the model's name (default: the weight file's)"),
    RunOptions.bitsets, RunOptions.profiles,
    Option(
      "thumbnails", "N",
      "keep a small picture of every sample, its longer side of N pixels at most, and of what an attack or shift made of it; none keeps none (default: 48 where they add less than 10 % to the run's size). Asked for again, samples that have none get one"
    ),
    RunOptions.shard,
    Option("dry-run", nil, "run the network and print the summary, write nothing"),
    RunOptions.identity,
    RunOptions.format,
  ],
  examples: [
    (
      "the test images, every fully connected layer",
      "engram-ingest --model alexnet-cifar --weights nets/best.safetensors "
        + "--data cifar-10-batches-bin:test --into w.db"
    ),
    (
      "three classes, the last two layers",
      "engram-ingest --model alexnet-cifar --weights nets/best.safetensors --data shapes:test "
        + "--classes 0,1,2 --layers last:2 --into w.db"
    ),
    (
      "the same images under attack, beside the clean run",
      "engram-ingest --model alexnet-cifar --weights nets/best.safetensors "
        + "--data cifar-10-batches-bin:test --attack pgd:eps=8/255,step=2/255,steps=20 --into w.db"
    ),
    ("what a network is made of", "engram-ingest describe resnet50"),
    (
      "photographs in class folders, prepared as a Caffe network takes them",
      "engram-ingest --model alexnet --weights alexnet.safetensors --data imagenette/photos "
        + "--preprocess caffe,crop=224 --into w.db"
    ),
    (
      "divergences between two runs of one network",
      "engram-ingest measure w.db --between best,best-stylised"
    ),
  ],
  subcommands: [
    recordingCommand, describeCommand, predictCommand, labelCommand, measureCommand, mapCommand,
    indexCommand,
    detectCommand,
    mergeCommand, runsCommand, verifyCommand, deleteCommand,
    copyCommand, compactCommand,
  ],
  run: ingest
)

@Sendable private func ingest(_ arguments: Arguments) throws {
  if let word = arguments.positionals.first { throw UsageError("unexpected argument '\(word)'") }
  let options = try RunOptions(arguments, names: ["name", "model-name"])
  let isPerturbed = try checkPerturbation(arguments)
  let images = arguments.string("save-attacked")
  guard images == nil || (isPerturbed && options.warehouse != nil) else {
    throw UsageError(
      "--save-attacked needs --attack or --shift, and no --dry-run: it keeps what an ingest made")
  }
  let threads = try arguments.int("threads", in: 1...1024)
  let selection = try readSelection(arguments, warehouse: arguments.string("into"))
  Interrupt.watch()

  let input = try readInput(
    arguments, needsLayers: options.warehouse != nil,
    tokens: try arguments.string("tokens").map { try usage(TokenChoice(parsing: $0)) })
  let job = try CaptureJob(
    model: input.model, data: input.data, selection: selection, layers: options.layers,
    name: options.name,
    perturbation: try readPerturbation(arguments, of: input.model),
    permutationSeed: selection.seed, threads: threads, bitsets: options.bitsets,
    profiles: options.profiles, thumbnails: try readThumbnails(arguments),
    into: options.warehouse, shard: options.shard,
    preprocessing: input.preprocessing,
    isStrict: arguments.flag("strict"))
  for line in job.notes { note(line) }
  if options.isIdentity {
    return try printIdentity(
      job.identity, run: job.name, shard: job.shard, samples: job.sampleCount,
      format: options.format)
  }
  note(
    estimateText(job) + "; thumbnails "
      + thumbnailText(job.thumbnails, beside: job.estimate.bytes(job.bitsets)))
  let progress = Progress("ingest", total: job.sampleCount, unit: "samples")
  let observer = observer(of: progress)
  defer { progress.clear() }
  let summary =
    if let warehouse = options.warehouse {
      try job.run(into: warehouse, savingImagesTo: images, observer: observer)
    } else {
      try job.dryRun(observer: observer)
    }
  progress.clear()
  for line in summary.notes { note(line) }
  try printSummary(summary, format: options.format)
}

func printSummary(_ summary: CaptureSummary, format: OutputFormat) throws {
  try printRows(
    [
      "status", "run", "samples", "accuracy", "foreign", "unlabelled", "file_bytes", "seconds",
      "measure_seconds",
    ],
    [
      [
        .text(summary.status), .text(summary.run), .integer(summary.samples),
        summary.accuracy.map { .real($0) } ?? .null, .integer(summary.foreign),
        .integer(summary.unlabelled), .integer(summary.fileBytes), .real(summary.seconds),
        .real(summary.measureSeconds),
      ]
    ], format: format)
}

/// Both sizes, the choice, and what it is compared with.
private func estimateText(_ job: CaptureJob) -> String {
  estimateText(job.estimate, job.bitsets, isPart: job.shard != nil)
}

func estimateText(_ estimate: SizeEstimate, _ bitsets: BitsetPolicy, isPart: Bool) -> String {
  let counts =
    estimate.policy == .stored
    ? "\(byteSize(estimate.profiles)) of it class profiles" : "interaction counts streamed"
  let scope = isPart ? " of the whole run" : ""
  return "estimated size\(scope): \(byteSize(estimate.stored)) with stored bitsets, "
    + "\(byteSize(estimate.derived)) with derived ones: \(bitsets.rawValue), \(counts) "
    + "(dense bitsets alone: \(byteSize(estimate.dense)))"
}

func readThumbnails(_ arguments: Arguments) throws -> ThumbnailChoice {
  guard let text = arguments.string("thumbnails") else { return .automatic }
  if text == "none" { return .none }
  guard let side = Int(text), Thumbnail.sides.contains(side) else {
    throw UsageError(
      "--thumbnails takes a number of pixels from \(Thumbnail.sides.lowerBound) to \(Thumbnail.sides.upperBound), or none, "
        + "not '\(text)'")
  }
  return .side(side)
}

/// Whether there are pictures, how large, and what they take.
func thumbnailText(_ plan: ThumbnailPlan, beside rest: Int) -> String {
  let rest = max(1, rest)
  let share = (Double(plan.bytes) / Double(rest) * 1000).rounded() / 10
  let size = "about \(byteSize(plan.bytes)), \(share) % of the rest"
  switch (plan.choice, plan.side) {
  case (.none, _): return "none, as asked"
  case (_, _?) where plan.bytes == 0: return "\(plan.width) × \(plan.height) px, there already"
  case (_, _?): return "\(plan.width) × \(plan.height) px, \(size)"
  case (_, nil) where plan.bytes == 0: return "none, for such images have none"
  case (_, nil):
    return
      "none, for they would add \(size), 10 % or more; --thumbnails \(Thumbnail.usualSide) keeps them"
  }
}

func outputFormat(_ arguments: Arguments) throws -> OutputFormat {
  let known = OutputFormat.allCases.map(\.rawValue)
  return OutputFormat(rawValue: try arguments.choice("format", of: known) ?? "") ?? .table
}

func printRows(_ columns: [String], _ rows: [[Cell]], format: OutputFormat) throws {
  let output = Output.standard
  var writer = try RowWriter(format: format, columns: columns, output: output)
  for row in rows { try writer.write(row) }
  try writer.finish()
  try output.finish()
}
