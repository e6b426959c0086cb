// A job carried out: into a warehouse, or dry.

internal import Basics
internal import Bits
internal import CKernels
internal import DataSets
internal import Networks
internal import Warehouse

/// What a finished job has to say.
package struct CaptureSummary: Sendable, Equatable {
  /// `ingested`, `already ingested` or `dry run`.
  package var status: String
  package var run: String
  package var samples: Int
  /// Over the samples that have a right answer; nil where none has.
  package var accuracy: Double?
  /// Samples whose class is no output of the network.
  package var foreign: Int
  package var unlabelled: Int
  /// Of the warehouse, 0 for a dry run.
  package var fileBytes: Int
  /// Capturing and writing the samples.
  package var seconds: Double
  package var measureSeconds: Double
  /// Remarks of the measures, a line each.
  package var notes: [String]
}

extension CaptureJob {
  /// Ingests the run: from the start, behind the last committed batch, or not at all where it is complete.
  /// - Parameter images: A folder for the perturbed images; those of samples stored earlier are made again.
  /// - Throws: `CaptureCancelled` when asked to stop; what was committed stays and is resumed from.
  package func run(
    into path: String, savingImagesTo images: String? = nil, observer: CaptureObserver
  ) throws -> CaptureSummary {
    let done = try WriterLock.holding(
      path, isMade: true,
      waiting: {
        observer.stage("\(path): another program is writing to it; waiting for it to end")
      }, isCancelled: observer.isCancelled,
      do: {
        do {
          return try ingest(into: path, images: images, observer: observer)
        } catch WarehouseError.interrupted { throw CaptureCancelled(stored: nil, isResumed: true) }
      })
    guard let done else { throw CaptureCancelled(stored: nil) }
    return done
  }

  private func ingest(
    into path: String, images: String?, observer: CaptureObserver
  ) throws -> CaptureSummary {
    guard !engine.layers.isEmpty else {
      throw CaptureError(
        "\(model.network.architecture.name): expected a fully connected layer, whose interactions a warehouse "
          + "keeps, found none")
    }
    let clock = ContinuousClock()
    let started = clock.now
    if !fileExists(path) { try checkRoom(for: path) }
    var saver = try images.map { try ImageSaver($0, engine, positions: positions[range]) }
    var warehouse = try Warehouse.open(
      path, mode: .create, pageSize: bitsets == .derived ? .small : .large)
    if let line = warehouse.migrationNote { observer.stage(line) }
    let selection = try selection.json
    let (state, layers) = try warehouse.together { try ensureRun(in: warehouse, selection) }
    let run = state.run
    try fillAssignedLabels(of: run, in: warehouse)
    if saver != nil {
      try save(first: state.committed(of: sampleCount), to: &saver, observer: observer)
    }

    switch state {
    case .complete:
      try warehouse.settle()
      // Version 1 of the schema had no place for them.
      for (layer, own) in zip(layers, engine.layers) {
        try warehouse.store(own.weights, of: layer)
      }
      var found = try summary("already ingested", of: run, in: warehouse, path: path)
      found.notes += try saver.map { [try $0.finish()] } ?? []
      if !run.name.hasBytes(of: name) {
        found.notes.append(
          "the same weights, samples and options are stored as run '\(run.name)'")
      }
      return found
    case .unmeasured:
      try warehouse.checkStructure()
      observer.stage("every sample is stored already; only the measures are missing")
    case .new:
      do { try checkRoom(for: path) } catch {
        try warehouse.delete(run: run.id)
        throw error
      }
      try capture(
        in: warehouse, run: run, layers: layers, committed: 0, saver: &saver, observer: observer)
    case .resume(_, let committed):
      if committed > 0 {
        try warehouse.checkStructure()
        observer.stage("run '\(run.name)': going on behind \(committed) samples stored earlier")
      }
      try capture(
        in: warehouse, run: run, layers: layers, committed: committed, saver: &saver,
        observer: observer)
    }
    let saved = try saver?.finish()
    let captured = clock.now
    observer.captured()
    var measures = MeasureSummary()
    if shard == nil {
      observer.stage("measuring")
      warehouse.stop(when: observer.isCancelled)
      measures = try warehouse.measure(run: run.id)
    }
    try warehouse.complete(run: run.id)
    var summary = try summary(
      shard.map { "part \($0) ingested" } ?? "ingested", of: run, in: warehouse, path: path)
    summary.seconds = (captured - started).inSeconds
    summary.measureSeconds = (clock.now - captured).inSeconds
    summary.notes += (saved.map { [$0] } ?? []) + measures.notes
    return summary
  }

  /// The run and what it stands on, found or made.
  private func ensureRun(
    in warehouse: borrowing Warehouse, _ selection: String
  ) throws -> (state: RunState, layers: [Stored<LayerRecord>]) {
    let dataSet = try warehouse.ensure(
      DataSetRecord(
        name: data.name, fingerprint: data.fingerprint, sampleCount: data.count,
        classes: data.classes.map { ClassRecord(key: $0.key, name: $0.name) }))
    let (stored, known) = try warehouse.ensure(
      ModelRecord(
        name: model.name, architecture: model.network.architecture.name,
        weightsSHA256: model.weightsHash, parameters: model.network.parameterCount,
        state: model.state, training: model.training,
        outputs: model.outputs.map { ClassRecord(key: $0.key, name: $0.name) },
        classList: model.classList?.source), layers: layerRecords)
    try warehouse.ensure(pairing: pairing.classes, model: stored, dataSet: dataSet)
    let layers = known.filter { layer in engine.layers.contains { $0.name == layer.name } }
    let state = try warehouse.ensure(
      RunRecord(
        name: name, modelID: stored.id, dataSetID: dataSet.id, identity: identity,
        perturbation: perturbation.description,
        preprocessing: preprocessing.description, selection: selection,
        bitsets: bitsets, profiles: profiles, sampleCount: positions.count, shard: shard,
        permutationSeed: permutationSeed,
        engramVersion: ENGRAM_VERSION, cpuLevel: unsafe String(cString: engram_cpu_level())),
      layers: layers)
    return (state, layers)
  }

  /// Runs the network over the selection and keeps nothing.
  package func dryRun(observer: CaptureObserver) throws -> CaptureSummary {
    let started = ContinuousClock.now
    var (correct, answered, readable, unlabelled) = (0, 0, 0, 0)
    let notes = try predict(observer: observer) { predictions, _ in
      readable += predictions.count
      unlabelled += predictions.count { $0.label == nil }
      answered += predictions.count { $0.isCorrect != nil }
      correct += predictions.count { $0.isCorrect == true }
    }
    return CaptureSummary(
      status: "dry run", run: name, samples: readable,
      accuracy: answered == 0 ? nil : Double(correct) / Double(answered),
      foreign: readable - answered - unlabelled, unlabelled: unlabelled, fileBytes: 0,
      seconds: (ContinuousClock.now - started).inSeconds, measureSeconds: 0, notes: notes)
  }

  /// - Throws: `CaptureError` where the file system has less room than the estimate.
  private func checkRoom(for path: String) throws {
    // Profiles stand in the log, too, until it is moved into the file.
    let needed = (estimate.bytes(bitsets) + estimate.profiles) / positions.count * sampleCount
    guard let free = freeBytes(at: path), free < needed else { return }
    throw CaptureError(
      "\(path): the run needs about \(needed / 1_000_000) MB, the disk has "
        + "\(free / 1_000_000) MB free; take fewer samples (--limit) or layers (--layers)")
  }

  private func summary(
    _ status: String, of run: Stored<RunRecord>, in warehouse: borrowing Warehouse, path: String
  ) throws -> CaptureSummary {
    let unreadable = try warehouse.unreadableSamples(run: run.id)
    let unanswered = try warehouse.unanswered(run: run.id)
    return CaptureSummary(
      status: status, run: run.name, samples: run.range.count - unreadable,
      accuracy: try warehouse.accuracy(run: run.id), foreign: unanswered.foreign,
      unlabelled: unanswered.unlabelled, fileBytes: fileSize(path), seconds: 0,
      measureSeconds: 0, notes: unreadableNote(unreadable, isListed: true))
  }
}

extension FullyConnectedInfo {
  var weights: LayerWeights {
    LayerWeights(shape: shape, weight: weight, bias: bias)
  }
}

extension RunState {
  /// Samples that are stored, of `all`.
  fileprivate func committed(of all: Int) -> Int {
    switch self {
    case .new: 0
    case .resume(_, let committed): committed
    case .unmeasured, .complete: all
    }
  }
}

/// The job was asked to stop.
package struct CaptureCancelled: Error, CustomStringConvertible {
  /// Samples that are in the warehouse; nil for a dry run, and where samples were not what it was at.
  package let stored: Int?
  /// Whether the same command goes on, where no samples are told.
  package let isResumed: Bool

  init(stored: Int?, isResumed: Bool = false) {
    (self.stored, self.isResumed) = (stored, isResumed)
  }

  package var description: String {
    guard let stored else {
      return isResumed ? "interrupted; the same command goes on where it stopped" : "interrupted"
    }
    return "interrupted; \(stored) samples are stored, the same command goes on behind them"
  }
}
