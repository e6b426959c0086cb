// Counting interactions anew from what a run keeps of every sample, by class or by any other group. Rows of the layer
// are counted as if they were a layer of their own, so that memory is bounded by the rows asked for, not by the layer
// or the samples.

internal import Basics
import Bits

/// Some rows of a layer: its encoder, and the counts of one core's share. One task at a time uses it.
final class CountedRows: @unchecked Sendable {
  let rows: Range<Int>
  private let encoder: SignificanceEncoder?
  private let counts: [ClassCounts]
  private var pending: [[UInt8]] = []

  /// - Parameter weights: those of the rows; nil where bits are appended.
  init(_ shape: LayerShape, _ weights: LayerWeights?, rows: Range<Int>, classes: [Int]) {
    self.rows = rows
    encoder = weights?.encoder
    counts = classes.map { ClassCounts(shape: shape, classes: $0) }
  }

  /// The stored bits of one sample of the whole layer.
  func append(_ bits: RawSpan) throws(BitsError) {
    pending.append(try Significance.rows(rows, of: bits))
  }

  /// z: samples × outputs of the whole layer.
  fileprivate func encode(x: [Float], z: [Float], outputs: Int, count: Int) {
    guard let encoder else { preconditionFailure("Rows without weights have no bits to encode") }
    var own: [Float] = []
    own.reserveCapacity(count * rows.count)
    for sample in 0..<count {
      own += z[sample * outputs + rows.lowerBound..<sample * outputs + rows.upperBound]
    }
    pending += encoder.encode(x: x.span, z: own.span, count: count)
  }

  /// How many samples were counted, by class.
  func samples(grouping: Int) -> [Int] { counts[grouping].samples }

  fileprivate var pendingBytes: Int { pending.reduce(0) { $0 + $1.count } }

  /// `labels`: for every grouping the class of each pending sample, nil for none.
  fileprivate func count(_ labels: [[Int?]]) throws(BitsError) {
    for (counts, labels) in zip(counts, labels) {
      let chosen = labels.indices.filter { labels[$0] != nil }
      try counts.add(chosen.map { pending[$0] }, classes: chosen.map { labels[$0] ?? 0 })
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Moves a class's counters, row-major, to where these rows belong among those that begin with `first`.
  func take(grouping: Int, label: Int, into counters: inout [UInt32], first: Int, columns: Int) {
    counts[grouping].take(label, into: &counters, at: (rows.lowerBound - first) * columns)
  }
}

extension Warehouse {
  /// Bits of how many samples are held back, at most, so that a class is counted in long stretches.
  private static var mostPendingBytes: Int { 256 << 20 }

  /// The counters of some rows, counted from x, z, W and b: of every grouping and class, row-major.
  func streamed(_ source: CounterSource, _ rows: Range<Int>) throws -> [[[UInt32]]] {
    let positions = source.classes.map { classes in
      Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.id, $0) })
    }
    let parts = try counted(
      source.run, source.layer, rows, groups: source.classes.map(\.count)
    ) { grouping, sample in
      sample.classID(under: source.groupings[grouping]).flatMap { positions[grouping][$0] }
    }
    for (grouping, classes) in source.classes.enumerated() {
      for (label, counted) in (parts.first?.samples(grouping: grouping) ?? []).enumerated()
      where counted != classes[label].samples {
        throw source.damaged(
          "class \"\(classes[label].key)\" has \(counted) samples, its profile \(classes[label].samples)"
        )
      }
    }
    return source.classes.enumerated().map { grouping, classes in
      Parallel.map(classes.count) { label in
        var counters = [UInt32](repeating: 0, count: rows.count * source.columns)
        for part in parts {
          part.take(
            grouping: grouping, label: label.lowerBound, into: &counters, first: rows.lowerBound,
            columns: source.columns)
        }
        return counters
      }
    }
  }

  /// Some rows dealt out to the threads.
  private func parts(
    of rows: Range<Int>, _ layer: Stored<LayerRecord>, _ weights: LayerWeights?, _ groups: [Int]
  ) -> [CountedRows] {
    let even = (rows.count + Parallel.processors - 1) / Parallel.processors
    // The encoder works on 16 outputs at a time.
    let share = max(16, (even + 15) / 16 * 16)
    return stride(from: 0, to: rows.count, by: share).map { first in
      let own = first..<min(first + share, rows.count)
      return CountedRows(
        LayerShape(outputs: own.count, inputs: layer.inputs, hasBias: layer.hasBias),
        weights?.slice(own),
        rows: rows.lowerBound + own.lowerBound..<rows.lowerBound + own.upperBound,
        classes: groups)
    }
  }

  /// Counts the samples of some rows by group, under several groupings at once: from x, z, W and b, or, where the file
  /// has no weights of the layer, from the stored bits.
  /// - Parameters:
  ///   - rows: The first is a multiple of 8.
  ///   - groups: How many there are, by grouping.
  ///   - group: Of a sample under a grouping; nil leaves it out.
  func counted(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ rows: Range<Int>, groups: [Int],
    by group: (_ grouping: Int, SampleRow) -> Int?
  ) throws -> [CountedRows] {
    let isDerived =
      try run.bitsets == .derived || run.activations == .stored && hasWeights(of: layer)
    let weights = isDerived ? try weights(of: layer, rows: rows) : nil
    let parts = parts(of: rows, layer, weights, groups)
    var labels = groups.map { _ in [Int?]() }
    func count() throws {
      let failures = Parallel.map(parts.count) { [labels] range in
        do throws(BitsError) {
          try parts[range.lowerBound].count(labels)
          return BitsError?.none
        } catch {
          return error
        }
      }
      if let error = failures.compactMap(\.self).first { throw error }
      labels = groups.map { _ in [] }
    }
    func add(_ samples: [SampleRow]) throws {
      for grouping in groups.indices { labels[grouping] += samples.map { group(grouping, $0) } }
      if parts.reduce(0, { $0 + $1.pendingBytes }) > Self.mostPendingBytes { try count() }
    }
    if isDerived {
      try forEachVectors(run: run.id, layer: layer, count: 256) { samples, x, z in
        _ = Parallel.map(parts.count) { range in
          parts[range.lowerBound].encode(x: x, z: z, outputs: layer.outputs, count: samples.count)
        }
        try add(samples)
      }
    } else {
      try forEachSignificance(run: run.id, layer: layer.id) { sample, bits in
        for part in parts { try part.append(bits) }
        try add([sample])
      }
    }
    try count()
    return parts
  }
}
