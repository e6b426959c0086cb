// Sparsity, entropy and divergence from the counters of a layer, slab by slab.

import Analytics
internal import Basics
import SQLiteKit

/// What one grouping of one layer and kind adds up to.
private struct ClassMeasure {
  let classes: [CounterSource.Class]
  let grouping: ProfileGrouping
  private(set) var frequencies: [CountFrequencies]
  private(set) var whole: CountFrequencies
  private(set) var matrix: DivergenceMatrix

  init(_ classes: [CounterSource.Class], _ grouping: ProfileGrouping) {
    self.classes = classes
    self.grouping = grouping
    frequencies = classes.map { CountFrequencies(samples: $0.samples) }
    whole = CountFrequencies(samples: classes.reduce(0) { $0 + $1.samples })
    matrix = DivergenceMatrix(from: classes.map(\.samples), to: classes.map(\.samples))
  }

  /// The counters of every class, all of one length.
  mutating func add(_ counters: [[UInt32]]) {
    let before = frequencies
    frequencies = Parallel.map(classes.count) { label in
      var frequencies = before[label.lowerBound]
      frequencies.add(counters[label.lowerBound])
      return frequencies
    }
    if grouping == .true {
      // Counters are at most their class's samples, so their sums fit as well.
      var sums = counters[0]
      for counters in counters.dropFirst() {
        for position in sums.indices { sums[position] += counters[position] }
      }
      whole.add(sums)
    }
    matrix.add(from: counters, to: counters)
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
  func measureClasses(_ source: CounterSource, _ summary: inout MeasureSummary) throws {
    let total = source.classes.map { $0.reduce(0) { $0 + $1.samples } }.max() ?? 0
    guard total <= UInt32.max else {
      throw source.damaged("the classes have \(total) samples together, more than can be counted")
    }
    var measures: [ClassMeasure] = []
    for (grouping, classes) in zip(source.groupings, source.classes) where !classes.isEmpty {
      measures.append(ClassMeasure(classes, grouping))
    }
    guard measures.count == source.groupings.count else {
      if measures.isEmpty { return }
      throw source.damaged("only the \(measures[0].grouping.name) labels have any")
    }
    try forEachSlab([source]) { counters in
      for index in measures.indices { measures[index].add(counters[0][index]) }
    }
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
