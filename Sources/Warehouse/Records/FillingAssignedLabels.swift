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
        _ = try fillAssigned(
          known.compactMap { sample in labels[sample.position].map { (sample.id, classIDs[$0]) } },
          of: run, from: path)
      }
    }
  }

  /// The same for rows of `prediction`; part of a transaction.
  /// - Parameter source: The file that the labels are from, for the error.
  /// - Returns: How many predictions took a label.
  /// - Throws: `WarehouseError.conflict` where a prediction has another one.
  func fillAssigned(
    _ labels: [(sample: Int, label: Int)], of run: Stored<RunRecord>, from source: String
  ) throws -> Int {
    var known = try connection.prepare(
      "select assigned_class_id from prediction where run_id = ? and sample_id = ?")
    var update = try connection.prepare(
      "update prediction set assigned_class_id = ? where run_id = ? and sample_id = ?")
    var count = 0
    for (sample, label) in labels {
      try known.bind([.integer(run.id), .integer(sample)])
      let stored = try known.step() ? known.value(0) : .null
      known.reset()
      switch stored {
      case .integer(label): continue
      case .null:
        try update.bind([.integer(label), .integer(run.id), .integer(sample)])
        try update.run()
        count += 1
      default:
        throw WarehouseError.conflict(
          path: source, what: "run \(run.name): sample \(sample): assigned class",
          stored: stored.told, given: "\(label)")
      }
    }
    guard count > 0 else { return 0 }
    try deleteMeasures(of: run.id, by: [.assigned])
    for table in RunTable.stored where table.isGrouped {
      try connection.takeOut(
        from: table, run: run.id, where: ["grouping": .text(ProfileGrouping.assigned.name)])
    }
    return count
  }
}
