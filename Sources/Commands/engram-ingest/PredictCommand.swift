// The predict command: what a network says of every sample, and nothing kept. Networks without fully connected layers,
// which cannot be ingested, serve here.

import Basics
import Capture
import CommandLineTool
import DataSets
import NumPyArrays

let predictCommand = Command(
  name: "engram-ingest predict",
  purpose:
    "Runs a network over a data set, attacked or shifted if asked, and prints its predictions.",
  usage: ["engram-ingest predict --model NAME --weights FILE --data DATA [options]"],
  options: sourceOptions + [
    Option("logits", "FILE", "write the logits as a .npy file, samples × classes, Float32"),
    Option("format", "FORMAT", "of the predictions: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    (
      "the predictions of a network from a Caffe model, and its logits",
      "engram-ingest predict --model squeezenet1_1 --weights squeezenet1_1.pth --data photographs "
        + "--preprocess caffe --logits logits.npy --format csv"
    ),
    (
      "under attack",
      "engram-ingest predict --model squeezenet1_1 --weights squeezenet1_1.pth --data photographs "
        + "--attack pgd:eps=8/255"
    ),
  ],
  run: predict
)

@Sendable private func predict(_ arguments: Arguments) throws {
  if let word = arguments.positionals.first { throw UsageError("unexpected argument '\(word)'") }
  let format = try outputFormat(arguments)
  let threads = try arguments.int("threads", in: 1...1024)
  try checkPerturbation(arguments)
  if let classes = arguments.string("classes"), classes.hasPrefix("run:") {
    throw UsageError(
      "--classes run:NAME needs a warehouse, and predict reads none; list the classes")
  }
  let selection = try readSelection(arguments, warehouse: nil)
  let name = arguments.string("logits")
  guard name?.hasSuffix(".npy") ?? true else {
    throw UsageError("--logits takes a file ending in .npy, not '\(name ?? "")'")
  }
  // Opened before the work: a place that cannot be written is told at once.
  let file = try name.map { try Output(path: $0) }
  Interrupt.watch()
  let input = try readInput(arguments, needsLayers: false)
  let job = try CaptureJob(
    model: input.model, data: input.data, selection: selection, layers: .all, name: nil,
    perturbation: try readPerturbation(arguments, of: input.model), permutationSeed: 0,
    threads: threads, preprocessing: input.preprocessing, isStrict: arguments.flag("strict"))
  for line in job.notes { note(line) }
  let progress = Progress("predict", total: job.sampleCount, unit: "samples")
  defer { progress.clear() }
  var predictions: [SamplePrediction] = []
  var logits: [Float] = []
  let notes = try job.predict(observer: observer(of: progress)) { batch, values in
    predictions += batch
    if file != nil { logits += values }
  }
  progress.clear()
  if let file {
    try file.write(floatArrayFile(logits, shape: [predictions.count, job.classCount]))
    try file.finish()
  }
  for line in notes { note(line) }
  let answers = predictions.compactMap(\.isCorrect)
  let right = answers.count { $0 }
  let without = predictions.count - answers.count
  note(
    (answers.isEmpty
      ? "no sample has a right answer"
      : "\(right) of \(answers.count) right, "
        + "\(fixed(100 * Double(right) / Double(answers.count), 2)) %")
      + (without == 0 || answers.isEmpty ? "" : "; \(without) samples have no right answer"))
  try printRows(
    ["key", "label", "predicted", "correct", "confidence", "loss"],
    predictions.map {
      [
        .text($0.key), $0.label.map { .text($0) } ?? .null, .text($0.predicted),
        $0.isCorrect.map { .integer($0 ? 1 : 0) } ?? .null, .real($0.confidence),
        $0.loss.map { .real($0) } ?? .null,
      ]
    }, format: format)
}
