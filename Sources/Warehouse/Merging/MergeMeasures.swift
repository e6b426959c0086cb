// What a source's run was measured for and the target's was not: brought measure by measure, each as it was made in one
// go, all or none. What both have stays the target's; rows that say something else are told.

internal import SQLiteKit

extension Warehouse {
  /// Brings labels and measures of a whole run, between runs as well, that are not there yet, in one transaction.
  func bringMeasures(
    of source: MergeSource, _ ids: MergeIDs, _ summary: inout MergeSummary
  ) throws {
    guard let own = ids.runs[source.run.id] else { preconditionFailure("the run was mapped") }
    try told {
      try connection.transaction {
        let file = try Warehouse.open(source.path, mode: .readOnly)
        summary.bring(
          try bringAssigned(from: file, source, to: try run(own), ids), of: "prediction")
        let isKept = try run(own).activations == .stored
        for table in RunTable.all
        where table.content != .samples && (isKept || !table.isOfActivations) {
          try bring(table, from: file, source, ids, &summary)
        }
        summary.notes += try dropPartial(of: source, from: file, try run(own), ids)
      }
    }
  }

  /// Parts are measured when they have become a run; what was measured of one says nothing of the whole.
  func noteMeasures(of part: MergeSource, _ summary: inout MergeSummary) throws {
    let file = try Warehouse.open(part.path, mode: .readOnly)
    for table in RunTable.measured {
      let rows =
        try file.told {
          try file.connection.integer(
            "select count(*) from \(table.name) where \(table.run) = ?", .integer(part.run.id)) ?? 0
        }
      if rows > 0 {
        summary.notes.append(
          "run \(summary.run): \(rows) rows of \(table.name) in \(part.path) are of a part alone: left out"
        )
      }
    }
  }

  private func bring(
    _ table: RunTable, from file: borrowing Warehouse, _ source: MergeSource, _ ids: MergeIDs,
    _ summary: inout MergeSummary
  ) throws {
    // As a new run it came whole, apart from what stands between runs.
    let isWhole = summary.status == .merged
    if isWhole, table.otherRun == nil { return }
    let unit = (table.otherRun.map { [$0] } ?? []) + table.unit
    var units = try file.prepare(
      unit.isEmpty
        ? "select 1 from \(table.name) where \(table.run) = ? limit 1"
        : "select distinct \(unit.joined(separator: ", ")) from \(table.name) where \(table.run) = ?"
    )
    try units.bind(source.run.id, at: 1)
    let condition = ([table.run] + unit).map { "\($0) = ?" }.joined(separator: " and ")
    var different = 0
    while try units.step(of: file.path) {
      let theirs = [.integer(source.run.id)] + unit.indices.map { units.value($0) }
      if isWhole, theirs[1] == theirs[0] { continue }
      let own = try zip([table.run] + unit, theirs).map { column, value in
        guard let own = ids.translated(value, column: column) else {
          throw WarehouseError.corrupt(
            path: source.path,
            message:
              "table \(table.name) has rows whose \(column) \(value.told) is of nothing that it holds"
          )
        }
        return own
      }
      var found = try connection.prepare("select 1 from \(table.name) where \(condition) limit 1")
      try found.bind(own)
      if try found.step() {
        different += try differences(table, from: file, where: condition, theirs, ids)
      } else {
        summary.bring(
          try copy(table.name, from: file, where: condition, theirs, ids), of: table.name)
      }
    }
    if different > 0 {
      summary.notes.append(
        "run \(summary.run): \(different) rows of \(table.name) in \(source.path) are not as those that are there: "
          + "left out; engram-ingest measure makes them anew")
    }
  }

  /// Rows of the source that the target lacks, or has with other values.
  private func differences(
    _ table: RunTable, from file: borrowing Warehouse, where condition: String, _ values: [Value],
    _ ids: MergeIDs
  ) throws -> Int {
    var rows = try TranslatedRows(table.name, of: file, where: condition, values, ids)
    let same = rows.columns.map { "\($0) is ?" }.joined(separator: " and ")
    var find = try connection.prepare("select 1 from \(table.name) where \(same)")
    var count = 0
    while let values = try rows.next() {
      try find.bind(values)
      if try !find.step() { count += 1 }
      find.reset()
    }
    return count
  }

  /// Labels that the samples' predictions lack; what was measured by fewer of them goes.
  /// - Returns: How many predictions took one.
  private func bringAssigned(
    from file: borrowing Warehouse, _ source: MergeSource, to own: Stored<RunRecord>,
    _ ids: MergeIDs
  ) throws -> Int {
    var rows = try file.prepare(
      """
      select sample_id, assigned_class_id from prediction
      where run_id = ? and assigned_class_id is not null
      """)
    try rows.bind(source.run.id, at: 1)
    var labels: [(sample: Int, label: Int)] = []
    while try rows.step(of: file.path) {
      guard let sample = ids.samples[rows.int(0)], let label = ids.classes[rows.int(1)] else {
        throw WarehouseError.corrupt(
          path: source.path, message: "a prediction whose sample or assigned class it has not")
      }
      labels.append((sample, label))
    }
    return try fillAssigned(labels, of: own, from: source.path)
  }
}
