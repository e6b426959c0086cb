// Labels of the user's own: what is counted and measured by them and their floor, what becomes of it when they change, and
// how merges, deletes and verify treat them.

import Capture
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct OwnLabelTests {
  private let setting: GroupingSetting

  init() throws { setting = try GroupingSetting() }

  /// "a", "b" and "c" in turn; every fifth sample has none.
  private func scenes(
    _ warehouse: borrowing Warehouse, _ name: String = "scene",
    where isMeant: (Int) -> Bool = { _ in true }
  ) throws -> LabellingRecord {
    let samples = try warehouse.samples(run: 1)
    return LabellingRecord(
      name: name, source: "scenes.csv",
      labels: Dictionary(
        uniqueKeysWithValues: samples.filter { $0.position % 5 != 4 && isMeant($0.position) }
          .map { ($0.id, ["a", "b", "c"][$0.position % 3]) }))
  }

  private func labelled(
    _ path: String, measured: Bool = true, where isMeant: (Int) -> Bool = { _ in true }
  ) throws {
    let warehouse = try Warehouse.open(path, mode: .write)
    let set = try warehouse.run(1).dataSetID
    _ = try warehouse.label(
      dataSet: set, try scenes(warehouse, where: isMeant), replacing: false)
    guard measured else { return }
    _ = try warehouse.measure(
      run: 1, by: try warehouse.grouping(named: "scene", of: try warehouse.run(1)))
  }

  @Test(arguments: [BitsetPolicy.stored, .derived], ProfilePolicy.allCases)
  func profilesAndMeasuresAreThoseOfTheBits(bitsets: BitsetPolicy, profiles: ProfilePolicy) throws {
    let path = try setting.ingest(try setting.model(), bitsets: bitsets, profiles: profiles)
    let warehouse = try Warehouse.open(path, mode: .write)
    let run = try warehouse.run(1)
    let labelling = try scenes(warehouse)
    #expect(
      try warehouse.label(dataSet: run.dataSetID, labelling, replacing: false)
        == LabellingChange(status: .labelled, runs: []))
    let own = try warehouse.grouping(named: "scene", of: run)
    let floor = try warehouse.grouping(named: "permuted scene", of: run)
    let summary = try warehouse.measure(run: 1, by: own)
    #expect(summary.notes == ["60 of 300 samples have no scene label and are left out"])
    for grouping in [own, floor] {
      for layer in try warehouse.layers(run: 1) {
        for kind in ProfileKind.allCases {
          let recount = try GroupingRecount(warehouse, layer, kind, grouping)
          #expect(recount.samples == [80, 80, 80])
          var counted: [[UInt32]] = []
          try warehouse.forEachCounters(run: run, layer: layer, kind: kind, grouping: grouping) {
            counted.append($0)
          }
          #expect(
            difference(counted, recount.counters) == nil, "\(layer.name) \(kind) \(grouping.name)")
          try recount.expectMeasures(in: warehouse, layer, kind, grouping)
        }
      }
    }
    // Labels are those that were given, and the floor's the same ones on other samples.
    let samples = try warehouse.samples(run: 1)
    let names = Dictionary(
      uniqueKeysWithValues: try warehouse.classes(of: run, under: [own]).map { ($0.id, $0.key) })
    func labels(_ grouping: ProfileGrouping) -> [String?] {
      samples.map { $0.classID(under: grouping).flatMap { names[$0] } }
    }
    #expect(labels(own) == samples.map { labelling.labels[$0.id] })
    #expect(labels(own) != labels(floor))
    #expect(labels(own).map { $0 == nil } == labels(floor).map { $0 == nil })
    // Again makes the same, and measuring the run leaves it.
    let rows = try setting.rows(path)
    #expect(try warehouse.measure(run: 1, by: own) == summary)
    _ = try warehouse.measure(run: 1)
    #expect(try difference(setting.rows(path), rows) == nil)
    #expect(try warehouse.verify().filter { $0.status == .damaged } == [])
  }

  @Test func otherLabelsTakeOutWhatWasMeasured() throws {
    let path = try setting.ingest(try setting.model())
    let unlabelled = try setting.rows(path)
    try labelled(path)
    let warehouse = try Warehouse.open(path, mode: .write)
    let run = try warehouse.run(1)
    var other = try scenes(warehouse)
    #expect(
      try warehouse.label(dataSet: run.dataSetID, other, replacing: true)
        == LabellingChange(status: .unchanged, runs: []))
    #expect(
      try setting.number(path, "select count(*) from entropy where grouping like '%scene'") == 36)
    let first = try #require(other.labels.keys.min())
    other.labels[first] = "d"
    let error = #expect(throws: WarehouseError.self) {
      try warehouse.label(dataSet: run.dataSetID, other, replacing: false)
    }
    #expect(error?.description.contains("--replace") == true)
    #expect(
      try warehouse.label(dataSet: run.dataSetID, other, replacing: true)
        == LabellingChange(status: .replaced, runs: [run.name]))
    #expect(try setting.rows(path) == unlabelled)
    #expect(
      try setting.number(path, "select count(*) from class where labelling_id is not null") == 4)
    #expect(
      try warehouse.removeLabelling(named: "scene", dataSet: run.dataSetID)
        == LabellingChange(status: .removed, runs: []))
    #expect(try warehouse.removeLabelling(named: "scene", dataSet: run.dataSetID) == nil)
    for table in ["labelling", "sample_label", "class where labelling_id is not null"] {
      #expect(try setting.number(path, "select count(*) from \(table)") == 0)
    }
    let unknown = #expect(throws: MeasureError.self) {
      try warehouse.grouping(named: "scene", of: run)
    }
    #expect(unknown?.description.contains("known: true, permuted, predicted, assigned") == true)
  }

  @Test func valuesStandInTheirOrder() {
    func values(_ labels: [String]) -> [String] {
      LabellingRecord(
        name: "x", source: "",
        labels: Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($0, $1) })
      ).values
    }
    #expect(values(["10", "9", "-1", "9"]) == ["-1", "9", "10"])
    #expect(values(["10", "9", "01"]) == ["01", "10", "9"])
    #expect(
      values(["b", "é", "a", "e\u{301}"]).map { Array($0.utf8) }
        == ["a", "b", "e\u{301}", "é"].map { Array($0.utf8) })
  }

  // MARK: Merging

  @Test func mergesKeepThem() throws {
    let path = try setting.ingest(try setting.model())
    try labelled(path)
    // Another data set first, so that ids differ.
    let merged = try setting.ingest(try setting.model(), "shapes:test:30", into: "merged.db")
    for status in [MergeSummary.Status.merged, .unchanged] {
      let summaries = try Merge([path]).write(into: try Warehouse.open(merged, mode: .write))
      #expect(summaries.map(\.status) == [status])
    }
    let labels = "select sample, label, label_position from labels order by sample"
    #expect(try texts(merged, labels) == texts(path, labels))
    try Warehouse.open(merged, mode: .write).delete(run: 1)
    func rows(_ path: String) throws -> [Substring] {
      try setting.rows(path).map { $0.hasPrefix("integer(") ? $0.drop { $0 != "|" } : $0[...] }
    }
    #expect(try difference(rows(merged), rows(path)) == nil)
    #expect(
      try Warehouse.open(merged, mode: .readOnly).verify().filter { $0.status == .damaged } == [])
    // The run's samples go, and with them their labels.
    try Warehouse.open(merged, mode: .write).delete(run: 2)
    for table in ["labelling", "sample_label", "class where labelling_id is not null"] {
      #expect(try setting.number(merged, "select count(*) from \(table)") == 0)
    }
  }

  /// Labels of the first half here and of the second there are all of them together, and what was measured by a half is not
  /// kept for the whole.
  @Test(arguments: [false, true])
  func labelsOfBothFilesComeTogether(isMeasured: Bool) throws {
    let first = try setting.ingest(try setting.model(), into: "first.db")
    let second = try setting.ingest(try setting.model(), into: "second.db")
    let whole = try setting.ingest(try setting.model(), into: "whole.db")
    try labelled(first, measured: isMeasured) { $0 < 150 }
    try labelled(second, measured: isMeasured) { $0 >= 140 }
    try labelled(whole, measured: false)
    let summary = try #require(
      try Merge([second]).write(into: try Warehouse.open(first, mode: .write)).first)
    #expect(summary.brought.contains { $0.table == "sample_label" && $0.rows == 120 })
    let labels = "select sample, label, label_position from labels order by sample"
    #expect(try texts(first, labels) == texts(whole, labels))
    #expect(try setting.rows(first) == setting.rows(whole))
    #expect(summary.notes.filter { $0.contains("--by scene") }.isEmpty == !isMeasured)
    #expect(
      try Warehouse.open(first, mode: .readOnly).verify().filter { $0.status == .damaged } == [])
  }

  @Test func anotherLabelOfASampleIsAConflict() throws {
    let first = try setting.ingest(try setting.model(), into: "first.db")
    let second = try setting.ingest(try setting.model(), into: "second.db")
    try labelled(first, measured: false)
    let warehouse = try Warehouse.open(second, mode: .write)
    var other = try scenes(warehouse)
    let sample = try #require(other.labels.first { $0.value == "a" }?.key)
    other.labels[sample] = "b"
    _ = try warehouse.label(dataSet: 1, other, replacing: false)
    let before = try texts(first, "select sample, label from labels order by sample")
    let error = #expect(throws: WarehouseError.self) {
      try Merge([second]).write(into: try Warehouse.open(first, mode: .write))
    }
    #expect(error?.description.contains("labelling scene") == true)
    #expect(try texts(first, "select sample, label from labels order by sample") == before)
  }

  @Test func partsBringTheirOwn() throws {
    let parts = try (1...2).map {
      try setting.ingest(
        try setting.model(), into: "part\($0).db", shard: Shard(index: $0, count: 2))
    }
    for part in parts { try labelled(part, measured: false) }
    let merged = setting.scratch.path("whole.db")
    _ = try Merge(parts).write(into: try Warehouse.open(merged, mode: .create))
    let whole = try setting.ingest(try setting.model())
    try labelled(whole, measured: false)
    let labels = "select sample, label, label_position from labels order by sample"
    #expect(try texts(merged, labels) == texts(whole, labels))
  }

  private func texts(_ path: String, _ sql: String) throws -> [String] {
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(sql)
    var lines: [String] = []
    while try rows.step() {
      lines.append((0..<rows.columnCount).map { rows.text($0) }.joined(separator: "|"))
    }
    return lines
  }

  // MARK: Damage

  @Test func verifyFindsWhatDoesNotAgree() throws {
    let path = try setting.ingest(try setting.model())
    try labelled(path)
    let warehouse = try Warehouse.open(path, mode: .write)
    for (sql, check, part) in [
      (
        "update sample_label set class_id = 1 where sample_label_id = 1", "references",
        "1 rows of sample_label"
      ),
      (
        """
        insert into dataset values (9, 'x', 'x', 1); insert into labelling values (9, 9, 'x', 'x', 'x');
        update sample_label set labelling_id = 9 where sample_label_id = 1
        """, "references", "1 rows of sample_label"
      ),
      ("delete from sample_label where sample_label_id = 1", "neuron counts", "scene class"),
      (
        "update entropy set grouping = 'scenery' where grouping = 'scene'", "rows",
        "entropy with a class of another data set or grouping"
      ),
      (
        """
        update entropy set class_id = (select min(class_id) from class where labelling_id is not null)
        where entropy_id = (select min(entropy_id) from entropy where grouping = 'true')
        """, "rows", "entropy with a class of another data set or grouping"
      ),
      (
        "delete from divergence where grouping = 'permuted scene' and kind = 'neuron'", "rows",
        "divergence of neurons, permuted scene classes"
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
}
