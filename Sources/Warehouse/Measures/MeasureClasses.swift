// Sparsity, entropy and divergence from the counters of a layer, and, where a run's samples are scored under its own
// profiles, their likelihoods from the bits of the same tiles: one pass over the samples.

import Analytics
internal import Basics
import Bits
import SQLiteKit
import Synchronization

/// What one grouping of one layer and kind adds up to.
private struct ClassMeasure {
  let classes: [CounterSource.Class]
  let grouping: ProfileGrouping
  private(set) var frequencies: [CountFrequencies]
  private(set) var whole: CountFrequencies
  var matrix: DivergenceMatrix

  init(_ classes: [CounterSource.Class], _ grouping: ProfileGrouping) {
    self.classes = classes
    self.grouping = grouping
    frequencies = classes.map { CountFrequencies(samples: $0.samples) }
    whole = CountFrequencies(samples: classes.reduce(0) { $0 + $1.samples })
    matrix = DivergenceMatrix(from: classes.map(\.samples), to: classes.map(\.samples))
  }

  /// The counters of every class, `cells` each.
  mutating func tally(_ counters: [UInt32], cells: Int) {
    for label in classes.indices {
      frequencies[label].add(counters[label * cells..<(label + 1) * cells])
    }
    guard grouping == .true else { return }
    // Counters are at most their class's samples, so their sums fit as well.
    whole.add(classSums(counters, classes: classes.count, cells: cells))
  }

  /// Adds what another worker tallied.
  mutating func add(_ other: ClassMeasure) {
    for label in classes.indices { frequencies[label].add(other.frequencies[label]) }
    whole.add(other.whole)
  }
}

/// One thread's share of a pass over a layer.
private final class TileWorker {
  var measures: [ClassMeasure]
  private var counters: [[UInt32]]
  private let scratch: [DivergenceScratch]
  private let bits: TileBits?
  private let likelihoods: TileLikelihoods?
  let sums: LikelihoodSums?

  init(
    _ measures: [ClassMeasure], _ grid: TileGrid, derived samples: Int?,
    _ likelihoods: TileLikelihoods?
  ) {
    self.measures = measures
    self.likelihoods = likelihoods
    counters = measures.map {
      [UInt32](repeating: 0, count: $0.classes.count * grid.tileRows * grid.tileColumns)
    }
    scratch = measures.map { DivergenceScratch($0.matrix) }
    bits = samples.map { TileBits(samples: $0, mostColumns: grid.tileColumns) }
    sums = likelihoods.flatMap { own in samples.map { LikelihoodSums(own, places: $0) } }
  }

  /// - Parameter kept: nil where counters are counted from bits.
  /// - Returns: Of every measure, the divergences of the segment.
  func work(
    _ rows: Range<Int>, _ tiles: [Range<Int>], _ source: CounterSource, kept: RowCounters?,
    _ vectors: TileVectors?, _ groups: [[UInt32]]
  ) -> [[Double]] {
    var divergences = measures.map { [Double](repeating: 0, count: $0.matrix.values.count) }
    for columns in tiles {
      let cells = rows.count * columns.count
      if let vectors {
        bits?.derive(vectors, strip: vectors.strip(of: rows), columns: columns)
      }
      for index in measures.indices {
        if let kept {
          kept.fill(
            grouping: index, rows: rows, columns: columns, width: source.columns,
            into: &counters[index])
        } else {
          bits?.count(groups[index], of: measures[index].classes.count, into: &counters[index])
        }
        measures[index].tally(counters[index], cells: cells)
        measures[index].matrix.add(
          from: counters[index], to: counters[index], cells: cells, scratch[index],
          to: &divergences[index])
      }
      if let likelihoods, let bits, let sums {
        likelihoods.add(bits, counters[0], groups[0], to: sums)
      }
    }
    return divergences
  }
}

extension Warehouse {
  /// The slabs of a source that are read in one go.
  private func windows(_ source: CounterSource, classes: Int) -> [[Range<Int>]] {
    let slabs = CounterSource.slabs(rows: source.rows, columns: source.columns, classes: classes)
    guard source.isStreamed else { return slabs.map { [$0] } }
    // A pass over all samples is dear: as many slabs as fit.
    let rows = CounterSource.mostCounters / (source.columns * max(1, classes))
    var windows: [[Range<Int>]] = []
    for slab in slabs {
      if let last = windows.last, slab.upperBound - last[0].lowerBound <= rows {
        windows[windows.count - 1].append(slab)
      } else {
        windows.append([slab])
      }
    }
    return windows
  }

  /// Calls `body` with the counters of every slab: of each source, grouping and class.
  func forEachSlab(
    _ sources: [CounterSource], _ body: ([[[[UInt32]]]]) throws -> Void
  ) throws {
    let classes = sources.reduce(0) { $0 + $1.classes.reduce(0) { $0 + $1.count } }
    guard let widest = sources.first(where: \.isStreamed) ?? sources.first else { return }
    for window in windows(widest, classes: classes) {
      let rows = window[0].lowerBound..<window[window.count - 1].upperBound
      let streams = try sources.map { try $0.isStreamed ? streamed($0, rows) : [] }
      for slab in window {
        try body(
          zip(sources, streams).map { source, stream in
            guard source.isStreamed else { return try source.kept(slab, in: connection) }
            if window.count == 1 { return stream }
            let first = (slab.lowerBound - rows.lowerBound) * source.columns
            let end = (slab.upperBound - rows.lowerBound) * source.columns
            return stream.map { $0.map { Array($0[first..<end]) } }
          })
      }
    }
  }

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
