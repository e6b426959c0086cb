// Trains a network on a data set and keeps what a study needs: the states, the history, a checkpoint
// to continue from. The steps themselves are Networks.Trainer's.

internal import Basics
internal import DataSets
internal import Networks
internal import WeightFiles

/// Where a running training is.
package enum TrainingProgress: Sendable {
  /// Samples of this epoch done, and their mean loss.
  case step(epoch: Int, samples: Int, loss: Double)
  case epoch(EpochOutcome)
}

/// One training in a folder. A training that was interrupted and continued ends in the same bytes as
/// one that was not, whatever the number of threads.
package final class Training {
  package let folder: TrainingFolder
  /// Held from the start until a run ends: other trainings keep out.
  private var lock: FolderLock?
  package private(set) var history: TrainingHistory
  private let train: TrainingSamples
  private let test: TrainingSamples?
  private let outliers: TrainingSamples?
  /// Remarks on the data, a line each.
  package let notes: [String]
  private let trainer: Trainer

  /// A new training: clears the folder and writes `untrained`, unless it begins with given weights, and, unless no epoch
  /// is asked for, a first checkpoint.
  ///
  /// - Parameters:
  ///   - replacing: Whether a training that lies in the folder may be replaced.
  ///   - isStrict: Whether images that cannot be read are refused; else they are left out.
  package init(
    _ options: TrainingOptions, into folder: TrainingFolder, replacing: Bool,
    engramVersion: String, threads: Int, isStrict: Bool = false
  ) throws {
    if !replacing { try folder.checkIsFree() }
    var options = options
    let given = try options.from.map { try GivenWeights($0, options: &options) }
    let data = try TrainingData(options, threads: threads, isStrict: isStrict)
    (train, test, outliers) = (data.train, data.test, data.outliers)
    let network =
      try given?.network(data.architecture, classes: train.set)
      ?? Network(data.architecture, seed: options.seed)
    notes = (given?.notes(of: train.set) ?? []) + data.notes
    trainer = Trainer(network, settings: options.settings, seed: options.seed, threads: threads)
    history = TrainingHistory(
      engramVersion: engramVersion, options: options,
      preprocessing: data.preprocessing.description, train: train.summary,
      test: test?.summary, outliers: outliers?.summary, from: given?.record)
    self.folder = folder
    lock = try folder.lock()
    // Another one may have come and gone since it was looked at.
    if !replacing { try folder.checkIsFree() }
    try folder.clear()
    if given == nil { try write(.untrained) }
    if !isBare { try writeCheckpoint() }
  }

  /// Continues the training whose checkpoint lies in the folder.
  ///
  /// - Parameter options: May differ from the checkpoint's in where the data lies, the number of
  ///   epochs and the rule for stopping.
  package init(
    resuming folder: TrainingFolder, options: TrainingOptions, threads: Int, isStrict: Bool = false
  ) throws {
    // That there is one comes first: nothing is made where there is none.
    _ = try folder.readCheckpoint()
    lock = try folder.lock()
    let file = try folder.readCheckpoint()
    var history = try TrainingFolder.history(of: file, at: folder.checkpoint)
    try options.checkContinues(history.options, in: folder.path)
    history.options = options
    trainer = try Trainer(resuming: file, path: folder.checkpoint, threads: threads)
    guard trainer.epoch == history.epochs.count else {
      throw TrainingError(
        "\(folder.checkpoint): expected a history of \(trainer.epoch) epochs, found "
          + "\(history.epochs.count); start anew with --force")
    }
    let data = try TrainingData(options, threads: threads, isStrict: isStrict)
    (train, test, outliers) = (data.train, data.test, data.outliers)
    guard data.architecture == trainer.network.architecture else {
      throw TrainingError(
        "\(folder.path): expected data for \(trainer.network.classCount) classes and images of "
          + "\(trainer.network.architecture.input), found other data; "
          + "give the same data or start anew with --force")
    }
    notes = data.notes
    guard train.summary == history.train, test?.summary == history.test,
      outliers?.summary == history.outliers
    else {
      let names =
        [history.train.name, history.test?.name ?? "no test"]
        + (history.outliers.map { ["outliers \($0.name)"] } ?? [])
      throw TrainingError(
        "\(folder.path): expected the data that the training was begun with "
          + "(\(names.joined(separator: ", "))), found other content; "
          + "give the same data or start anew with --force")
    }
    self.history = history
    self.folder = folder
  }

  /// Trains until the options are met and writes the final state.
  ///
  /// - Parameter report: Hears of every step and epoch; false stops the training. The epoch under way
  ///   is then lost, those before it are in the checkpoint.
  /// - Returns: The final state, or nil if it was stopped.
  package func run(_ report: (TrainingProgress) -> Bool) throws -> TrainingState? {
    if lock == nil { lock = try folder.lock() }
    defer { lock = nil }
    while !history.isFinished {
      do {
        try runEpoch(report)
      } catch is Stopped {
        return nil
      }
      guard let outcome = history.epochs.last, report(.epoch(outcome)) || history.isFinished else {
        return nil
      }
    }
    if isBare { return .untrained }
    let state = history.options.finalState
    try write(state)
    // Whoever was stopped between the last checkpoint and its log has the log now.
    try folder.writeLog(history)
    return state
  }

  /// Nothing was trained and nothing is asked for: the untrained network is all there is.
  private var isBare: Bool { history.options.epochs == 0 && history.epochs.isEmpty }

  private struct Stopped: Error {}

  private func runEpoch(_ report: (TrainingProgress) -> Bool) throws {
    let epoch = history.epochs.count + 1
    let order = trainer.shuffledOrder(train.count)
    var samples = 0
    var loss = 0.0
    let outcome = try trainer.runEpoch(
      order: order, labels: train.labels, source: { train.write($0, into: &$1) },
      outliers: exposure(epoch: epoch - 1),
      onStep: { step in
        try train.check()
        try outliers?.check()
        samples += step.samples
        loss += step.loss * Double(step.samples)
        guard report(.step(epoch: epoch, samples: samples, loss: loss / Double(samples))) else {
          throw Stopped()
        }
      })
    for loss in [outcome.loss, outcome.outlierLoss ?? 0] where !loss.isFinite {
      throw TrainingError(
        "epoch \(epoch): expected a finite loss, found \(loss); try a smaller --learning-rate")
    }
    let previous = history.best?.testAccuracy
    let result = EpochOutcome(
      epoch: epoch, loss: outcome.loss, outlierLoss: outcome.outlierLoss,
      trainAccuracy: train.accuracy(of: trainer.network, threads: trainer.threads),
      testAccuracy: test?.accuracy(of: trainer.network, threads: trainer.threads),
      learningRate: outcome.learningRate)
    try train.check()
    try test?.check()
    history.epochs.append(result)
    // Before the checkpoint: whoever stops between the two finds the same best after resuming.
    if history.options.finalState == .overtrained, let accuracy = result.testAccuracy,
      accuracy > previous ?? -1
    {
      try write(.best)
    }
    try writeCheckpoint()
  }

  /// The outliers of an epoch, counted from 0.
  private func exposure(epoch: Int) -> Outliers? {
    guard let outliers else { return nil }
    let order = Outliers.order(
      epoch: epoch, samples: train.count, outliers: outliers.count, seed: history.options.seed)
    return Outliers(
      weight: history.options.outlierWeight ?? TrainingOptions.usualOutlierWeight, order: order,
      source: { outliers.write($0, into: &$1) })
  }

  private func write(_ state: TrainingState) throws {
    let metadata = try [
      "state": state.rawValue, "training": history.json(),
      ClassList.metadataKey: ClassList.json(train.set.classes),
    ]
    try trainer.network.weightFile(metadata: metadata).write(folder.file(state))
  }

  private func writeCheckpoint() throws {
    try trainer.checkpoint(metadata: ["training": history.json()]).write(folder.checkpoint)
    try folder.writeLog(history)
  }
}
