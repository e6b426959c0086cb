// Pictures that a merge takes over: of samples that have none yet. Those that are there stay.

internal import SQLiteKit

extension Warehouse {
  /// Pictures of a run's samples, and what the run made of them; part of a transaction.
  /// - Returns: How many came, by table.
  func bringPictures(
    from file: borrowing Warehouse, run theirs: Int, _ ids: MergeIDs
  ) throws -> [(table: String, rows: Int)] {
    try [
      (
        "thumbnail",
        "sample_id in (select prediction.sample_id from prediction where prediction.run_id = ?)"
      ),
      ("run_thumbnail", "run_id = ?"),
    ].map { table, condition in
      let before = try connection.integer("select total_changes()") ?? 0
      try copy(
        table, from: file, where: condition, [.integer(theirs)], ids, keepsPresent: true)
      return (table, (try connection.integer("select total_changes()") ?? 0) - before)
    }
  }
}
