// Whether a run has as many rows of measures as there is to measure. Their values are what `measure` makes anew.

internal import SQLiteKit

extension Warehouse {
  /// A row of measures for everything that there is to measure.
  func checkMeasures(
    of run: Stored<RunRecord>, _ layers: Int, _ count: (String, Value...) throws -> Int,
    _ expect: (Int, Int, String) -> Void
  ) throws {
    let id = Value.integer(run.id)
    let classes = try count(
      "(select distinct sample.class_id from prediction join sample using (sample_id) where run_id = ?)",
      id)
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
        for kind in ["interaction", "neuron"] {
          expect(
            try count("\(name) where \(table.isWithinRun) and kind = ?2", id, .text(kind)),
            layers * (classes + 1), "\(name) of \(kind)s")
        }
      case .everyClass, .everyPair:
        for kind in ["interaction", "neuron"] {
          for (grouping, classes) in groupings {
            var rows = layers * classes
            if case .everyPair = table.completeness { rows *= classes }
            expect(
              try count(
                "\(name) where \(table.isWithinRun) and kind = ?2 and grouping = ?3", id,
                .text(kind), .text(grouping)), rows, "\(name) of \(kind)s, \(grouping) classes")
          }
        }
      }
    }
  }

  /// How many classes have samples, by every grouping that the run is measured by. Runs of schema version 1 do not tell
  /// their permuted labels.
  private func classesByGrouping(of run: Stored<RunRecord>) throws -> [(String, Int)] {
    let samples = try samples(run: run.id)
    return try ProfileGrouping.allCases.compactMap { grouping in
      let classes = Set(samples.compactMap { $0.classID(under: grouping) }).count
      let isAskedFor = ProfileGrouping.askedFor.contains(grouping)
      guard try isAskedFor ? isMeasured(run, by: grouping) : classes > 0 else { return nil }
      return (grouping.rawValue, classes)
    }
  }

  /// Whether anything was counted or measured under a grouping.
  func isMeasured(_ run: Stored<RunRecord>, by grouping: ProfileGrouping) throws -> Bool {
    try connection.integer(
      """
      select exists (select 1 from class_profile where run_id = ?1 and grouping = ?2)
        or exists (select 1 from entropy where run_id = ?1 and grouping = ?2)
      """, .integer(run.id), .text(grouping.rawValue)) == 1
  }
}
