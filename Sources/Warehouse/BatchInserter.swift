// The insert statements of a run and their order. One thread uses it at a time: RunWriter's queue.

internal import SQLiteKit

/// Not copied, not shared: `@unchecked` because the queue that owns it is what serialises it.
final class BatchInserter: @unchecked Sendable {
  let warehouse: Warehouse
  let run: Stored<RunRecord>
  let classIDs: [Int]
  private var findSample: Statement
  private var insertSample: Statement
  private var insertPrediction: Statement
  private var insertActivation: Statement
  private var insertSignificance: Statement
  private var insertProfile: Statement

  init(_ warehouse: consuming Warehouse, run id: Int) throws {
    let run = try warehouse.run(id)
    let classIDs = try warehouse.classes(dataSet: run.dataSetID).map(\.id)
    let path = warehouse.path
    func prepare(_ connection: borrowing Connection, _ sql: String) throws -> Statement {
      do { return try connection.prepare(sql) } catch { throw WarehouseError(error, path: path) }
    }
    let findSample = try prepare(
      warehouse.connection, "select sample_id from sample where dataset_id = ? and position = ?")
    let insertSample = try prepare(
      warehouse.connection,
      "insert into sample (dataset_id, position, key, class_id) values (?, ?, ?, ?)")
    let insertPrediction = try prepare(
      warehouse.connection,
      """
      insert into prediction (run_id, sample_id, class_id, confidence, loss, correct)
      values (?, ?, ?, ?, ?, ?)
      """)
    let insertActivation = try prepare(
      warehouse.connection,
      "insert into activation (run_id, layer_id, sample_id, x, z) values (?, ?, ?, ?, ?)")
    let insertSignificance = try prepare(
      warehouse.connection,
      """
      insert into significance (run_id, layer_id, sample_id, n_significant, bits)
      values (?, ?, ?, ?, ?)
      """)
    let insertProfile = try prepare(
      warehouse.connection,
      """
      insert into class_profile
        (run_id, layer_id, kind, grouping, class_id, block, n_samples, counts)
      values (?, ?, ?, ?, ?, ?, ?, ?)
      """)
    self.warehouse = warehouse
    self.run = run
    self.classIDs = classIDs
    self.findSample = findSample
    self.insertSample = insertSample
    self.insertPrediction = insertPrediction
    self.insertActivation = insertActivation
    self.insertSignificance = insertSignificance
    self.insertProfile = insertProfile
  }

  /// One transaction. Layer by layer, so that what is read together lies together.
  func write(_ batch: Batch) throws {
    do {
      try warehouse.connection.transaction {
        let samples = try batch.positions.indices.map { try sampleID(batch, $0) }
        for (i, sample) in samples.enumerated() {
          let correct = batch.predicted[i] == batch.classes[i]
          try insertPrediction.bind([
            .integer(run.id), .integer(sample), .integer(classIDs[batch.predicted[i]]),
            .real(batch.confidence[i]), .real(batch.loss[i]), Value(correct),
          ])
          try insertPrediction.run()
        }
        for layer in batch.layers { try write(layer, samples) }
      }
    } catch let error as SQLiteError where error.extendedCode == SQLiteCode.unique {
      throw WarehouseError.writtenTwice(path: warehouse.path, run: run.name)
    } catch let error as SQLiteError {
      throw WarehouseError(error, path: warehouse.path)
    }
  }

  /// All profiles in place of earlier ones, in one transaction.
  func write(_ profiles: some Sequence<ClassProfile>) throws {
    let stored = try warehouse.committedSamples(run: run.id)
    guard stored == run.sampleCount else {
      throw WarehouseError.incomplete(
        path: warehouse.path, run: run.name, stored: stored, expected: run.sampleCount)
    }
    try warehouse.told {
      try warehouse.connection.transaction {
        try warehouse.connection.run("delete from class_profile where run_id = ?", .integer(run.id))
        for profile in profiles {
          try insertProfile.bind([
            .integer(run.id), .integer(profile.layerID), .text(profile.kind.rawValue),
            .text(profile.grouping.rawValue), .integer(classIDs[profile.classPosition]),
            .integer(profile.block), .integer(profile.samples),
          ])
          try insertProfile.lending(profile.counts, at: 8) { try $0.run() }
        }
      }
    }
  }

  private func write(_ layer: Batch.Layer, _ samples: [Int]) throws {
    try insertActivation.bind([.integer(run.id), .integer(layer.layerID)])
    for (i, sample) in samples.enumerated() {
      try insertActivation.bind(sample, at: 3)
      try insertActivation.lending(layer.x[i], at: 4) { statement in
        try statement.lending(layer.z[i], at: 5) { try $0.run() }
      }
    }
    guard !layer.bits.isEmpty else { return }
    try insertSignificance.bind([.integer(run.id), .integer(layer.layerID)])
    for (i, sample) in samples.enumerated() {
      try insertSignificance.bind(sample, at: 3)
      try insertSignificance.bind(layer.significant[i], at: 4)
      try insertSignificance.lending(layer.bits[i], at: 5) { try $0.run() }
    }
  }

  private func sampleID(_ batch: Batch, _ i: Int) throws -> Int {
    try findSample.bind([.integer(run.dataSetID), .integer(batch.positions[i])])
    if try findSample.step() {
      defer { findSample.reset() }
      return findSample.int(0)
    }
    try insertSample.bind([
      .integer(run.dataSetID), .integer(batch.positions[i]), .text(batch.keys[i]),
      .integer(classIDs[batch.classes[i]]),
    ])
    try insertSample.run()
    return warehouse.connection.lastInsertRowID
  }
}
