// What stands in a warehouse for runs and has none: the one list by which deleting takes it out and verifying finds it.
// Leaves out rows of a run itself, which go with it (RunTable).

internal import SQLiteKit

/// Rows of one table that no run stands on.
package struct Orphans: Sendable {
  package let table: String
  /// "a sample", of several "samples".
  let name: (one: String, several: String)
  /// A condition for them.
  let condition: String

  private init(
    _ table: String, _ one: String, _ several: String, where condition: String
  ) {
    self.table = table
    name = (one, several)
    self.condition = condition
  }

  /// In the order in which they can be taken out. Layers go with their model and classes with their data set; a layer
  /// that no run captured is none, for all layers of a model are told.
  package static let all = [
    Orphans(
      "sample", "sample", "samples", where: "sample_id not in (select sample_id from prediction)"),
    Orphans(
      "layer_weight", "block of weights", "blocks of weights",
      where: "layer_id not in (select layer_id from run_layer)"),
    Orphans(
      "dataset", "data set", "data sets", where: "dataset_id not in (select dataset_id from run)"),
    Orphans(
      "detector", "detector", "detectors",
      where: "detector_id not in (select detector_id from score)"),
    Orphans("model", "model", "models", where: "model_id not in (select model_id from run)"),
  ]

  func told(_ count: Int) -> String { "\(count) \(count == 1 ? name.one : name.several)" }
}

extension Warehouse {
  /// Rows that no run stands on, "3 samples", a line for each table that has any.
  package func orphans() throws -> [String] {
    try told {
      try Orphans.all.compactMap { kind in
        let count =
          try connection.integer("select count(*) from \(kind.table) where \(kind.condition)") ?? 0
        return count == 0 ? nil : kind.told(count)
      }
    }
  }

  /// Takes out what no run stands on, all or nothing.
  package func deleteOrphans() throws {
    try told {
      try connection.execute("pragma secure_delete = off")
      try removing { try removeOrphans() }
    }
  }

  /// Within a transaction.
  func removeOrphans() throws {
    for kind in Orphans.all {
      try connection.run("delete from \(kind.table) where \(kind.condition)")
    }
    try removeDependants()
    // The hash says that the weights are here.
    try connection.run(
      """
      update layer set weights_sha256 = null
      where weights_sha256 is not null and layer_id not in (select layer_id from run_layer)
      """)
  }
}
