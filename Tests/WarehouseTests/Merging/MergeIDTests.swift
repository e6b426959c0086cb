// A merge puts ids in place by what they stand for: every row of every table says the same of runs, layers, classes and
// samples by their names, in a file where each of them has another id.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct MergeIDTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try registerEngramFunctions()
  }

  private func setting(
    _ file: String, _ sizes: [Int], seed: UInt64, keys: [String], model: String = "aa"
  ) throws -> MeasureSetting {
    let setting = try MeasureSetting(
      path: scratch.path(file), sizes: sizes, seed: seed, keys: keys, model: model
    ) { label, generator in (0..<4).map { _ in Float(generator.below(9) + label) } }
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    // No two of the true, permuted, predicted and assigned classes of a sample are alike everywhere.
    try warehouse.connection.execute(
      """
      update prediction set (class_id, assigned_class_id) = (
        select (select class_id from class where dataset_id = c.dataset_id and position = (c.position + 1) % \(sizes.count)),
          (select class_id from class where dataset_id = c.dataset_id and position = (c.position + 2) % \(sizes.count))
        from sample join class as c using (class_id) where sample.sample_id = prediction.sample_id)
      where run_id = \(setting.run)
      """)
    _ = try warehouse.measure(run: setting.run)
    try warehouse.complete(run: setting.run)
    _ = try warehouse.measure(run: setting.run, by: .predicted)
    return setting
  }

  /// Every row of a table with names in place of ids, in no order that depends on ids.
  private func rows(_ table: String, _ file: String) throws -> [String] {
    let connection = try Connection.open(scratch.path(file), mode: .readOnly)
    var columns = try connection.prepare("select name from pragma_table_info(?)")
    try columns.bind(table, at: 1)
    var terms: [String] = []
    while try columns.step() {
      let column = columns.text(0)
      let named: String? =
        if column == "\(table)_id" { nil } else if column.hasSuffix("run_id") {
          "(select identity from run where run.run_id = t.\(column))"
        } else if column.hasSuffix("layer_id") {
          """
          (select model.weights_sha256 || ' ' || layer.name from layer join model using (model_id)
            where layer.layer_id = t.\(column))
          """
        } else if column.hasSuffix("class_id") {
          """
          (select fingerprint || ' ' || key || ' ' || position from class join dataset using (dataset_id)
            where class.class_id = t.\(column))
          """
        } else if column.hasSuffix("sample_id") {
          """
          (select fingerprint || ' ' || key || ' ' || position from sample join dataset using (dataset_id)
            where sample.sample_id = t.\(column))
          """
        } else if column == "detector_id", table != "detector" {
          "(select name from detector where detector.detector_id = t.detector_id)"
        } else { "t.\(column)" }
      guard let named else { continue }
      terms.append("'\(column)=' || coalesce(quote(\(named)), 'null')")
    }
    var found = try connection.prepare(
      """
      select \(terms.joined(separator: " || ' ' || ")) from \(table) as t
      where t.\(table == "divergence" ? "from_run_id" : "run_id") in
        (select run_id from run where identity in ('aa 1', 'aa 2'))
      """)
    var rows: [String] = []
    while try found.step() { rows.append(found.text(0)) }
    return rows.sorted()
  }

  @Test func everyRowSaysTheSameByName() throws {
    let keys = ["a", "b", "c"]
    let first = try setting("source.db", [9, 8, 10], seed: 1, keys: keys)
    let second = try setting("source.db", [8, 9, 8], seed: 2, keys: ["c", "a", "b"])
    do {
      let source = try Warehouse.open(scratch.path("source.db"), mode: .write)
      _ = try source.measure(run: second.run, under: first.run)
      _ = try source.measure(run: second.run, detecting: first.run)
      _ = try source.measure(between: first.run, and: second.run)
      _ = try source.bootstrap(run: first.run, replicates: 3, seed: 5)
      _ = try source.makeIndex(run: first.run, layer: first.layers[1])
      try source.connection.execute(
        """
        insert into unreadable values (1, \(first.run), 99, 'k', 'torn');
        insert into run_thumbnail (run_id, sample_id, mime_type, width, height, image, checksum)
          select run_id, sample_id, 'image/png', 2, 2, x'00', 0 from prediction where run_id = \(first.run);
        insert into embedding_method (run_id, layer_id, method, vector, n_samples, x_share, y_share)
          select run_id, \(first.layers[0].id), 'pca', 'x', count(*), 0.5, 0.25 from prediction
          where run_id = \(first.run) group by run_id;
        insert into embedding (run_id, layer_id, method, sample_id, x, y)
          select run_id, \(first.layers[0].id), 'pca', sample_id, 0.5, -1 from prediction
          where run_id = \(first.run);
        update run set n_samples = n_samples + 1 where run_id = \(first.run)
        """)
    }
    // What the target holds already: other data of as many classes with the same names, of another model.
    _ = try setting("target.db", [3, 2, 4, 2], seed: 3, keys: ["b", "c", "a", "d"], model: "bb")
    let target = try Warehouse.open(scratch.path("target.db"), mode: .write)
    // Its sample of another run is there already, with an id of its own.
    _ = try setting("target.db", [8, 9, 8], seed: 4, keys: ["c", "a", "b"])
    let summaries = try Merge([scratch.path("source.db")]).write(into: target)
    #expect(summaries.map(\.status) == [.merged, .merged])
    for table in RunTable.all {
      let (source, merged) = (
        try rows(table.name, "source.db"), try rows(table.name, "target.db")
      )
      #expect(!source.isEmpty, "\(table.name) has no rows to compare")
      #expect(difference(merged, source) == nil, "\(table.name)")
    }
    // And the samples themselves.
    for (file, key) in [("source.db", "abc"), ("target.db", "abc")] {
      let connection = try Connection.open(scratch.path(file), mode: .readOnly)
      #expect(
        try connection.integer(
          """
          select count(*) from sample join class using (class_id) join dataset on dataset.dataset_id = sample.dataset_id
          where fingerprint = ? and class.dataset_id = dataset.dataset_id
            and class.position = case when sample.position < 9 then 0 when sample.position < 17 then 1 else 2 end
          """, .text(key)) == 27, "\(file)")
    }
    #expect(
      try target.verify(VerifyOptions(samples: 0)).filter {
        ["references", "orphans", "schema"].contains($0.check) && $0.status == .damaged
      } == [])
  }
}
