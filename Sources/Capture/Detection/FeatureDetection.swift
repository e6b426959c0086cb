// Detectors of feature maps: taught by a reference run, scoring others of its model, by running the network over their
// samples again. Which files these are is told in RunSources, what is learnt in Analytics.

package import Analytics
internal import Basics
internal import DataSets
internal import Networks
package import Warehouse

/// Detectors that a reference run has taught.
package struct FeatureDetection {
  private let chosen: [ChosenDetector]
  private let entries: GramEntries
  private var teachings: [GramTeaching] = []
  private let reference: Stored<RunRecord>
  /// How the detectors were taught, a line each.
  package private(set) var notes: [String] = []

  /// Has the samples of a run teach them.
  /// - Parameters:
  ///   - chosen: of feature maps.
  ///   - job: That made the run.
  /// - Throws: where the run is too small, or has too many classes.
  package init(
    _ chosen: [ChosenDetector], taughtBy reference: Stored<RunRecord>, _ job: CaptureJob,
    in warehouse: borrowing Warehouse, observer: CaptureObserver
  ) throws {
    (self.chosen, self.reference) = (chosen, reference)
    let orders = chosen.map { Int($0.settings["orders"]) }.max() ?? 1
    entries = GramEntries(
      channels: job.model.network.featureLayers.map(\.shape.channels), orders: orders)
    let samples = try warehouse.samples(run: reference.id)
    let what = "\(warehouse.path): run \"\(reference.name)\""
    guard Set(job.positions).isSuperset(of: samples.map(\.position)) else {
      throw Self.differs(reference, job, in: warehouse)
    }
    let classes = Set(samples.map(\.predictedClassID)).count
    teachings = try chosen.map { one in
      do {
        return try GramTeaching(one, entries, classes: classes)
      } catch {
        throw CaptureError("\(what) cannot teach \(one): \(error)")
      }
    }
    let heldAside = try chosen.map { one in
      let count = Int((one.settings["held-aside"] * Double(samples.count)).rounded())
      guard count > 0, count < samples.count else {
        throw CaptureError(
          "\(what) cannot teach \(one): it has \(samples.count) samples, of which \(count) are held aside; expected one of "
            + "either kind at least")
      }
      var generator = SeededGenerator(seed: UInt64(one.settings["seed"]), 0x6A11)
      return Set(shuffled(samples.map(\.position), using: &generator).prefix(count))
    }
    let bounding = samples.map(\.position).filter { at in
      !heldAside.allSatisfy { $0.contains(at) }
    }
    let weighing = samples.map(\.position).filter { at in heldAside.contains { $0.contains(at) } }
    var seen = 0
    try job.features(entries, at: bounding, observer: observer) { batch in
      seen += batch.count
      for (index, own) in heldAside.enumerated() {
        for sample in 0..<batch.count where !own.contains(batch.positions[sample]) {
          batch.withEntries(of: sample) {
            teachings[index].bound($0, predicted: batch.predicted[sample])
          }
        }
      }
    }
    try job.features(entries, at: weighing, observer: observer.behind(bounding.count)) { batch in
      seen += batch.count
      for (index, own) in heldAside.enumerated() {
        for sample in 0..<batch.count where own.contains(batch.positions[sample]) {
          batch.withEntries(of: sample) {
            teachings[index].weigh($0, predicted: batch.predicted[sample])
          }
        }
      }
    }
    guard seen == bounding.count + weighing.count else {
      throw Self.differs(reference, job, in: warehouse)
    }
    for (one, teaching) in zip(chosen, teachings) { notes += try told(one, teaching) }
  }

  private func told(_ one: ChosenDetector, _ teaching: GramTeaching) throws -> [String] {
    guard teaching.weighing > 0 else {
      throw CaptureError(
        "run \"\(reference.name)\" cannot teach \(one): none of the samples that were held aside is predicted as another "
          + "sample is; take a larger reference")
    }
    var lines = [
      "\(one): the ranges of \(entries.channels.count) layers are those of \(teaching.bounding) samples of run "
        + "\"\(reference.name)\", their mean deviations those of \(teaching.weighing) others of it, held aside by seed "
        + "\(Int(one.settings["seed"]))"
    ]
    if teaching.alone > 0 {
      lines.append(
        "\(one): \(teaching.alone) samples that were held aside teach nothing: no other sample is predicted as they are"
      )
    }
    if teaching.notFinite > 0 {
      lines.append("\(one): \(teaching.notFinite) samples are not finite and teach nothing")
    }
    return lines
  }

  /// Scores a run of the model.
  /// - Parameter job: That made the run.
  /// - Returns: What the detectors say of its samples, and remarks, a line each.
  package func scores(
    of run: Stored<RunRecord>, _ job: CaptureJob, in warehouse: borrowing Warehouse,
    observer: CaptureObserver
  ) throws -> (columns: [DetectorColumn], notes: [String]) {
    let samples = try warehouse.samples(run: run.id)
    let classes = try warehouse.predictedIDs(of: run)
    var scores = [[Double?]](repeating: [], count: chosen.count)
    var (place, moved) = (0, 0)
    try job.features(entries, at: job.positions, observer: observer) { batch in
      for sample in 0..<batch.count {
        guard place < samples.count, samples[place].position == batch.positions[sample] else {
          throw Self.differs(run, job, in: warehouse)
        }
        if samples[place].predictedClassID != classes[batch.predicted[sample]] { moved += 1 }
        place += 1
      }
      for (index, teaching) in teachings.enumerated() {
        let parts = Parallel.map(batch.count, atATime: 8, threads: job.engine.threads) { range in
          range.map { sample in
            batch.withEntries(of: sample) {
              teaching.score(of: $0, predicted: batch.predicted[sample])
            }
          }
        }
        scores[index] += parts.joined()
      }
    }
    guard place == samples.count else { throw Self.differs(run, job, in: warehouse) }
    var notes: [String] = []
    if moved > 0 {
      notes.append(
        "\(moved) samples are predicted otherwise than when they were ingested (on \(run.cpuLevel)): they are scored as "
          + "they are predicted now")
    }
    for (one, own) in zip(chosen, scores) {
      let missing = own.count { $0 == nil }
      if missing > 0 {
        notes.append(
          "\(one): \(missing) of \(own.count) samples have no score: they are not finite, or predicted as a class that no "
            + "sample of run \"\(reference.name)\" is")
      }
    }
    return (zip(chosen, scores).map { DetectorColumn($0, scores: $1) }, notes)
  }

  private static func differs(
    _ run: Stored<RunRecord>, _ job: CaptureJob, in warehouse: borrowing Warehouse
  ) -> CaptureError {
    CaptureError(
      "\(warehouse.path): run \"\(run.name)\": other images of \(job.data.name) can be read than when it was ingested; "
        + "ingest it again")
  }
}

extension CaptureObserver {
  /// The same behind samples that are done.
  package func behind(_ done: Int) -> CaptureObserver {
    CaptureObserver(
      advanced: { advanced(done + $0) }, stage: stage, isCancelled: isCancelled, captured: captured,
      unreadable: unreadable)
  }
}
