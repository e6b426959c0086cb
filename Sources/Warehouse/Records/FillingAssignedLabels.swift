// The labels that a network was trained on, put into runs that were stored without them, and what was counted and
// measured by them before taken out: it was of other samples.

internal import SQLiteKit

extension Warehouse {
  /// Fills in the assigned classes that the samples of a run lack, all or none. Where one is, what was measured by
  /// fewer of them goes.
  /// - Parameter labels: Classes by the position of samples in the data set, both from 0.
  package func fillAssigned(_ labels: [Int: Int], of run: Stored<RunRecord>) throws {
    guard !labels.isEmpty else { return }
    try told {
      try connection.transaction {
        let lacking = try samples(run: run.id).filter { $0.assignedClassID == nil }
        let known = lacking.filter { labels[$0.position] != nil }
        guard !known.isEmpty else { return }
        let classIDs = try classes(dataSet: run.dataSetID).map(\.id)
        var update = try connection.prepare(
          "update prediction set assigned_class_id = ? where run_id = ? and sample_id = ?")
        for sample in known {
          guard let label = labels[sample.position] else { continue }
          try update.bind([.integer(classIDs[label]), .integer(run.id), .integer(sample.id)])
          try update.run()
        }
        try deleteMeasures(of: run.id, by: [.assigned])
        try connection.run(
          "delete from class_profile where run_id = ? and grouping = ?", .integer(run.id),
          .text(ProfileGrouping.assigned.rawValue))
      }
    }
  }
}
