// Merging warehouses: parts of one run become that run, whole runs are taken over as they are. All or none of a
// run's rows are written, so a merge that was stopped is made again.

internal import SQLiteKit

/// What a merge tells while it works.
package struct MergeObserver {
  /// A sentence when something begins.
  package let stage: (String) -> Void
  package init(stage: @escaping (String) -> Void = { _ in }) { self.stage = stage }
}

/// What became of one run.
package struct MergeSummary: Sendable, Equatable {
  package var isNew: Bool
  package var run: String
  package var samples: Int
  package var files: Int
  /// Remarks, a line each.
  package var notes: [String]
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
    for (path, ids) in ids.sorted(by: { $0.key < $1.key }) {
      try target.copyBetweenRuns(from: try Warehouse.open(path, mode: .readOnly), ids)
    }
    try target.checkpoint()
    return summaries
  }
}

extension Warehouse {
  fileprivate func merge(
    _ merged: MergedRun, _ ids: inout [String: MergeIDs], _ observer: MergeObserver
  ) throws -> MergeSummary {
    let source = try Warehouse.open(merged.first.path, mode: .readOnly)
    let stored = try source.model(merged.first.run.modelID)
    let (model, layers) = try ensure(
      stored.record, layers: try source.layers(model: stored.id).map(\.record))
    let dataSet = try ensure(try source.dataSet(merged.first.run.dataSetID).record)
    for layer in try source.layers(run: merged.first.run.id) {
      guard let own = layers.first(where: { $0.name == layer.name }),
        try source.hasWeights(of: layer)
      else { continue }
      try store(try source.weights(of: layer), of: own)
    }
    var record = merged.first.run.record
    record.modelID = model.id
    record.dataSetID = dataSet.id
    record.shard = nil
    let state = try ensure(record, layers: layers.filter { merged.first.layers.contains($0.name) })
    for source in merged.sources {
      ids[source.path, default: MergeIDs()].runs[source.run.id] = state.run.id
      try map(source, to: state.run, &ids[source.path, default: MergeIDs()])
    }
    var summary = MergeSummary(
      isNew: true, run: state.run.name, samples: record.sampleCount, files: merged.sources.count,
      notes: merged.notes)
    switch state {
    case .complete:
      summary.isNew = false
      summary.samples -= try unreadableSamples(run: state.run.id)
      summary.notes = []
      return summary
    case .resume(_, let committed) where committed != 0 && committed != record.sampleCount:
      throw MergeError(
        "\(path): run \(state.run.name): \(committed) of \(record.sampleCount) samples are stored; finish its "
          + "ingest, or delete it")
    case .new, .resume(_, 0): try copyRows(merged, to: state.run, &ids)
    case .resume, .unmeasured: break
    }
    summary.samples -= try unreadableSamples(run: state.run.id)
    if merged.isWhole { return summary }
    observer.stage("run \(state.run.name): measuring")
    try countProfiles(run: state.run.id)
    summary.notes += try measure(run: state.run.id).notes
    try complete(run: state.run.id)
    return summary
  }

  /// Everything of a run, in one transaction.
  private func copyRows(
    _ merged: MergedRun, to run: Stored<RunRecord>, _ ids: inout [String: MergeIDs]
  ) throws {
    try told {
      try connection.transaction {
        for source in merged.sources {
          let file = try Warehouse.open(source.path, mode: .readOnly)
          var own = ids[source.path, default: MergeIDs()]
          try copySamples(from: file, run: source.run.id, to: run, &own)
          ids[source.path] = own
          for table in RunTable.all where merged.isWhole || table.content == .samples {
            try copy(table.name, from: file, where: table.isWithinRun, source.run.id, own)
          }
          guard merged.isWhole else { continue }
          try connection.run(
            "update run set started_at = ?, completed_at = ? where run_id = ?",
            .text(source.run.startedAt), Value(source.run.completedAt), .integer(run.id))
        }
        try checkWhole(run)
      }
    }
  }

  /// Measures between two runs that came from one file, where they are not there yet.
  fileprivate func copyBetweenRuns(from source: borrowing Warehouse, _ ids: MergeIDs) throws {
    try told {
      try connection.transaction {
        for (from, own) in ids.runs.sorted(by: { $0.key < $1.key }) {
          for (to, other) in ids.runs.sorted(by: { $0.key < $1.key }) where from != to {
            for table in RunTable.measured {
              guard let otherRun = table.otherRun else { continue }
              let isThere = try connection.integer(
                "select exists (select 1 from \(table.name) where \(table.run) = ? and \(otherRun) = ?)",
                .integer(own), .integer(other))
              guard isThere == 0 else { continue }
              try copy(
                table.name, from: source, where: "\(table.run) = ? and \(otherRun) = \(to)", from,
                ids)
            }
          }
        }
      }
    }
  }

  /// Layers by name, classes by position: their records were found equal.
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
  }
}
