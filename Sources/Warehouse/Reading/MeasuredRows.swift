// What runs measured, for who draws it or sums it up: no number of it is taken that is out of its range. Leaves out the whole
// of what a verification looks at.

package import SQLiteKit

/// Complete runs, and their tables of predictions and measures.
package struct MeasuredRows: Sendable {
  package let path: String
  private let runs: [(id: Int, name: String)]
  private let isChecking: Bool
  /// Whether they are most of the file's: a table as a whole is read faster than the rows of one run after the other.
  private let areMost: Bool
  /// Of the run that has fewest.
  private let fewestSamples: Int

  /// - Parameter isChecking: Whether numbers out of their ranges are refused.
  /// - Throws: `SQLiteError`.
  package init(
    _ connection: borrowing Connection, of runs: [(id: Int, name: String)],
    isChecking: Bool = true
  ) throws {
    (path, self.runs, self.isChecking) = (connection.path, runs, isChecking)
    let all = try connection.integer("select count(*) from run") ?? 0
    areMost = runs.count > 1 && 2 * runs.count > all
    fewestSamples =
      try areMost
      ? connection.integer(
        "select min(n) from (select count(*) as n from prediction group by run_id)") ?? 0
      : 0
  }

  /// Looks at the rows of all tables but those called `others`.
  /// - Throws: `WarehouseError.corrupt` where a number is out of its range, `SQLiteError`.
  package func check(_ connection: borrowing Connection, except others: [String] = []) throws {
    guard isChecking else { return }
    for table in [.prediction] + RunTable.measured where !others.contains(table.name) {
      // Bounds are compared faster here than by SQLite.
      if areMost, try TableBounds(connection, table) != nil {
        try each(connection, table, [table.run]) { _ in }
      } else {
        try check(connection, table)
      }
    }
  }

  /// Calls `body` with every row of a table of measures, and with those of other runs where these lie between: with `columns`
  /// in their order, and more behind them. They come as they lie in the file, or in the order of the table's key.
  /// - Throws: `WarehouseError.corrupt` where a number of one of the runs is out of its range, `SQLiteError`, what `body`
  ///   throws.
  package func each(
    _ connection: borrowing Connection, _ table: RunTable, _ columns: [String],
    body: (SweptRows) throws -> Void
  ) throws {
    let watched = try isChecking ? TableBounds(connection, table)?.watched(beside: columns) : nil
    var isCertain = watched != nil
    func look(_ rows: SweptRows) throws {
      try body(rows)
      if isCertain, let watched, !watched.areInside(rows) { isCertain = false }
    }
    let all = columns + (watched?.added ?? [])
    if areMost {
      try connection.sweep(all, from: "\(table.name) not indexed", body: look)
    } else {
      let order = ((table.otherRun.map { [$0] } ?? []) + table.key).joined(separator: ", ")
      let own = "(select * from \(table.name) where \(table.run) = ? order by \(order))"
      for run in runs { try connection.sweep(all, from: own, [.integer(run.id)], body: look) }
    }
    // What the widest bounds do not tell the run's own do.
    if !isCertain { try check(connection, table) }
  }

  private func check(_ connection: borrowing Connection, _ table: RunTable) throws {
    guard isChecking else { return }
    if areMost, try table.isWhollyWithin(connection, fewestSamples: fewestSamples) { return }
    for run in runs {
      guard let first = try table.outOfRange(connection, run: run.id).first else { continue }
      throw WarehouseError.corrupt(path: path, message: "run \(run.name): \(first)")
    }
  }
}

extension RunTable {
  /// Whether the numbers of all runs lie within their ranges. False where that does not tell.
  /// - Parameter fewestSamples: No run of the file has fewer.
  fileprivate func isWhollyWithin(
    _ connection: borrowing Connection, fewestSamples: Int
  ) throws -> Bool {
    // What has a run's samples for its least number is of that run alone.
    guard !ranges.contains(where: { $0.low.contains("?1") }) else { return false }
    var conditions = [try TableBounds(connection, self)?.isUncertain ?? isUnlikely(fewestSamples)]
    if ranges.allSatisfy(\.isOfEveryRun) {
      conditions.append(ranges.map { "(\($0.isOutside))" }.joined(separator: " or "))
    }
    let isOfLayers = ranges.contains(where: \.isOfLayers)
    return try connection.integer(
      """
      select exists (select 1 from \(name) as r not indexed
        \(isOfLayers ? "left join layer on layer.layer_id = r.layer_id" : "")
        where \(conditions.map { "(\($0))" }.joined(separator: " and ")))
      """) == 0
  }

  /// In SQL: true for every row that is out of range; false for most others, for which all of them have their numbers, no run
  /// is large, and nothing is asked twice.
  private func isUnlikely(_ fewestSamples: Int) -> String {
    let conditions = Set(ranges.compactMap(\.condition)).sorted().map { "(\($0))" }
    let inside = ranges.map { range in
      let own =
        range.low == range.high
        ? "r.\(range.column) = \(range.low)"
        : "r.\(range.column) between \(range.low) and \(range.high)"
      return range.isOptional ? "(r.\(range.column) is null or \(own))" : own
    }
    return "(\((conditions + inside).joined(separator: " and "))) is not 1"
      .replacing(Self.samples, with: "\(fewestSamples)")
  }
}
