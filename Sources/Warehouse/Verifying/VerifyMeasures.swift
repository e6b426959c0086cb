// Whether a run has as many rows of measures as there is to measure, and whether every number lies in the range of what it
// measures. Leaves out whether it is the right one: `measure` makes them anew.

internal import SQLiteKit

extension Warehouse {
  /// A row of measures for everything that there is to measure.
  func checkMeasures(
    of run: Stored<RunRecord>, _ layers: Int, _ count: (String, Value...) throws -> Int,
    _ expect: (Int, Int, String) -> Void
  ) throws {
    let id = Value.integer(run.id)
    let classes = try count(
      """
      (select distinct sample.class_id from prediction join sample using (sample_id)
        where run_id = ? and sample.class_id is not null)
      """, id)
    let groupings = try classesByGrouping(of: run)
    for table in RunTable.measured {
      let name = table.name
      switch table.completeness {
      case .other: break
      case .everySample(let key):
        // Those that were left out for their size, or never asked for, have no row at all.
        expect(
          try count(
            """
            (select 1 from \(name) as r where run_id = ? group by \(key.joined(separator: ", "))
              having count(*) <> (select count(*) from prediction where prediction.run_id = r.run_id))
            """, id), 0, "\(name) of some of the samples")
      case .everySampleOf(let header):
        let key = table.key.filter { $0 != "sample_id" }.joined(separator: ", ")
        expect(
          try count(
            """
            (select 1 from (select \(key), n_samples as n from \(header) where run_id = ?1
              union all select \(key), -1 from \(name) where run_id = ?1) group by \(key) having sum(n) <> 0)
            """, id), 0, "\(header) that says another number of samples than there are in \(name)")
      case .everyNeuron:
        expect(
          try count(
            """
            (select 1 from \(name) as r join layer using (layer_id) where run_id = ?
              group by layer_id having count(*) <> n_out)
            """, id), 0, "\(name) of some of a layer's neurons")
      case .everyReplicate:
        expect(
          try count(
            """
            (select 1 from \(name) where run_id = ?
              group by layer_id, kind, measure, rule, class_id
              having count(*) <> max(n_replicates) or min(n_replicates) <> max(n_replicates)
                or min(replicate) <> 0 or max(replicate) <> max(n_replicates) - 1 or min(seed) <> max(seed))
            """, id), 0, "measures that lack replicates, or mix several bootstraps")
      case .everyClassAndTheRun:
        for kind in ProfileKind.allCases.map(\.rawValue) {
          expect(
            try count("\(name) where \(table.isWithinRun) and kind = ?2", id, .text(kind)),
            classes == 0 ? 0 : layers * (classes + 1), "\(name) of \(kind)s")
        }
      case .everyClass, .everyPair:
        for kind in MeasuredKind.allCases {
          for (grouping, classes) in groupings {
            var rows = layers * classes
            if case .everyPair = table.completeness { rows *= classes }
            let found = try count(
              "\(name) where \(table.isWithinRun) and kind = ?2 and grouping = ?3", id,
              .text(kind.rawValue), .text(grouping))
            // What was measured before version 13 has none of them.
            if kind == .activation, found == 0 { continue }
            expect(found, rows, "\(name) of \(kind.rawValue)s, \(grouping) classes")
          }
        }
      }
    }
  }

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
    let isOfLayers = table.key.contains("layer_id")
    return try connection.integer(
      """
      select exists (select 1 from \(table.name) as r not indexed
        \(isOfLayers ? "left join layer on layer.layer_id = r.layer_id" : "")
        where \(table.ranges.map { "(\($0.isOutside))" }.joined(separator: " or ")))
      """) == 0
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

  /// How many classes have samples, by every grouping that the run is measured by. Runs of schema version 1 do not tell
  /// their permuted labels.
  private func classesByGrouping(of run: Stored<RunRecord>) throws -> [(String, Int)] {
    let samples = try samples(run: run.id)
    return try (ProfileGrouping.builtIn + ownGroupings(of: run)).compactMap { grouping in
      let classes = Set(samples.compactMap { $0.classID(under: grouping) }).count
      let isAlways = ProfileGrouping.measuredAlways.contains(grouping)
      guard try isAlways ? classes > 0 : isMeasured(run, by: grouping.name) else { return nil }
      return (grouping.name, classes)
    }
  }

  /// Whether anything was counted or measured under a grouping.
  func isMeasured(_ run: Stored<RunRecord>, by grouping: String) throws -> Bool {
    try RunTable.all.contains { table in
      guard table.isGrouped, table.content == .profiles || table.replacement == .ofGroupings else {
        return false
      }
      let rows = "select 1 from \(table.name) where \(table.isWithinRun) and grouping = ?2"
      return try connection.integer(
        "select exists (\(rows))", .integer(run.id), .text(grouping)) == 1
    }
  }
}
