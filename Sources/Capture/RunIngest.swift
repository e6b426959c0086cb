// What becomes a run, whatever it comes from, on its way into a warehouse: begun, gone on with, measured, or found there.

internal import Basics
package import Bits
package import Warehouse

/// A network over a data set, or a recording of one.
package protocol RunSource: AnyObject {
  /// The run's, where it is new.
  var name: String { get }
  /// Of the run, or of its part.
  var sampleCount: Int { get }
  var shard: Shard? { get }
  var bitsets: BitsetPolicy { get }
  /// Whether samples are tokens of images.
  var isOfTokens: Bool { get }
  /// Of the layers that are kept, in their order.
  var weights: [LayerWeights] { get }
  /// Room that it takes on the disk, about.
  var bytesNeeded: Int { get }

  /// Called before the warehouse is opened.
  func begin() throws
  /// Finds or makes the run and what it stands on; part of a transaction.
  func ensure(
    in warehouse: borrowing Warehouse
  ) throws -> (state: RunState, layers: [Stored<LayerRecord>])
  /// Called once the run is found or made, of which so many samples are stored.
  func found(
    _ run: Stored<RunRecord>, committed: Int, in warehouse: borrowing Warehouse,
    observer: CaptureObserver
  ) throws
  /// Writes every sample that is not stored yet, and the profiles.
  func capture(
    in warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    committed: Int, observer: CaptureObserver
  ) throws
  /// What its samples are beside their class, and where that is said; nil where nothing is.
  func labelling(of samples: [SampleRow]) -> LabellingRecord?
  /// Called when every sample is stored.
  /// - Returns: Remarks, a line each.
  func finish() throws -> [String]
}

extension RunSource {
  func labelling(of samples: [SampleRow]) -> LabellingRecord? { nil }

  /// From the start, behind the last committed batch, or not at all where the run is complete.
  /// - Throws: `CaptureCancelled` when asked to stop; what was committed stays and is resumed from.
  func ingest(into path: String, observer: CaptureObserver) throws -> CaptureSummary {
    let done = try WriterLock.holding(
      path, isMade: true,
      waiting: {
        observer.stage("\(path): another program is writing to it; waiting for it to end")
      }, isCancelled: observer.isCancelled,
      do: {
        do {
          return try locked(path, observer)
        } catch WarehouseError.interrupted { throw CaptureCancelled(stored: nil, isResumed: true) }
      })
    guard let done else { throw CaptureCancelled(stored: nil) }
    return done
  }

  private func locked(_ path: String, _ observer: CaptureObserver) throws -> CaptureSummary {
    let clock = ContinuousClock()
    let started = clock.now
    if !fileExists(path) { try checkRoom(for: path) }
    try begin()
    var warehouse = try Warehouse.open(
      path, mode: .create, pageSize: bitsets == .derived ? .small : .large)
    if let line = warehouse.migrationNote { observer.stage(line) }
    let (state, layers) = try warehouse.together { try ensure(in: warehouse) }
    let run = state.run
    if run.activations == .omitted, run.completedAt == nil {
      throw CaptureError(
        "\(path): run '\(run.name)' is being merged without its activations; finish that merge, or delete the run"
      )
    }
    try found(run, committed: state.committed(of: sampleCount), in: warehouse, observer: observer)

    switch state {
    case .complete:
      try warehouse.settle()
      // Version 1 of the schema had no place for them.
      for (layer, own) in zip(layers, weights) { try warehouse.store(own, of: layer) }
      var found = try summary("already ingested", of: run, in: warehouse, path: path)
      found.notes += try finish()
      if run.activations == .omitted {
        found.notes.append(
          "run '\(run.name)' is there without its activations, which were left out; delete it to have them"
        )
      }
      if run.activations == .omitted {
        found.notes.append(
          "the activations of run '\(run.name)' were left out of this file: ingest into another one to have them"
        )
      }
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
      try capture(in: warehouse, run: run, layers: layers, committed: 0, observer: observer)
    case .resume(_, let committed):
      if committed > 0 {
        try warehouse.checkStructure()
        observer.stage("run '\(run.name)': going on behind \(committed) samples stored earlier")
      }
      try capture(in: warehouse, run: run, layers: layers, committed: committed, observer: observer)
    }
    if let labelling = labelling(of: try warehouse.samples(run: run.id)) {
      try warehouse.addLabels(dataSet: run.dataSetID, labelling)
    }
    let notes = try finish()
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
    summary.notes += notes + measures.notes
    return summary
  }

  /// - Throws: `CaptureError` where the file system has less room than the run needs.
  private func checkRoom(for path: String) throws {
    guard let free = freeBytes(at: path), free < bytesNeeded else { return }
    throw CaptureError(
      "\(path): the run needs about \(bytesNeeded / 1_000_000) MB, the disk has "
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
      measureSeconds: 0,
      notes: unreadableNote(
        unreadable, of: sampleCount, areTokens: isOfTokens, isListed: true))
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
