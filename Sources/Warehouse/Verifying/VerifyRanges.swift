// Whether every number of a run lies in the range of what it measures. Leaves out whether it is the right one: `measure` makes
// them anew.

internal import SQLiteKit

extension Warehouse {
  /// The numbers of every row of a run, by column.
  func checkValues(of run: Stored<RunRecord>, _ problems: inout Problems) throws -> String {
    let tables = RunTable.all.filter { !$0.ranges.isEmpty }
    for text in try outOfRange(run, tables) { problems.add(text) }
    return "\(tables.reduce(0) { $0 + $1.ranges.count }) columns"
  }

  /// For who draws or sums up what runs measured.
  /// - Throws: `WarehouseError.corrupt` where a number of their predictions or measures is out of its range.
  package func checkMeasured(runs ids: [Int]) throws {
    var tables = [.prediction] + RunTable.measured
    // A table as a whole is read faster than its rows of one run after the other; what is found there is looked up by run.
    if ids.count > 1 { tables = try told { try tables.filter { !(try isWhollyWithin($0)) } } }
    for id in ids {
      let run = try run(id)
      guard let first = try told({ try outOfRange(run, tables).first }) else { continue }
      throw WarehouseError.corrupt(path: path, message: "run \(run.name): \(first)")
    }
  }

  /// What lies outside, by column.
  private func outOfRange(_ run: Stored<RunRecord>, _ tables: [RunTable]) throws -> [String] {
    var found: [String] = []
    for table in tables where !table.ranges.isEmpty {
      let isOfLayers = table.key.contains("layer_id")
      let rows = """
        from \(table.name) as r \(isOfLayers ? "left join layer on layer.layer_id = r.layer_id" : "")
        where r.\(table.run) = ?1
        """
      if try isWithinByExtremes(run, table) { continue }
      // One pass over the rows; where they lie is looked up for what is found.
      var counts = try connection.prepare(
        "select \(table.ranges.map { "sum(\($0.isOutside))" }.joined(separator: ", ")) \(rows)")
      try counts.bind(run.id, at: 1)
      _ = try counts.step()
      for (index, range) in table.ranges.enumerated() where counts.int(index) > 0 {
        var first = try connection.prepare(
          """
          select r.rowid, r.\(range.column), \(range.low), \(range.high) \(rows) and \(range.isOutside)
          order by 1 limit 1
          """)
        try first.bind(run.id, at: 1)
        _ = try first.step()
        found.append(
          """
          \(table.name).\(range.column): \(counts.int(index)) rows are out of range; the first, \
          row \(first.int(0)), is \(text(of: first.value(1))), expected \(text(of: first.value(2))) to \(text(of: first.value(3)))
          """)
      }
    }
    return found
  }

  /// Whether the numbers of all runs lie within their ranges. False where that does not tell.
  private func isWhollyWithin(_ table: RunTable) throws -> Bool {
    guard table.ranges.allSatisfy(\.isOfEveryRun) else { return false }
    let isOfLayers = table.ranges.contains(where: \.isOfLayers)
    let uncertain = try isUncertain(table)
    return try connection.integer(
      """
      select exists (select 1 from \(table.name) as r not indexed
        \(isOfLayers ? "left join layer on layer.layer_id = r.layer_id" : "")
        where \(uncertain.map { "(\($0)) and " } ?? "")(\(table.ranges.map { "(\($0.isOutside))" }.joined(separator: " or "))))
      """) == 0
  }

  /// A condition that holds for every row out of range, and for those that only the bounds of their own layer can tell; nil
  /// where that takes other columns. Its numbers stand in it, and nothing in it is asked twice: SQLite then has little to do
  /// for a row.
  private func isUncertain(_ table: RunTable) throws -> String? {
    guard table.key.contains("kind") else {
      return try areInside(table, kind: nil).map { "not (\($0))" }
    }
    var conditions: [String] = []
    for kind in MeasuredKind.allCases {
      guard let inside = try areInside(table, kind: kind) else { return nil }
      conditions.append("not (r.kind is '\(kind.rawValue)' and \(inside))")
    }
    return conditions.joined(separator: " and ")
  }

  /// True for rows of a kind that lie within the bounds of every layer, or null where they lack numbers that they may lack.
  private func areInside(_ table: RunTable, kind: MeasuredKind?) throws -> String? {
    let bounds = table.ranges.compactMap { $0.boundsOfEveryLayer(kind: kind) }
    guard bounds.count == table.ranges.count else { return nil }
    var numbers = try connection.prepare(
      "select \(bounds.map { "\($0.low), \($0.high), \($0.isExpected)" }.joined(separator: ", "))")
    _ = try numbers.step()
    // Of a warehouse without a layer nothing is known.
    guard (0..<numbers.columnCount).allSatisfy({ !numbers.isNull($0) }) else { return nil }
    return table.ranges.enumerated().map { index, range in
      range.isInside(
        numbers.double(3 * index), numbers.double(3 * index + 1),
        isExpected: numbers.int(3 * index + 2) != 0)
    }.joined(separator: " and ")
  }

  /// Whether the least and the largest number of every group lie within where all of its rows have the same bounds: these are
  /// then computed once for many rows. False where that does not tell.
  private func isWithinByExtremes(_ run: Stored<RunRecord>, _ table: RunTable) throws -> Bool {
    guard !table.boundedBy.isEmpty else { return false }
    let group = table.boundedBy.joined(separator: ", ")
    let extremes = ["min", "max"].map { extreme in
      let columns = table.ranges.map { $0.extreme(extreme) }.joined(separator: ", ")
      return "select \(group), \(columns) from grouped"
    }
    let columns = table.ranges.map(\.extremes).joined(separator: ", ")
    var outside = try connection.prepare(
      """
      with grouped as materialized (
        select \(group), count(*) as n, \(columns) from \(table.name)
        where \(table.run) = ?1 group by \(group))
      select count(*) from (\(extremes.joined(separator: " union all "))) as r
      left join layer on layer.layer_id = r.layer_id
      where \(table.ranges.map { "(\($0.isOutside))" }.joined(separator: " or "))
      """)
    try outside.bind(run.id, at: 1)
    return try outside.step() && outside.int(0) == 0
  }

  private func text(of value: Value) -> String {
    switch value {
    case .null: "null"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text: "a text"
    case .blob: "a blob"
    }
  }
}
