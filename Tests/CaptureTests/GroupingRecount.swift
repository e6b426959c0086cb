// Profiles and measures by some labels, worked out anew from every sample's bits.

import Bits
import Glibc
import SQLiteKit
import Warehouse

/// Counters of a layer by class, from every sample's bits as a dense bitset or from its z.
struct GroupingRecount {
  /// Of the classes that have samples, by position.
  private(set) var samples: [Int] = []
  private(set) var counters: [[UInt32]] = []

  init(
    _ warehouse: borrowing Warehouse, _ layer: Stored<LayerRecord>, _ kind: ProfileKind,
    _ grouping: ProfileGrouping
  ) throws {
    let column = grouping == .predicted ? "class_id" : "assigned_class_id"
    var labels: [Int: Int] = [:]
    do {
      var rows = try warehouse.connection.prepare(
        """
        select sample_id, c.position from prediction as p join class as c on c.class_id = p.\(column)
        """)
      while try rows.step() { labels[rows.int(0)] = rows.int(1) }
    }
    var members = [Int](repeating: 0, count: 10)
    let size = kind == .interaction ? layer.interactions : layer.outputs
    var counts = [[UInt32]](repeating: [UInt32](repeating: 0, count: size), count: 10)
    if kind == .interaction {
      try warehouse.forEachSignificance(run: 1, layer: layer.id) { sample, bits in
        guard let label = labels[sample.id] else { return }
        members[label] += 1
        let dense = try Significance.dense(bits)
        for i in 0..<size where dense[i / 8] >> (i % 8) & 1 == 1 { counts[label][i] += 1 }
      }
    } else {
      try warehouse.forEachActivation(run: 1, layer: layer.id) { sample, _, z in
        guard let label = labels[sample.id] else { return }
        members[label] += 1
        let values = try FloatVector.decode(z, count: layer.outputs)
        for i in 0..<size where values[i] > 0 { counts[label][i] += 1 }
      }
    }
    for label in members.indices where members[label] > 0 {
      samples.append(members[label])
      counters.append(counts[label])
    }
  }

  var entropies: [Double] {
    zip(samples, counters).map { samples, counters in
      counters.reduce(0) { sum, k in
        let p = Double(k) / Double(samples)
        return p == 0 || p == 1 ? sum : sum - p * log(p) - (1 - p) * log(1 - p)
      }
    }
  }

  /// Row by row.
  var divergences: [Double] {
    let proportions = zip(samples, counters).map { samples, counters in
      counters.map { (Double($0) + 0.5) / (Double(samples) + 1) }
    }
    return proportions.flatMap { p in
      proportions.map { q in
        zip(p, q).reduce(0) {
          $0 + $1.0 * log($1.0 / $1.1) + (1 - $1.0) * log((1 - $1.0) / (1 - $1.1))
        }
      }
    }
  }
}
