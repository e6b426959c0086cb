// A layer's interactions counted from the bits of a run's samples, stored or derived.

internal import Basics
internal import Bits
internal import SQLiteKit

extension Warehouse {
  /// Counters that are in memory at once: 1 GiB.
  private static var mostCounted: Int { 1 << 28 }

  /// Calls `body` with some classes that the run's samples can have at a time, as many as memory holds, in order, and
  /// with their counts under every grouping. Samples that a grouping gives no class are not counted under it.
  func forEachInteractionCounts(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ groupings: [ProfileGrouping],
    _ body: ([Stored<ClassRecord>], [ClassCounts]) throws -> Void
  ) throws {
    let shape = try layer.record.shape
    let classes = try self.classes(of: run, under: groupings)
    let share = max(1, Self.mostCounted / (groupings.count * shape.interactions))
    for first in stride(from: 0, to: classes.count, by: share) {
      let own = Array(classes[first..<min(first + share, classes.count)])
      let positions = Dictionary(uniqueKeysWithValues: own.enumerated().map { ($1.id, $0) })
      let counts = groupings.map { _ in ClassCounts(shape: shape, classes: own.count) }
      func labels(_ sample: SampleRow) -> [Int?] {
        groupings.map { sample.classID(under: $0).flatMap { positions[$0] } }
      }
      var pending: [(bits: [UInt8], labels: [Int?])] = []
      func count() throws {
        let failures = Parallel.map(counts.count) { [pending] index in
          let own = pending.filter { $0.labels[index.lowerBound] != nil }
          do throws(BitsError) {
            try counts[index.lowerBound].add(
              own.map(\.bits), classes: own.map { $0.labels[index.lowerBound] ?? 0 })
            return BitsError?.none
          } catch {
            return error
          }
        }
        if let error = failures.compactMap(\.self).first { throw error }
        pending.removeAll(keepingCapacity: true)
      }
      func isLabelled(_ sample: SampleRow) -> Bool { labels(sample).contains { $0 != nil } }
      try forEachSignificance(run: run.id, layer: layer.id, where: isLabelled) { sample, bits in
        pending.append((bits.withUnsafeBytes { unsafe Array($0) }, labels(sample)))
        if pending.count == 128 { try count() }
      }
      try count()
      try body(own, counts)
    }
  }
}
