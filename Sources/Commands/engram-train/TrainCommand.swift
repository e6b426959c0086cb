// From arguments to a training and back to lines: reading the options, showing progress.

import Basics
import CommandLineTool
import DataSets
import Networks
import Training

@Sendable
func runTraining(_ arguments: Arguments) throws {
  guard arguments.positionals.isEmpty else {
    throw UsageError("unexpected argument '\(arguments.positionals[0])'")
  }
  let folder = TrainingFolder(try arguments.required("out"))
  let threads = try arguments.int("threads", in: 1...1024) ?? Parallel.processors
  guard !(arguments.flag("resume") && arguments.flag("force")) else {
    throw UsageError("--resume and --force exclude each other")
  }
  let training: Training
  if arguments.flag("resume") {
    let options = try readOptions(
      arguments, onto: try folder.history().options, givenOnly: true)
    training = try Training(
      resuming: folder, options: options, threads: threads, isStrict: arguments.flag("strict"))
  } else {
    let options = try readOptions(
      arguments, onto: TrainingOptions(data: try arguments.required("data")), givenOnly: false)
    training = try Training(
      options, into: folder, replacing: arguments.flag("force"), engramVersion: engramVersion,
      threads: threads, isStrict: arguments.flag("strict"))
  }
  for line in training.notes { note(line) }
  try report(training)
}

/// Options on the command line, and their defaults unless `givenOnly`, on top of `base`.
private func readOptions(
  _ arguments: Arguments, onto base: TrainingOptions, givenOnly: Bool
) throws -> TrainingOptions {
  var options = base
  func read<Value>(_ name: String, into value: inout Value, _ get: () throws -> Value?) throws {
    if arguments.isGiven(name) || !givenOnly, let given = try get() { value = given }
  }
  try read("model", into: &options.model) {
    try trainedModel(arguments)
  }
  try read("preprocess", into: &options.preprocess) {
    try arguments.string("preprocess").map { try usage(Preprocessing(parsing: $0)) }
  }
  try read("outputs", into: &options.outputs) {
    try arguments.int("outputs", in: 1...1_000_000)
  }
  try read("labels", into: &options.labels) {
    try arguments.string("labels").map { try usage(LabelMode(parsing: $0)) }
  }
  try read("limit", into: &options.limit) { try arguments.int("limit", in: 1...Int.max) }
  try read("per-class", into: &options.perClass) { try arguments.int("per-class", in: 1...Int.max) }
  try read("classes", into: &options.classes) {
    try arguments.string("classes").map { try usage(ClassChoice(parsing: $0)) }
  }
  try read("epochs", into: &options.epochs) {
    try arguments.int("epochs", in: TrainingOptions.epochCounts)
  }
  try read("seed", into: &options.seed) { try arguments.int("seed").map { UInt64($0) } }
  try read("learning-rate", into: &options.learningRate) {
    try arguments.double("learning-rate", in: 0...1e3)
  }
  try read("decay", into: &options.decay) { try arguments.double("decay", in: 0...1) }
  try read("momentum", into: &options.momentum) { try arguments.double("momentum", in: 0...1) }
  try read("batch-size", into: &options.batchSize) {
    try arguments.int("batch-size", in: TrainingSettings.batchSizes)
  }
  try read("decay-every", into: &options.decayEvery) {
    try arguments.int("decay-every", in: 1...Int.max)
      ?? TrainingOptions.scheduleEpoch(batchSize: options.batchSize)
  }
  // An empty word, as a script's unset variable gives it, is no file.
  for name in ["from", "outliers"] where arguments.string(name) == "" {
    throw UsageError("--\(name) needs a value")
  }
  if arguments.isGiven("outliers"), let outliers = arguments.string("outliers") {
    try options.chooseOutliers(outliers)
    if options.outlierWeight == nil { options.outlierWeight = TrainingOptions.usualOutlierWeight }
  }
  try read("outlier-weight", into: &options.outlierWeight) {
    try arguments.double("outlier-weight", in: 0...1e3)
  }
  guard options.outlierWeight == nil || options.outliers != nil else {
    throw UsageError("--outlier-weight needs --outliers: a data set of images that are of no class")
  }
  try read("from", into: &options.from) { arguments.string("from") }
  guard options.from == nil || options.epochs > 0 else {
    throw UsageError("--epochs 0 writes an untrained network; with --from there is none")
  }
  if arguments.flag("until-zero-error") { options.untilZeroError = true }
  if let data = arguments.string("data") {
    try options.chooseData(data, test: arguments.string("test"))
  } else if let test = arguments.string("test") {
    try options.chooseData(options.data, test: test)
  }
  return options
}

/// The architecture that is asked for; one that is known and does not train is told so.
private func trainedModel(_ arguments: Arguments) throws -> String? {
  if let name = arguments.string("model"), Architecture.known.contains(name),
    !Architecture.trained.contains(name)
  {
    throw UsageError(
      "--model: expected an architecture that trains, found \(name), which predicts, is attacked "
        + "and ingested")
  }
  return try arguments.choice("model", of: Architecture.trained, as: "architecture")
}

/// Runs the training, shows where it is, and says at the end what was written.
private func report(_ training: Training) throws {
  let history = training.history
  let size = history.train.samples
  let planned = history.options.epochs
  if history.isFinished && !history.epochs.isEmpty {
    note("\(training.folder.path): the training is finished; nothing is left to do")
  } else {
    note(
      "\(history.options.model) on \(size) samples of \(history.train.name)"
        + (history.test.map { ", tested on \($0.samples) of \($0.name)" } ?? ", not tested")
        + ", labels \(history.options.labels)"
        + (history.from.map { ", from \($0.name)" } ?? "")
        + (history.outliers.map {
          ", beside \($0.samples) outliers of \($0.name), weight "
            + "\(history.options.outlierWeight ?? TrainingOptions.usualOutlierWeight)"
        } ?? ""))
  }
  Interrupt.watch()
  let bar = Progress("training", total: planned * size, unit: "samples")
  bar.update(history.epochs.count * size)
  var last = history.epochs.last
  var pace = Pace()
  let outcome = try training.run { progress in
    switch progress {
    case .step(let epoch, let samples, let loss):
      pace.step()
      var detail = "epoch \(epoch)/\(planned), loss \(significant(loss, 3))"
      if let last { detail += ", " + accuracies(last) }
      bar.update((epoch - 1) * size + samples, detail: detail)
    case .epoch(let epoch):
      last = epoch
      bar.clear()
      note(
        "epoch \(epoch.epoch)/\(planned): loss \(significant(epoch.loss, 3)), "
          + (epoch.outlierLoss.map { "of outliers \(significant($0, 3)), " } ?? "")
          + accuracies(epoch) + (pace.mean.map { ", \(significant($0, 4)) ms a step" } ?? ""))
      pace = Pace()
    }
    return !Interrupt.isRequested
  }
  bar.clear()
  guard let final = outcome else {
    let done = training.history.epochs.count
    throw Interrupted(
      "stopped after epoch \(done) of \(planned); go on with "
        + "--resume --out \(training.folder.path)")
  }
  var lines = [
    history.from.map { "from: \($0.name)" } ?? "untrained: \(training.folder.file(.untrained))"
  ]
  if let best = training.history.best, final == .overtrained {
    lines.append(
      "best: \(training.folder.file(.best)) (epoch \(best.epoch), \(accuracies(best)))")
  }
  if let last = training.history.epochs.last {
    lines.append(
      "\(final.rawValue): \(training.folder.file(final)) (epoch \(last.epoch), "
        + "\(accuracies(last)))")
  }
  try printResult(lines.map { $0 + "\n" }.joined())
}

/// How long an epoch's steps take. The first is left out: its memory is new.
private struct Pace {
  private var first: ContinuousClock.Instant?
  private var last: ContinuousClock.Instant?
  private var steps = 0

  mutating func step() {
    let now = ContinuousClock.now
    (first, last) = (first ?? now, now)
    steps += 1
  }

  /// In ms; nil of a single step.
  var mean: Double? {
    guard let first, let last, steps > 1 else { return nil }
    return (last - first).inSeconds * 1e3 / Double(steps - 1)
  }
}

private func accuracies(_ epoch: EpochOutcome) -> String {
  "train \(fixed(100 * epoch.trainAccuracy, 2)) %"
    + (epoch.testAccuracy.map { ", test \(fixed(100 * $0, 2)) %" } ?? "")
}
