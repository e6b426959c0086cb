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
    "engram-ingest --describe MODEL [--weights FILE]",
    "engram-ingest measure WAREHOUSE [options]",
    "engram-ingest merge WAREHOUSE PART... [options]",
    "engram-ingest runs WAREHOUSE [options]",
    "engram-ingest verify WAREHOUSE [options]",
    "engram-ingest delete WAREHOUSE --run NAME [options]",
  ],
  options: [
    Option("model", "NAME", "architecture: " + Architecture.known.joined(separator: ", ")),
    Option("weights", "FILE", "the network's weights, a .safetensors or PyTorch .pth file"),
    Option(
      "data", "DATA",
      "DIR:test or DIR:train (CIFAR-10's or CIFAR-100's binary or Python batches, MNIST's files), "
        + "shapes:test, shapes-stylised:test, npy:FOLDER (images.npy, labels.npy, classes.txt), "
        + "or a folder of JPEG and PNG files: a folder a class, or with labels.csv"),
    Option(
      "preprocess", "STEPS",
      "imagenet, imagenet-299, caffe, cifar, cifar-alexnet or unit, and options with commas: resize=N or "
        + "squash=N, crop=N, filter=bilinear, scale=255, mean=R/G/B, std=R/G/B or standardise, order=rgb "
        + "(default: the network's own)"),
    Option("strict", nil, "stop at the first image that cannot be read instead of leaving it out"),
    Option("into", "WAREHOUSE", "the SQLite file to add the run to; made where there is none"),
    Option(
      "layers", "LAYERS", "fully connected layers to keep: all, last:N or names", default: "all"),
    Option("limit", "N", "take N samples, drawn by seed"),
    Option("per-class", "N", "take N samples of each class, drawn by seed"),
    Option("classes", "LIST", "take some classes: 3,5,7 or names or random:K"),
    Option("seed", "N", "seeds the selection and the permuted labels", default: "0"),
    Option(
      "attack", "ATTACK",
      "attack every image first: fgsm:eps=8/255, or pgd:eps=8/255,step=2/255,steps=20 with restarts=N, norm=l2, start=zero, target=CLASS, seed=N"
    ),
    Option(
      "shift", "SHIFT",
      "shift every image first: gaussian-noise, blur, contrast, brightness, pixelate or jpeg, :1 to :5, or sign-noise:eps=8/255"
    ),
    Option(
      "save-attacked", "DIR", "keep the attacked or shifted images, rounded to bytes, as npy:DIR"),
    Option("name", "NAME", "the run's name (default: MODEL/DATA)"),
    Option("model-name", "NAME", "the model's name (default: the weight file's)"),
    Option(
      "bitsets", "POLICY",
      "stored, or derived: made again when asked for (default: stored while the run stays below 4 GiB)"
    ),
    Option(
      "profiles", "POLICY",
      "stored, or streamed: counted when measuring (default: stored while the counts stay below 256 MiB)"
    ),
    Option("shard", "I/N", "ingest the I-th of N parts into a warehouse of its own, to be merged"),
    Option("threads", "N", "worker threads (default: one per core)"),
    Option(
      "describe", "MODEL",
      "print a network's layers, shapes, parameters, multiply-adds and interactions instead"),
    Option("time", "N", "with --describe: time a forward pass of N random images instead"),
    Option("dry-run", nil, "run the network and print the summary, write nothing"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
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
    ("what a network is made of", "engram-ingest --describe resnet50"),
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
  subcommands: [measureCommand, mergeCommand, runsCommand, verifyCommand, deleteCommand],
  run: ingest
)

@Sendable private func ingest(_ arguments: Arguments) throws {
  if let word = arguments.positionals.first { throw UsageError("unexpected argument '\(word)'") }
  if let model = arguments.string("describe") { return try describe(model, arguments) }
  let format = try outputFormat(arguments)
  let isDryRun = arguments.flag("dry-run")
  _ = try arguments.required("model")
  let architecture = try Architecture.named(
    arguments.choice("model", of: Architecture.known, as: "architecture") ?? "")
  let weights = try arguments.required("weights")
  let data = try arguments.required("data")
  let warehouse = isDryRun ? nil : try arguments.required("into")
  let seed = UInt64(try arguments.int("seed") ?? 0)
  let selection = Selection(
    limit: try arguments.int("limit", in: 1...Int.max),
    perClass: try arguments.int("per-class", in: 1...Int.max),
    classes: try arguments.string("classes").map { try usage(ClassChoice(parsing: $0)) },
    seed: seed)
  let layers = try usage(LayerChoice(parsing: arguments.string("layers") ?? "all"))
  let threads = try arguments.int("threads", in: 1...1024)
  let perturbation = try parsePerturbation(arguments)
  let images = arguments.string("save-attacked")
  guard images == nil || (perturbation != .none && !isDryRun) else {
    throw UsageError(
      "--save-attacked needs --attack or --shift, and no --dry-run: it keeps what an ingest made")
  }
  for option in ["name", "model-name"] {
    // Runs are listed with commas between them: `measure --between A,B`.
    if let name = arguments.string(option), name.isEmpty || name.contains(",") {
      throw UsageError("--\(option) takes a name without commas, not '\(name)'")
    }
  }
  let asked = try arguments.string("preprocess").map { try usage(Preprocessing(parsing: $0)) }
  Interrupt.watch()

  let source = try DataSource(data)
  let preprocessing = asked ?? architecture.preprocessing(ofFiles: source.hasImageFiles)
  let job = try CaptureJob(
    model: try CapturedModel(
      architecture: architecture, weights: weights, name: arguments.string("model-name")),
    data: try source.load(for: preprocessing), selection: selection, layers: layers,
    name: arguments.string("name"), perturbation: perturbation, permutationSeed: seed,
    threads: threads,
    bitsets: try arguments.choice("bitsets", of: BitsetPolicy.allCases.map(\.rawValue))
      .flatMap { BitsetPolicy(rawValue: $0) },
    profiles: try arguments.choice("profiles", of: ProfilePolicy.allCases.map(\.rawValue))
      .flatMap { ProfilePolicy(rawValue: $0) },
    shard: try arguments.string("shard").map(parseShard), preprocessing: preprocessing,
    isStrict: arguments.flag("strict"))
  note(estimateText(job))
  let progress = Progress("ingest", total: job.sampleCount, unit: "samples")
  var unreadable = 0
  let observer = CaptureObserver(
    advanced: { progress.update($0) },
    stage: {
      progress.clear()
      note($0)
    },
    isCancelled: { Interrupt.isRequested },
    captured: { Interrupt.unwatch() },
    unreadable: {
      unreadable += 1
      // The warehouse lists them all.
      guard unreadable <= 20 else { return }
      progress.clear()
      note("left out: \($0)" + (unreadable == 20 ? " (more are only counted)" : ""))
    })
  defer { progress.clear() }
  let summary =
    if let warehouse {
      try job.run(into: warehouse, savingImagesTo: images, observer: observer)
    } else {
      try job.dryRun(observer: observer)
    }
  progress.clear()
  for line in summary.notes { note(line) }
  try printRows(
    ["status", "run", "samples", "accuracy", "file_bytes", "seconds", "measure_seconds"],
    [
      [
        .text(summary.status), .text(summary.run), .integer(summary.samples),
        .real(summary.accuracy), .integer(summary.fileBytes), .real(summary.seconds),
        .real(summary.measureSeconds),
      ]
    ], format: format)
}

private func parsePerturbation(_ arguments: Arguments) throws -> Perturbation {
  switch (arguments.string("attack"), arguments.string("shift")) {
  case (nil, nil): .none
  case (let attack?, nil): .attack(try usage(Attack(parsing: attack)))
  case (nil, let shift?): .shift(try usage(Shift(parsing: shift)))
  case (_?, _?): throw UsageError("--attack and --shift exclude each other")
  }
}

private func parseShard(_ text: String) throws -> Shard {
  let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
  guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
    (1...1_000_000).contains(count), (1...count).contains(index)
  else {
    throw UsageError("--shard takes I/N, a part from 1 to N of N parts, not '\(text)'")
  }
  return Shard(index: index, count: count)
}

/// Both sizes, the choice, and what it is compared with.
private func estimateText(_ job: CaptureJob) -> String {
  let estimate = job.estimate
  let counts =
    job.profiles == .stored
    ? "\(byteSize(estimate.profiles)) of it class profiles" : "interaction counts streamed"
  let scope = job.shard == nil ? "" : " of the whole run"
  return "estimated size\(scope): \(byteSize(estimate.stored)) with stored bitsets, "
    + "\(byteSize(estimate.derived)) with derived ones: \(job.bitsets.rawValue), \(counts) "
    + "(dense bitsets alone: \(byteSize(estimate.dense)))"
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
