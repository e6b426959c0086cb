// Whether every number of a run lies in the range of what it measures. Leaves out whether it is the right one: `measure` makes
// them anew.

internal import SQLiteKit

extension Warehouse {
  /// The numbers of every row of a run, by column.
  func checkValues(of run: Stored<RunRecord>, _ problems: inout Problems) throws -> String {
    let tables = RunTable.all.filter { !$0.ranges.isEmpty }
    for table in tables {
      for text in try table.outOfRange(connection, run: run.id) { problems.add(text) }
    }
    return "\(tables.reduce(0) { $0 + $1.ranges.count }) columns"
  }
}

extension RunTable {
  /// What lies outside in the rows of a run, by column.
  func outOfRange(_ connection: borrowing Connection, run id: Int) throws -> [String] {
    guard !ranges.isEmpty, !(try isWithinByExtremes(connection, id)) else { return [] }
    let rows = """
      from \(name) as r \(key.contains("layer_id") ? "left join layer on layer.layer_id = r.layer_id" : "")
      where r.\(run) = ?1
      """
    // One pass over the rows; where they lie is looked up for what is found.
    var counts = try connection.prepare(
      "select \(ranges.map { "sum(\($0.isOutside))" }.joined(separator: ", ")) \(rows)")
    try counts.bind(id, at: 1)
    _ = try counts.step()
    var found: [String] = []
    for (index, range) in ranges.enumerated() where counts.int(index) > 0 {
      var first = try connection.prepare(
        """
        select r.rowid, r.\(range.column), \(range.low), \(range.high) \(rows) and \(range.isOutside)
        order by 1 limit 1
        """)
      try first.bind(id, at: 1)
      _ = try first.step()
      found.append(
        """
        \(name).\(range.column): \(counts.int(index)) rows are out of range; the first, \
        row \(first.int(0)), is \(Self.text(of: first.value(1))), expected \(Self.text(of: first.value(2))) to \
        \(Self.text(of: first.value(3)))
        """)
    }
    return found
  }

  /// Whether the least and the largest number of every group lie within where all of its rows have the same bounds: these are
  /// then computed once for many rows. False where that does not tell.
  private func isWithinByExtremes(_ connection: borrowing Connection, _ id: Int) throws -> Bool {
    guard !boundedBy.isEmpty else { return false }
    let group = boundedBy.joined(separator: ", ")
    let extremes = ["min", "max"].map { extreme in
      let columns = ranges.map { $0.extreme(extreme) }.joined(separator: ", ")
      return "select \(group), \(columns) from grouped"
    }
    let columns = ranges.map(\.extremes).joined(separator: ", ")
    var outside = try connection.prepare(
      """
      with grouped as materialized (
        select \(group), count(*) as n, \(columns) from \(name)
        where \(run) = ?1 group by \(group))
      select count(*) from (\(extremes.joined(separator: " union all "))) as r
      left join layer on layer.layer_id = r.layer_id
      where \(ranges.map { "(\($0.isOutside))" }.joined(separator: " or "))
      """)
    try outside.bind(id, at: 1)
    return try outside.step() && outside.int(0) == 0
  }

  private static func text(of value: Value) -> String {
    switch value {
    case .null: "null"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text: "a text"
    case .blob: "a blob"
    }
  }
}
