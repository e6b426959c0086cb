// Profiles and measures by some labels, worked out anew from every sample's bits.

import Bits
import Glibc
import SQLiteKit
import TestSupport
import Testing
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
    if case .own = grouping {
      let positions = Dictionary(
        uniqueKeysWithValues: try warehouse.classes(of: try warehouse.run(1), under: [grouping])
          .enumerated().map { ($1.id, $0) })
      for sample in try warehouse.samples(run: 1) {
        labels[sample.id] = sample.classID(under: grouping).flatMap { positions[$0] }
      }
    } else {
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

  /// Entropies, divergences and separation by their formulas.
  func expectMeasures(
    in warehouse: borrowing Warehouse, _ layer: Stored<LayerRecord>,
    _ kind: ProfileKind, _ grouping: ProfileGrouping
  ) throws {
    let size = Double(counters[0].count)
    func values(_ sql: String) throws -> [Double] {
      var rows = try warehouse.connection.prepare(sql)
      try rows.bind([.integer(layer.id), .text(kind.rawValue), .text(grouping.name)])
      var values: [Double] = []
      while try rows.step() { values.append(rows.double(0)) }
      return values
    }
    func difference(_ found: [Double], _ expected: [Double]) -> String? {
      TestSupport.difference(found, expected, absolute: 1e-15, relative: 1e-9)
    }
    let entropies = self.entropies
    #expect(
      difference(
        try values(
          """
          select entropy from entropy join class using (class_id)
          where layer_id = ? and kind = ? and grouping = ? order by position
          """), entropies) == nil)
    let divergences = self.divergences
    #expect(
      difference(
        try values(
          """
          select kl from divergence join class as a on a.class_id = from_class_id
          join class as b on b.class_id = to_class_id
          where layer_id = ? and kind = ? and grouping = ? order by a.position, b.position
          """), divergences) == nil)
    let classes = samples.count
    let apart = divergences.indices.filter { $0 / classes != $0 % classes }
    let separation = apart.reduce(0) { $0 + divergences[$1] } / Double(apart.count) / size
    let entropy = entropies.reduce(0, +) / Double(classes) / size
    for (column, expected) in [
      ("n_classes", Double(classes)), ("separation", separation), ("mean_entropy", entropy),
      ("relative_separation", separation / entropy),
    ] {
      #expect(
        difference(
          try values(
            """
            select \(column) from separation_by_grouping join layers using (run_id, layer)
            where layer_id = ? and kind = ? and grouping = ?
            """), [expected]) == nil)
    }
  }
}
