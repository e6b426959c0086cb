// Sparsity, entropy and divergence from the counters of a layer, and, where a run's samples are scored under its own
// profiles, their likelihoods from the bits of the same tiles: one pass over the samples.

import Analytics
internal import Basics
import Bits
import SQLiteKit
import Synchronization

extension Warehouse {
  /// Writes an entropy row per class, its divergences, and, for true labels, a sparsity row per class
  /// and one for the run.
  /// - Parameter isScored: The run's samples are to be scored under the first grouping's profiles, which needs their bits.
  /// - Returns: What they score, where it was asked for.
  @discardableResult
  func measureClasses(
    _ source: CounterSource, isScored: Bool = false, _ summary: inout MeasureSummary
  ) throws -> [LikelihoodScore] {
    let total = source.classes.map { $0.reduce(0) { $0 + $1.samples } }.max() ?? 0
    guard total <= UInt32.max else {
      throw source.damaged("the classes have \(total) samples together, more than can be counted")
    }
    var measures: [ClassMeasure] = []
    for (grouping, classes) in zip(source.groupings, source.classes) where !classes.isEmpty {
      measures.append(ClassMeasure(classes, grouping))
    }
    guard measures.count == source.groupings.count else {
      if measures.isEmpty { return [] }
      throw source.damaged("only the \(measures[0].grouping.name) labels have any")
    }
    let scores = try pass(over: source, isScored: isScored, &measures)
    var rows = try MeasureRows(source.run, source.layer, source.kind.measured, in: connection)
    for measure in measures {
      for (label, frequencies) in zip(measure.classes, measure.frequencies) {
        try rows.write(entropy: frequencies, of: label, measure.grouping)
        summary.count("entropy")
      }
      if measure.grouping == .true {
        for (label, frequencies) in zip(measure.classes, measure.frequencies) {
          try rows.write(frequencies.sparsity, of: label)
          summary.count("sparsity")
        }
        try rows.write(measure.whole.sparsity, of: nil)
        summary.count("sparsity")
      }
      try rows.write(
        measure.matrix, from: measure.classes, to: (source.run.id, measure.classes),
        measure.grouping,
        &summary)
    }
    return scores
  }

  /// Goes through all tiles of a layer.
  private func pass(
    over source: CounterSource, isScored: Bool, _ measures: inout [ClassMeasure]
  ) throws -> [LikelihoodScore] {
    let layer = source.layer
    let samples = TileSamples(try self.samples(run: source.run.id), source)
    let counts =
      try source.isStreamed && source.kind == .interaction
      && isDerivable(source.run, layer)
    if counts { try source.check(samples) }
    let isDerived = isScored || counts
    let grid = TileGrid(
      rows: source.rows, columns: source.columns, samples: samples.rows.count,
      classes: measures.reduce(0) { $0 + $1.classes.count },
      sums: measures.reduce(0) { $0 + $1.matrix.values.count })
    let likelihoods =
      isScored ? TileLikelihoods(samples: measures[0].classes.map(\.samples)) : nil
    let workers = (0..<Parallel.processors).map { [measures] _ in
      TileWorker(measures, grid, derived: isDerived ? samples.rows.count : nil, likelihoods)
    }
    try forEachRegion(
      grid, samples, of: source.run, layer, hasVectors: isDerived, hasCounters: !counts
    ) { rows, segments, vectors in
      let kept = counts ? nil : try rowCounters(source, rows)
      let results = Mutex([[[Double]]](repeating: [], count: segments.count))
      Parallel.run(segments.count, threads: workers.count) { worker, index in
        let segment = segments[index]
        let sums = workers[worker].work(
          segment.rows, grid.tiles(segment.columns), source, kept: kept, vectors, samples.groups)
        results.withLock { $0[index] = sums }
      }
      for (segment, sums) in zip(segments, results.withLock { $0 }) {
        for index in measures.indices {
          measures[index].matrix.add(
            sums[index], interactions: segment.rows.count * segment.columns.count)
        }
      }
    }
    for worker in workers {
      for index in measures.indices { measures[index].add(worker.measures[index]) }
    }
    guard let likelihoods else { return [] }
    let values = likelihoods.values(
      workers.compactMap(\.sums), measures[0].frequencies, samples.groups[0])
    let scores = samples.rows.indices.map { place in
      let label = Int(samples.groups[0][place])
      let isOwn = label < measures[0].classes.count
      return LikelihoodScore(
        sample: samples.rows[place], label: isOwn ? label : nil, isLeftOut: isOwn,
        values: values[place])
    }
    return scores.sorted { $0.sample.position < $1.sample.position }
  }

  /// Writes KL(P‖Q) for every class P of one source and Q of the other, and back, in place of what was
  /// there between the two runs. Both have the true labels.
  func measureDivergence(
    between a: CounterSource, and b: CounterSource, _ summary: inout MeasureSummary
  ) throws {
    let (p, q) = (a.classes[0], b.classes[0])
    var there = DivergenceMatrix(from: p.map(\.samples), to: q.map(\.samples))
    var back = DivergenceMatrix(from: q.map(\.samples), to: p.map(\.samples))
    try forEachSlab([a, b]) { counters in
      there.add(from: counters[0][0], to: counters[1][0])
      back.add(from: counters[1][0], to: counters[0][0])
    }
    for (source, matrix, other, from, to) in [(a, there, b, p, q), (b, back, a, q, p)] {
      try connection.takeOut(
        from: .divergence, run: source.run.id, against: other.run.id,
        where: [
          "layer_id": .integer(source.layer.id), "kind": .text(source.kind.rawValue),
          "grouping": .text(ProfileGrouping.true.name),
        ])
      var rows = try MeasureRows(source.run, source.layer, source.kind.measured, in: connection)
      try rows.write(matrix, from: from, to: (other.run.id, to), .true, &summary)
    }
  }
}

extension CounterSource {
  /// Throws where classes have not as many samples as their profiles say.
  fileprivate func check(_ samples: TileSamples) throws {
    for (grouping, classes) in classes.enumerated() {
      for (label, counted) in zip(classes, samples.count(grouping, classes: classes.count))
      where counted != label.samples {
        throw damaged("class \"\(label.key)\" has \(counted) samples, its profile \(label.samples)")
      }
    }
  }
}
