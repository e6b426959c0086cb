// Merging warehouses: parts of one run become that run, or a larger part of it, whole runs are taken over as they are. All or
// none of a file's rows of a run are written, so a merge that was stopped goes on where it is made again; one that is made
// again brings what was measured since.

internal import SQLiteKit
internal import Synchronization

/// What a merge tells while it works.
package struct MergeObserver {
  /// A sentence when something begins.
  package let stage: (String) -> Void
  package init(stage: @escaping (String) -> Void = { _ in }) { self.stage = stage }
}

/// Files that were found to fit together.
package struct Merge: Sendable {
  private let runs: [MergedRun]
  private let keepsSamples: Bool

  /// - Parameters:
  ///   - isPartial: Whether parts that follow each other may be less than their run: they become one part of it, which is
  ///     merged with the others later.
  ///   - keepsSamples: Whether every sample's x, z and bits are taken over. Where they are not, counts and measures are made
  ///     of them as they stand in the files.
  /// - Throws: before anything is written, where the files' runs do not fit together.
  package init(
    _ paths: [String], isPartial: Bool = false, keepsSamples: Bool = true
  ) throws {
    runs = try MergedRun.plan(paths, isPartial: isPartial)
    self.keepsSamples = keepsSamples
    guard !keepsSamples else { return }
    for run in runs {
      guard run.shard != nil, run.first.run.profiles == .streamed else { continue }
      throw MergeError(
        "run \(run.first.run.name): expected class counts to keep of its parts, found profiles streamed; merge all of them, "
          + "or ingest them with --profiles stored")
    }
  }

  package var pageSize: Warehouse.PageSize {
    !keepsSamples || runs.contains { $0.first.run.bitsets == .derived } ? .small : .large
  }

  /// Writes the runs into `target`, measures those made of parts, and completes them. Parts are read one by one, and no
  /// more of them is kept in memory than where they are.
  package func write(
    into target: borrowing Warehouse, observer: MergeObserver = MergeObserver()
  ) throws -> [MergeSummary] {
    var ids: [String: MergeIDs] = [:]
    var summaries: [MergeSummary] = []
    for run in runs {
      observer.stage("run \(run.first.run.name)")
      var (state, summary) = try target.copy(run, keepsSamples: keepsSamples, &ids)
      if !run.isWhole, state.completedAt == nil {
        observer.stage("run \(state.name): " + (run.shard == nil ? "measuring" : "counting"))
        summary.notes += try target.measure(run, as: state, keepsSamples: keepsSamples)
        try target.complete(run: state.id)
      }
      summaries.append(summary)
    }
    // Measures between runs need all runs in place.
    for (run, index) in zip(runs, summaries.indices) {
      for part in run.sources {
        guard run.isWhole else {
          try target.noteMeasures(of: part, &summaries[index])
          continue
        }
        guard let own = ids[part.path] else { preconditionFailure("every source was mapped") }
        try target.bringMeasures(of: part, own, &summaries[index])
      }
    }
    try target.settle()
    return summaries
  }
}

extension Warehouse {
  /// Everything of a run but what is measured of its parts.
  /// - Parameter ids: Of whole runs, by file.
  fileprivate func copy(
    _ merged: MergedRun, keepsSamples: Bool, _ ids: inout [String: MergeIDs]
  ) throws -> (run: Stored<RunRecord>, MergeSummary) {
    let state = try together { try ensure(merged, keepsSamples: keepsSamples) }
    let run = state.run
    var summary = MergeSummary(
      status: .merged, run: run.name, samples: run.range.count, files: merged.sources.count,
      notes: merged.notes)
    // Samples that are there: the first ones.
    let committed: Int
    switch state {
    case .new: committed = 0
    case .resume(_, let samples): committed = samples
    case .unmeasured, .complete: committed = run.range.count
    }
    let activations: ActivationPolicy = keepsSamples ? merged.first.run.activations : .omitted
    try check(run, isToBe: activations, committed)
    var labels = BroughtLabels()
    for source in merged.sources {
      var own = merged.isWhole ? ids[source.path, default: MergeIDs()] : MergeIDs()
      own.runs[source.run.id] = run.id
      try map(source, to: run, &own)
      let first = source.range.lowerBound - run.range.lowerBound
      let isThere = committed >= first + source.range.count
      guard isThere || committed <= first else {
        throw MergeError(
          "\(path): run \(run.name): \(committed) of \(run.range.count) samples are stored, which end within "
            + "\(source.told); finish its ingest, or delete it")
      }
      labels += try copy(source, of: merged, to: run, isThere: isThere, keepsSamples, &own)
      if merged.isWhole { ids[source.path] = own }
    }
    try checkWhole(run)
    summary.samples -= try unreadableSamples(run: run.id)
    if case .complete = state {
      summary.status = .unchanged
      summary.notes =
        run.activations == .omitted && activations == .stored
        ? [
          "run \(run.name): its activations were left out of \(path) and are not brought from "
            + "\(merged.first.path); merge both into a new file, that one first"
        ] : []
    } else if merged.isWhole {
      try take(merged, ids[merged.first.path, default: MergeIDs()], over: state)
    }
    if activations == .omitted, run.activations == .omitted, summary.status == .merged,
      !merged.isWhole || !keepsSamples
    {
      summary.notes.append(
        "run \(run.name): without activations and bits, which stay in the files it was merged from: "
          + "what is measured of them later (bootstraps, detectors, other labels, other runs) needs a file that has them"
      )
    }
    summary.notes += labels.notes
    summary.bring(labels.count, of: "sample_label")
    for (table, rows) in labels.pictures { summary.bring(rows, of: table) }
    return (run, summary)
  }

  /// Counts and measures a run made of parts: of its samples as they stand here, or in the parts; what is no more than a
  /// part is counted where its samples do not come along.
  /// - Returns: Remarks, a line each.
  fileprivate func measure(
    _ merged: MergedRun, as run: Stored<RunRecord>, keepsSamples: Bool
  ) throws -> [String] {
    let isCounted = merged.first.run.activations == .omitted
    if !isCounted, !keepsSamples {
      let parts = try parts(merged, of: run)
      sampleParts.withLock { $0[run.id] = parts }
    }
    defer { sampleParts.withLock { $0[run.id] = nil } }
    if !isCounted, !keepsSamples || merged.shard == nil { try countProfiles(run: run.id) }
    return merged.shard == nil ? try measure(run: run.id).notes : []
  }

  /// Throws where a merge of a run with samples is gone on with without them, or the other way.
  private func check(
    _ run: Stored<RunRecord>, isToBe activations: ActivationPolicy, _ committed: Int
  ) throws(MergeError) {
    func told(_ policy: ActivationPolicy) -> String {
      policy == .stored ? "with activations" : "without activations"
    }
    guard run.completedAt == nil, run.activations != activations else { return }
    throw MergeError(
      "\(path): run \(run.name): \(committed) of \(run.range.count) samples are stored \(told(run.activations)), "
        + "which were to be \(told(activations)); finish that merge, or delete the run")
  }

  /// The run, and what it stands on, as the target knows them.
  private func ensure(_ merged: MergedRun, keepsSamples: Bool) throws -> RunState {
    let source = try Warehouse.open(merged.first.path, mode: .readOnly)
    // In an ingest's order: ids of classes and outputs are as there.
    let dataSet = try ensure(try source.dataSet(merged.first.run.dataSetID).record)
    let stored = try source.model(merged.first.run.modelID)
    let (model, layers) = try ensure(
      stored.record, layers: try source.layers(model: stored.id).map(\.record))
    try ensure(
      pairing: try source.pairing(
        model: merged.first.run.modelID, dataSet: merged.first.run.dataSetID), model: model,
      dataSet: dataSet)
    for layer in try source.layers(run: merged.first.run.id)
    where try source.hasWeights(of: layer) {
      guard let own = layers.first(where: { $0.name == layer.name }) else {
        throw WarehouseError.corrupt(
          path: source.path,
          message: "run \(merged.first.run.name) captured a layer of another model")
      }
      try store(try source.weights(of: layer), of: own)
    }
    var record = merged.first.run.record
    record.modelID = model.id
    record.dataSetID = dataSet.id
    record.shard = merged.shard
    if !keepsSamples { (record.activations, record.bitsets) = (.omitted, .derived) }
    return try ensure(record, layers: layers.filter { merged.first.layers.contains($0.name) })
  }

  /// The rows of a source, in one transaction: a merge that is stopped goes on behind the last one. Labels alone where its
  /// samples are there.
  private func copy(
    _ source: MergeSource, of merged: MergedRun, to run: Stored<RunRecord>, isThere: Bool,
    _ keepsSamples: Bool, _ ids: inout MergeIDs
  ) throws -> BroughtLabels {
    var labels = BroughtLabels()
    let file = try Warehouse.open(source.path, mode: .readOnly)
    try told {
      try connection.transaction {
        try mapSamples(from: file, run: source.run.id, to: run, isNew: !isThere, &ids)
        labels = try bringLabels(of: source, from: file, to: run, ids)
        labels.pictures = try bringPictures(from: file, run: source.run.id, ids)
        guard !isThere else { return }
        for table in RunTable.all where merged.isWhole || table.content == .samples {
          if !keepsSamples && table.isOfActivations || table.name == "run_thumbnail" {
            continue
          }
          try copy(
            table.name, from: file, where: table.isWithinRun, [.integer(source.run.id)], ids,
            without: !keepsSamples && table.name == "significance" ? ["bits", "checksum"] : [])
        }
        if !merged.isWhole, source.run.activations == .omitted {
          try addProfiles(from: file, run: source.run.id, to: run, ids)
        }
        guard merged.isWhole else { return }
        try checkWhole(run)
        try setTimes(of: run, as: source.run)
      }
    }
    return labels
  }

  /// A whole run whose samples are there and whose measures are not: its own ingest was stopped.
  private func take(_ merged: MergedRun, _ ids: MergeIDs, over state: RunState) throws {
    guard try run(state.run.id).completedAt == nil else { return }
    try told {
      try connection.transaction {
        let file = try Warehouse.open(merged.first.path, mode: .readOnly)
        for table in RunTable.all
        where table.content != .samples
          && (state.run.activations == .stored || !table.isOfActivations)
        {
          try connection.takeOut(from: table, run: state.run.id)
          try copy(
            table.name, from: file, where: table.isWithinRun, [.integer(merged.first.run.id)], ids)
        }
        try checkWhole(state.run)
        try setTimes(of: state.run, as: merged.first.run)
      }
    }
  }

  private func setTimes(of run: Stored<RunRecord>, as source: Stored<RunRecord>) throws {
    try connection.run(
      "update run set started_at = ?, completed_at = ? where run_id = ?",
      .text(source.startedAt), Value(source.completedAt), .integer(run.id))
  }

  /// Layers by name, classes and outputs by position: their records were found equal.
  private func map(
    _ part: MergeSource, to run: Stored<RunRecord>, _ ids: inout MergeIDs
  ) throws {
    let source = try Warehouse.open(part.path, mode: .readOnly)
    let layers = try self.layers(model: run.modelID)
    for layer in try source.layers(model: part.run.modelID) {
      ids.layers[layer.id] = layers.first { $0.name == layer.name }?.id
    }
    let classes = try self.classes(dataSet: run.dataSetID)
    for (theirs, own) in zip(try source.classes(dataSet: part.run.dataSetID), classes) {
      ids.classes[theirs.id] = own.id
    }
    let outputs = try self.outputs(model: run.modelID)
    for (theirs, own) in zip(try source.outputs(model: part.run.modelID), outputs) {
      ids.classes[theirs.id] = own.id
    }
    for (id, name) in try source.detectors() {
      ids.detectors[id] = try together { try detectorID(name) }
    }
    try mapLabels(of: part, source, to: run, &ids)
  }
}
