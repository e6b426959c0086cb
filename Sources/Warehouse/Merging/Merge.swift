// Merging warehouses: parts of one run become that run, whole runs are taken over as they are. All or none of a
// run's rows are written, so a merge that was stopped is made again; one that is made again brings what was measured
// since.

internal import SQLiteKit

/// What a merge tells while it works.
package struct MergeObserver {
  /// A sentence when something begins.
  package let stage: (String) -> Void
  package init(stage: @escaping (String) -> Void = { _ in }) { self.stage = stage }
}

/// What became of one run.
package struct MergeSummary: Sendable, Equatable {
  /// Whether rows of it were written.
  package enum Status: String, Sendable {
    case merged
    case unchanged = "already there"
    /// It was there, and something was brought that it had not.
    case updated
  }

  package var status: Status
  package var run: String
  package var samples: Int
  package var files: Int
  /// Rows that a run which was there already did not have, by table, in the tables' order.
  package var brought: [(table: String, rows: Int)] = []
  /// Remarks, a line each.
  package var notes: [String]

  /// Tuples have no equality of their own.
  package static func == (a: MergeSummary, b: MergeSummary) -> Bool {
    (a.status, a.run, a.samples, a.files) == (b.status, b.run, b.samples, b.files)
      && a.notes == b.notes && a.brought.elementsEqual(b.brought, by: ==)
  }

  mutating func bring(_ rows: Int, of table: String) {
    guard rows > 0 else { return }
    if status == .unchanged { status = .updated }
    // What comes with a new run is not told row by row.
    guard status == .updated else { return }
    if let index = brought.firstIndex(where: { $0.table == table }) {
      brought[index].rows += rows
    } else {
      brought.append((table, rows))
    }
  }
}

/// Files that were found to fit together.
package struct Merge: Sendable {
  private let runs: [MergedRun]

  /// Throws, before anything is written, where the files' runs do not fit together.
  package init(_ paths: [String]) throws { runs = try MergedRun.plan(paths) }

  package var pageSize: Warehouse.PageSize {
    runs.contains { $0.first.run.bitsets == .derived } ? .small : .large
  }

  /// Writes the runs into `target`, measures those made of parts, and completes them.
  package func write(
    into target: borrowing Warehouse, observer: MergeObserver = MergeObserver()
  ) throws -> [MergeSummary] {
    var ids: [String: MergeIDs] = [:]
    var summaries: [MergeSummary] = []
    for run in runs {
      observer.stage("run \(run.first.run.name)")
      summaries.append(try target.merge(run, &ids, observer))
    }
    // Measures between runs need all runs in place.
    for (run, index) in zip(runs, summaries.indices) {
      for part in run.sources {
        guard let own = ids[part.path] else { preconditionFailure("every source was mapped") }
        if run.isWhole {
          try target.bringMeasures(of: part, own, &summaries[index])
        } else {
          try target.noteMeasures(of: part, &summaries[index])
        }
      }
    }
    try target.settle()
    return summaries
  }
}

extension Warehouse {
  fileprivate func merge(
    _ merged: MergedRun, _ ids: inout [String: MergeIDs], _ observer: MergeObserver
  ) throws -> MergeSummary {
    let state = try together { try ensure(merged) }
    for source in merged.sources {
      ids[source.path, default: MergeIDs()].runs[source.run.id] = state.run.id
      try map(source, to: state.run, &ids[source.path, default: MergeIDs()])
    }
    var summary = MergeSummary(
      status: .merged, run: state.run.name, samples: state.run.sampleCount,
      files: merged.sources.count, notes: merged.notes)
    var labels = BroughtLabels()
    switch state {
    case .resume(_, let committed) where committed != 0 && committed != state.run.sampleCount:
      throw MergeError(
        "\(path): run \(state.run.name): \(committed) of \(state.run.sampleCount) samples are stored; finish its "
          + "ingest, or delete it")
    case .new, .resume(_, 0):
      labels += try copyRows(merged, to: state.run, &ids)
    case .complete, .resume, .unmeasured:
      try told {
        try connection.transaction {
          for source in merged.sources {
            let file = try Warehouse.open(source.path, mode: .readOnly)
            var own = ids[source.path, default: MergeIDs()]
            try mapSamples(from: file, run: source.run.id, to: state.run, isNew: false, &own)
            ids[source.path] = own
            labels += try bringLabels(of: source, from: file, to: state.run, own)
          }
        }
      }
    }
    summary.samples -= try unreadableSamples(run: state.run.id)
    if case .complete = state {
      summary.status = .unchanged
      summary.notes =
        state.run.activations == .omitted && merged.first.run.activations == .stored
        ? [
          "run \(state.run.name): its activations were left out of \(path) and are not brought from "
            + "\(merged.first.path); merge both into a new file, that one first"
        ] : []
    } else if merged.isWhole {
      try take(merged, ids[merged.first.path, default: MergeIDs()], over: state)
    } else {
      observer.stage("run \(state.run.name): measuring")
      try countProfiles(run: state.run.id)
      summary.notes += try measure(run: state.run.id).notes
      try complete(run: state.run.id)
    }
    summary.notes += labels.notes
    summary.bring(labels.count, of: "sample_label")
    return summary
  }

  /// The run, and what it stands on, as the target knows them.
  private func ensure(_ merged: MergedRun) throws -> RunState {
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
    record.shard = nil
    return try ensure(record, layers: layers.filter { merged.first.layers.contains($0.name) })
  }

  /// Everything of a new run, in one transaction.
  private func copyRows(
    _ merged: MergedRun, to run: Stored<RunRecord>, _ ids: inout [String: MergeIDs]
  ) throws -> BroughtLabels {
    try told {
      var brought = BroughtLabels()
      try connection.transaction {
        for source in merged.sources {
          let file = try Warehouse.open(source.path, mode: .readOnly)
          var own = ids[source.path, default: MergeIDs()]
          try mapSamples(from: file, run: source.run.id, to: run, isNew: true, &own)
          ids[source.path] = own
          brought += try bringLabels(of: source, from: file, to: run, own)
          for table in RunTable.all where merged.isWhole || table.content == .samples {
            try copy(
              table.name, from: file, where: table.isWithinRun, [.integer(source.run.id)], own)
          }
        }
        try checkWhole(run)
        if merged.isWhole { try setTimes(of: run, as: merged.first.run) }
      }
      return brought
    }
  }

  /// A whole run whose samples are there and whose measures are not: its own ingest was stopped.
  private func take(_ merged: MergedRun, _ ids: MergeIDs, over state: RunState) throws {
    guard try run(state.run.id).completedAt == nil else { return }
    try told {
      try connection.transaction {
        let file = try Warehouse.open(merged.first.path, mode: .readOnly)
        for table in RunTable.all where table.content != .samples {
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
