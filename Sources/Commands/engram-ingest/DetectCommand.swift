// The detect command: scores samples by detectors of what no warehouse holds, so that the network runs again.

import Analytics
import Basics
import Capture
import CommandLineTool
import Warehouse

let detectCommand = Command(
  name: "engram-ingest detect",
  purpose:
    "Scores the samples of runs by detectors of feature maps, for which the network runs over them again.",
  usage: [
    "engram-ingest detect WAREHOUSE --run NAMES --reference NAME --weights FILE --data DATA [--data DATA]..."
  ],
  options: [
    Option("run", "NAMES", "score the samples of these runs: NAME or NAME,NAME"),
    Option("reference", "NAME", "the run over other samples that teaches the detectors"),
    Option(
      "weights", "FILE",
      "the weights that the runs were ingested with, FILE or FILE:KEY; other weights are refused"),
    Option(
      "data", "DATA",
      "a data set that one of the runs was ingested from, as --data of engram-ingest has it; give the option once for "
        + "each: runs find theirs by its content, and their rows say which samples they took and what was done to them"
    ),
    Option(
      "detectors", "LIST",
      "score by these detectors, with values of their parameters: gram:held-aside=0.2,seed=1 ("
        + Detector.all.filter(\.isOfFeatureMaps).map(\.name).joined(separator: ", ") + ")",
      default: "all"),
    Option("threads", "N", "worker threads (default: one per core)"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    (
      "how foreign digits look to the whole network, beside its own test images",
      "engram-ingest detect w.db --run test,digits --reference training --weights nets/best.safetensors "
        + "--data cifar-10-batches-bin:test --data mnist:test --data cifar-10-batches-bin:train"
    ),
    (
      "with a fifth of the reference held aside, drawn anew",
      "engram-ingest detect w.db --run digits --reference training --weights nets/best.safetensors "
        + "--data mnist:test --data cifar-10-batches-bin:train --detectors gram:held-aside=0.2,seed=1"
    ),
  ],
  run: detect
)

@Sendable private func detect(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  _ = try arguments.required("run")
  let names = try runNames("run", of: arguments)
  let reference = try arguments.required("reference")
  let weights = try arguments.required("weights")
  _ = try arguments.required("data")
  let chosen = try usage(
    try ChosenDetector.parse(try arguments.required("detectors"), ofFeatureMaps: true))
  let threads = try arguments.int("threads", in: 1...1024)
  var rows: [[Cell]] = []
  try changing(path) { warehouse in
    rows = try detect(
      names, by: reference, chosen, weights: weights, data: arguments.strings("data"),
      threads: threads, in: warehouse)
  }
  try printRows(["run", "reference", "measure", "rows"], rows, format: format)
}

/// What the summary lists. Nothing is written before every run is scored.
private func detect(
  _ names: [String], by reference: String, _ chosen: [ChosenDetector], weights: String,
  data: [String], threads: Int?, in warehouse: borrowing Warehouse
) throws -> [[Cell]] {
  let teacher = try run(named: reference, in: warehouse)
  var runs: [Stored<RunRecord>] = []
  for name in names {
    let one = try run(named: name, in: warehouse)
    try warehouse.checkDetectors(one, teacher)
    runs.append(one)
  }
  let sources = try RunSources(
    of: teacher, in: warehouse, weights: weights, data: data, threads: threads)
  for line in sources.notes { note(line) }
  let lesson = try sources.job(of: teacher, in: warehouse)
  var jobs: [CaptureJob] = []
  for one in runs { jobs.append(try sources.job(of: one, in: warehouse)) }
  for text in sources.unused { note("--data \(text): no run of these was ingested from it") }
  let total = lesson.sampleCount + jobs.reduce(0) { $0 + $1.sampleCount }
  let progress = Progress("detect", total: total, unit: "samples")
  defer { progress.clear() }
  let observer = observer(of: progress)
  do {
    let detection = try FeatureDetection(
      chosen, taughtBy: teacher, lesson, in: warehouse, observer: observer)
    progress.clear()
    for line in detection.notes { note(line) }
    var done = lesson.sampleCount
    var columns: [[DetectorColumn]] = []
    for (one, job) in zip(runs, jobs) {
      let scored = try detection.scores(
        of: one, job, in: warehouse, observer: observer.behind(done))
      done += job.sampleCount
      progress.clear()
      for line in scored.notes { note("\(one.name): \(line)") }
      columns.append(scored.columns)
    }
    var rows: [[Cell]] = []
    try warehouse.together {
      for (one, own) in zip(runs, columns) {
        let summary = try warehouse.store(own, of: one, under: teacher)
        for (table, count) in summary.rows.sorted(by: { $0.key < $1.key }) {
          rows.append([.text(one.name), .text(teacher.name), .text(table), .integer(count)])
        }
      }
    }
    try warehouse.settle()
    return rows
  } catch is CaptureCancelled { throw Interrupted("interrupted; nothing was changed") }
}
