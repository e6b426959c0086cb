// Whether a file is whole for itself: SQLite's structure, the schema, references between rows, and what no run stands on.

internal import SQLiteKit

extension Warehouse {
  /// - Returns: Whether SQLite's own structure is whole.
  func verifyStructure(_ all: inout Verification) -> Bool {
    all.progress.stage("SQLite's structure")
    let isWhole = all.check("file") { problems, _ in try checkFile(&problems) }
    all.check("schema") { problems, _ in try checkSchema(&problems) }
    all.check("references") { problems, _ in try checkReferences(&problems) }
    all.check("orphans") { problems, _ in
      for orphans in try orphans() {
        problems.add(
          "\(orphans) that no run stands on: engram-ingest delete --orphans takes out such")
      }
      return "every sample, weight, data set and model is of a run"
    }
    return isWhole
  }

  private func checkFile(_ problems: inout Problems) throws -> String {
    var rows = try connection.prepare("pragma integrity_check(\(Problems.most))")
    while try rows.step() {
      let line = rows.text(0)
      if line != "ok" { problems.add(line.split(separator: "\n").joined(separator: "; ")) }
    }
    return "\(try connection.integer("pragma page_count") ?? 0) pages"
  }

  /// For who goes on with a run that another ingest left: a copy made while that wrote lacks pages, or has old ones. Reads
  /// the whole file.
  /// - Throws: `WarehouseError.corrupt` where SQLite's structure is not whole.
  package func checkStructure() throws {
    try told {
      var rows = try connection.prepare("pragma quick_check(1)")
      _ = try rows.step()
      let line = rows.text(0)
      guard line == "ok" else {
        throw WarehouseError.corrupt(
          path: path, message: line.split(separator: "\n").joined(separator: "; "))
      }
    }
  }

  private func checkSchema(_ problems: inout Problems) throws -> String {
    guard case .warehouse(let version) = try SchemaVersion.of(connection) else {
      throw WarehouseError.notAWarehouse(path: path)
    }
    let expected = try SchemaVersion.definitions(of: version)
    let found = try SchemaVersion.definitions(in: connection)
    for (name, sql) in expected.sorted(by: { $0.key < $1.key }) where found[name] != sql {
      problems.add(
        "\(name): \(found[name] == nil ? "missing" : "another definition than this schema's")")
    }
    return "version \(version)"
  }

  private func checkReferences(_ problems: inout Problems) throws -> String {
    var rows = try connection.prepare(
      "select \"table\", rowid, parent from pragma_foreign_key_check")
    while try rows.step() {
      problems.add("\(rows.text(0)), row \(rows.int(1)): there is no such \(rows.text(2))")
    }
    let strays = try connection.integer(
      """
      select count(*) from sample join class using (class_id)
      where class.dataset_id is not sample.dataset_id
      """)
    if let strays, strays > 0 { problems.add("\(strays) samples with a class of another data set") }
    let pairs = try connection.integer(
      """
      select count(*) from class_output join class using (class_id)
      left join class as output on output.class_id = class_output.output_id
      where class.dataset_id is null or output.model_id is null or exists (
        select 1 from class_output as other join class as same on same.class_id = other.class_id
        join class as said on said.class_id = other.output_id
        where other.class_output_id <> class_output.class_output_id
          and (other.class_id = class_output.class_id and said.model_id = output.model_id
            or other.output_id = class_output.output_id and same.dataset_id = class.dataset_id))
      """)
    for text in try strayLabels() { problems.add(text) }
    if let pairs, pairs > 0 {
      problems.add(
        "\(pairs) rows of class_output that do not pair a data set's class with one output of a model"
      )
    }
    return "every table"
  }
}
