// What leaves a warehouse as arrays: counters of whole layers, class by class. Bits and vectors are Reading.swift's.

internal import Basics
internal import Bits
internal import SQLiteKit

/// A class that has samples under some labels.
package struct CountedClass: Sendable, Hashable {
  package let key: String
  package let samples: Int
}

extension Warehouse {
  /// The classes whose counters `forEachCounters` gives, in order of position.
  package func countedClasses(
    run: Stored<RunRecord>, layer: Stored<LayerRecord>, grouping: ProfileGrouping
  ) throws -> [CountedClass] {
    try told {
      try counters(run: run, layer: layer, kind: .neuron, groupings: [grouping])
        .classes[0].map { CountedClass(key: $0.key, samples: $0.samples) }
    }
  }

  /// Calls `body` with every class's counters, n_out × n_cols row-major (neurons: n_out), whether the run stores or
  /// streams them; some classes are in memory at a time.
  package func forEachCounters(
    run: Stored<RunRecord>, layer: Stored<LayerRecord>, kind: ProfileKind,
    grouping: ProfileGrouping, _ body: ([UInt32]) throws -> Void
  ) throws {
    try told {
      let source = try counters(run: run, layer: layer, kind: kind, groupings: [grouping])
      let keys = source.classes[0].map { ByteText($0.key) }
      let share = max(1, CounterSource.mostCounters / (source.rows * source.columns))
      for first in stride(from: 0, to: keys.count, by: share) {
        let own = source.restricted(to: Set(keys[first..<min(first + share, keys.count)]))
        var counters = own.classes[0].map { _ in [UInt32]() }
        try forEachSlab([own]) { slab in
          for index in counters.indices { counters[index] += slab[0][0][index] }
        }
        for counters in counters { try body(counters) }
      }
    }
  }
}
