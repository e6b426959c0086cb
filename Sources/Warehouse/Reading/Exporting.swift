// What leaves a warehouse as arrays: counters of whole layers, class by class. Bits and vectors are Reading.swift's.

internal import Basics
internal import Bits
internal import SQLiteKit

/// A class that has samples under some labels.
package struct CountedClass: Sendable, Hashable {
  package let key: String
  package let samples: Int
}

/// Counters of one class in some rows of a layer.
package struct CountedPart: Sendable {
  package let grouping: ProfileGrouping
  package let classID: Int
  /// Of the class.
  package let samples: Int
  package let rows: Range<Int>
  /// n_cols of interactions, 1 of neurons.
  package let columns: Int
  /// Row-major.
  package let counters: [UInt32]
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

  /// The labels that a layer of a run was counted by; where it has no profiles yet, those that every run is counted by.
  package func countedGroupings(
    run: Stored<RunRecord>, layer: Stored<LayerRecord>
  ) throws -> [ProfileGrouping] {
    try told {
      var rows = try connection.prepare(
        """
        select grouping from class_profile where run_id = ? and layer_id = ?
        group by grouping order by min(class_profile_id)
        """)
      try rows.bind([.integer(run.id), .integer(layer.id)])
      var names: [String] = []
      while try rows.step() { names.append(rows.text(0)) }
      if try lacksProfiles(run) { return ProfileGrouping.measuredAlways }
      return try names.map { try grouping(named: $0, of: run) }
    }
  }

  /// Calls `body` with the counters of every grouping and class, some rows of a layer at a time, whether the run stores or
  /// streams them: streamed ones are counted of all groupings in one pass, of stored ones few classes are in memory.
  package func forEachCountedPart(
    run: Stored<RunRecord>, layer: Stored<LayerRecord>, kind: ProfileKind,
    groupings: [ProfileGrouping], _ body: (CountedPart) throws -> Void
  ) throws {
    try told {
      if try lacksProfiles(run) {
        return try forEachUncountedPart(
          run: run, layer: layer, kind: kind, groupings: groupings, body)
      }
      let whole = try counters(run: run, layer: layer, kind: kind, groupings: groupings)
      if whole.isStreamed { return try forEachPart(of: whole, body) }
      let atATime = 8
      for grouping in groupings {
        let one = try counters(run: run, layer: layer, kind: kind, groupings: [grouping])
        let keys = one.classes[0].map { ByteText($0.key) }
        for first in stride(from: 0, to: keys.count, by: atATime) {
          let own = Set(keys[first..<min(first + atATime, keys.count)])
          try forEachPart(of: one.restricted(to: own), body)
        }
      }
    }
  }

  func forEachPart(
    of source: CounterSource, _ body: (CountedPart) throws -> Void
  ) throws {
    guard source.classes.contains(where: { !$0.isEmpty }) else { return }
    var first = 0
    try forEachSlab([source]) { slab in
      var end = first
      for (index, grouping) in source.groupings.enumerated() {
        for (label, counters) in zip(source.classes[index], slab[0][index]) {
          end = first + counters.count / source.columns
          try body(
            CountedPart(
              grouping: grouping, classID: label.id, samples: label.samples, rows: first..<end,
              columns: source.columns, counters: counters))
        }
      }
      first = end
    }
  }
}
