// Whether a run has as many rows of measures as there is to measure. Leaves out what their numbers are (VerifyRanges).

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
