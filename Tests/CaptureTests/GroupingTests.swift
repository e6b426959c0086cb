// Runs measured by predictions and by the labels trained on: what their profiles and measures are, that merges keep
// them, and that verify finds what does not agree.

import Capture
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct GroupingTests {
  private let setting: GroupingSetting

  init() throws { setting = try GroupingSetting() }

  @Test(arguments: BitsetPolicy.allCases, ProfilePolicy.allCases)
  func profilesAndMeasuresAreThoseOfTheBits(bitsets: BitsetPolicy, profiles: ProfilePolicy) throws {
    let path = try setting.ingest(try setting.model(), bitsets: bitsets, profiles: profiles)
    let warehouse = try Warehouse.open(path, mode: .write)
    let run = try warehouse.run(1)
    for (grouping, samples) in [(ProfileGrouping.predicted, 300), (.assigned, 120)] {
      let summary = try warehouse.measure(run: 1, by: grouping)
      #expect(summary.notes.count == (samples == 300 ? 0 : 1))
      for layer in try warehouse.layers(run: 1) {
        for kind in ProfileKind.allCases {
          let own = try GroupingRecount(warehouse, layer, kind, grouping)
          #expect(own.samples.reduce(0, +) == samples)
          var counted: [[UInt32]] = []
          try warehouse.forEachCounters(run: run, layer: layer, kind: kind, grouping: grouping) {
            counted.append($0)
          }
          #expect(
            difference(counted, own.counters) == nil && own.samples.count > 1,
            "\(layer.name) \(kind) \(grouping)")
          #expect(
            try warehouse.countedClasses(run: run, layer: layer, grouping: grouping).map(\.samples)
              == own.samples)
          try expect(own, in: warehouse, layer, kind, grouping)
        }
      }
      let kept = try setting.number(
        path,
        """
        select count(*) from class_profile
        where kind = 'interaction' and grouping = '\(grouping.rawValue)'
        """)
      #expect((kept == 0) == (profiles == .streamed))
      // Again makes the same; measuring the run again leaves them.
      let rows = try setting.rows(path)
      #expect(try warehouse.measure(run: 1, by: grouping) == summary)
      _ = try warehouse.measure(run: 1)
      #expect(try difference(setting.rows(path), rows) == nil)
    }
    let damaged = try warehouse.verify().filter { $0.status == .damaged }
    #expect(damaged == [])
  }

  /// Entropies, divergences and separation by their formulas.
  private func expect(
    _ own: GroupingRecount, in warehouse: borrowing Warehouse, _ layer: Stored<LayerRecord>,
    _ kind: ProfileKind, _ grouping: ProfileGrouping
  ) throws {
    let size = Double(own.counters[0].count)
    func values(_ sql: String) throws -> [Double] {
      var rows = try warehouse.connection.prepare(sql)
      try rows.bind([.integer(layer.id), .text(kind.rawValue), .text(grouping.rawValue)])
      var values: [Double] = []
      while try rows.step() { values.append(rows.double(0)) }
      return values
    }
    func difference(_ found: [Double], _ expected: [Double]) -> String? {
      TestSupport.difference(found, expected, absolute: 1e-15, relative: 1e-9)
    }
    let entropies = own.entropies
    #expect(
      difference(
        try values(
          """
          select entropy from entropy join class using (class_id)
          where layer_id = ? and kind = ? and grouping = ? order by position
          """), entropies) == nil)
    let divergences = own.divergences
    #expect(
      difference(
        try values(
          """
          select kl from divergence join class as a on a.class_id = from_class_id
          join class as b on b.class_id = to_class_id
          where layer_id = ? and kind = ? and grouping = ? order by a.position, b.position
          """), divergences) == nil)
    let classes = own.samples.count
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

  @Test func mergesKeepThem() throws {
    let path = try setting.ingest(try setting.model())
    do {
      let warehouse = try Warehouse.open(path, mode: .write)
      for grouping in ProfileGrouping.askedFor { _ = try warehouse.measure(run: 1, by: grouping) }
    }
    // Another data set first, so that ids differ.
    let merged = try setting.ingest(try setting.model(), "shapes:test:30", into: "merged.db")
    _ = try Merge([path]).write(into: try Warehouse.open(merged, mode: .write))
    try Warehouse.open(merged, mode: .write).delete(run: 1)
    #expect(
      try difference(setting.rows(merged).map(withoutRunID), setting.rows(path).map(withoutRunID))
        == nil)
    let findings = try Warehouse.open(merged, mode: .readOnly).verify()
    #expect(findings.filter { $0.status == .damaged } == [])

    let parts = try (1...2).map {
      try setting.ingest(
        try setting.model(), into: "part\($0).db", shard: Shard(index: $0, count: 2))
    }
    let error = #expect(throws: MeasureError.self) {
      try Warehouse.open(parts[0], mode: .write).measure(run: 1, by: .predicted)
    }
    #expect(error?.description.contains("merge its parts") == true)
    let whole = setting.scratch.path("whole.db")
    _ = try Merge(parts).write(into: try Warehouse.open(whole, mode: .create))
    #expect(try setting.storedLabels(whole) == setting.expectedLabels())
  }

  @Test func verifyFindsWhatDoesNotAgree() throws {
    let path = try setting.ingest(try setting.model())
    let warehouse = try Warehouse.open(path, mode: .write)
    for grouping in ProfileGrouping.askedFor { _ = try warehouse.measure(run: 1, by: grouping) }
    let labelled = """
      prediction_id = (select min(prediction_id) from prediction where assigned_class_id is not null)
      """
    for (sql, check, part) in [
      (
        "update prediction set assigned_class_id = null where \(labelled)", "neuron counts",
        "assigned class"
      ),
      (
        "delete from class_profile where grouping = 'predicted' and kind = 'interaction'",
        "interaction counts", "predicted class"
      ),
      (
        """
        delete from entropy where entropy_id =
          (select max(entropy_id) from entropy where grouping = 'assigned')
        """, "rows", "entropy of neurons, assigned classes"
      ),
      (
        "delete from divergence where grouping = 'predicted' and kind = 'neuron'", "rows",
        "divergence of neurons, predicted classes"
      ),
      (
        """
        insert into dataset values (9, 'x', 'x', 1); insert into class values (99, 9, 0, 'x', 'x', null);
        update prediction set assigned_class_id = 99 where \(labelled)
        """, "rows", "a class of another data set"
      ),
    ] {
      try warehouse.connection.execute("savepoint intact")
      try warehouse.connection.execute(sql)
      let damaged = try warehouse.verify().filter { $0.status == .damaged }
      #expect(
        damaged.contains { $0.check == check && $0.detail.contains(part) }, "\(sql): \(damaged)")
      try warehouse.connection.execute("rollback to intact; release intact")
    }
  }

  private func withoutRunID(_ line: String) -> Substring {
    line.hasPrefix("integer(") ? line.drop { $0 != "|" } : line[...]
  }
}
