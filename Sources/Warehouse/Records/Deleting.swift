// Taking runs out of a warehouse, and giving back the space they took.

internal import SQLiteKit

extension Warehouse {
  /// Takes a run out, and what no other run stands on: samples, weights, data set, model. All or nothing; the
  /// space stays in the file for rows to come.
  package func delete(run id: Int) throws {
    let run = try run(id)
    try told {
      // Debian's SQLite overwrites what is deleted with zeros unless it is told otherwise.
      try connection.execute("pragma secure_delete = off")
      try connection.transaction {
        try connection.run("delete from run where run_id = ?", .integer(id))
        try connection.run(
          """
          delete from sample where dataset_id = ?1
            and sample_id not in (select sample_id from prediction join run using (run_id) where dataset_id = ?1)
          """, .integer(run.dataSetID))
        try connection.run(
          """
          delete from dataset where dataset_id = ?1
            and not exists (select 1 from run where dataset_id = ?1)
          """, .integer(run.dataSetID))
        let unused = "layer_id not in (select layer_id from run_layer)"
        try connection.run(
          """
          delete from layer_weight where \(unused)
            and layer_id in (select layer_id from layer where model_id = ?)
          """, .integer(run.modelID))
        try connection.run(
          "update layer set weights_sha256 = null where \(unused) and model_id = ?",
          .integer(run.modelID))
        try connection.run(
          """
          delete from model where model_id = ?1
            and not exists (select 1 from run where model_id = ?1)
          """, .integer(run.modelID))
      }
    }
  }

  /// Writes the file anew without its free pages. It takes twice the room of what stays, for a while.
  package func reclaim() throws {
    try told { try connection.execute("vacuum") }
    try settle()
  }
}
