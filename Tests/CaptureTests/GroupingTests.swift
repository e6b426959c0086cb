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
          try own.expectMeasures(in: warehouse, layer, kind, grouping)
        }
      }
      let kept = try setting.number(
        path,
        """
        select count(*) from class_profile
        where kind = 'interaction' and grouping = '\(grouping.name)'
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
        """, "rows", "entropy of activations, assigned classes"
      ),
      (
        "delete from divergence where grouping = 'predicted' and kind = 'neuron'", "rows",
        "divergence of neurons, predicted classes"
      ),
      (
        """
        insert into dataset values (9, 'x', 'x', 1); insert into class values (99, 9, 0, 'x', 'x', null, null);
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
