// The insert statements of a run and their order. One thread uses it at a time: RunWriter's queue.

internal import Bits
internal import SQLiteKit

/// Not copied, not shared: `@unchecked` because the queue that owns it is what serialises it.
final class BatchInserter: @unchecked Sendable {
  let warehouse: Warehouse
  let run: Stored<RunRecord>
  let classIDs: [Int]
  /// What a prediction is stored as, by output.
  private let predictedIDs: [Int]
  private let pageSize: Int
  private var findSample: Statement
  private var insertSample: Statement
  private var insertPrediction: Statement
  private var insertUnreadable: Statement
  private var pictures: PictureInserter
  private var insertActivation: Statement
  private var insertSignificance: Statement

  init(_ warehouse: consuming Warehouse, run id: Int) throws {
    let run = try warehouse.run(id)
    let classIDs = try warehouse.classes(dataSet: run.dataSetID).map(\.id)
    let predictedIDs = try warehouse.predictedIDs(of: run)
    let path = warehouse.path
    let pageSize = try warehouse.told {
      try warehouse.connection.integer("pragma page_size") ?? 4096
    }
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
      insert into prediction
        (run_id, sample_id, class_id, confidence, loss, correct, permuted_class_id, assigned_class_id)
      values (?, ?, ?, ?, ?, ?, ?, ?)
      """)
    let insertUnreadable = try prepare(
      warehouse.connection,
      "insert into unreadable (run_id, position, key, reason) values (?, ?, ?, ?)")
    let pictures: PictureInserter
    do { pictures = try PictureInserter(warehouse.connection) } catch {
      throw WarehouseError(error, path: path)
    }
    let insertActivation = try prepare(
      warehouse.connection,
      """
      insert into activation (run_id, layer_id, sample_id, checksum, x, z)
      values (?, ?, ?, ?, ?, ?)
      """)
    let insertSignificance = try prepare(
      warehouse.connection,
      """
      insert into significance (run_id, layer_id, sample_id, n_significant, checksum, bits)
      values (?, ?, ?, ?, ?, ?)
      """)
    self.warehouse = warehouse
    self.run = run
    self.classIDs = classIDs
    self.predictedIDs = predictedIDs
    self.pageSize = pageSize
    self.findSample = findSample
    self.insertSample = insertSample
    self.insertPrediction = insertPrediction
    self.insertUnreadable = insertUnreadable
    self.pictures = pictures
    self.insertActivation = insertActivation
    self.insertSignificance = insertSignificance
  }

  /// One transaction. Layer by layer, so that what is read together lies together, and within a layer in the
  /// order that fills pages best.
  func write(_ batch: Batch) throws {
    try warehouse.checkPlace()
    do {
      try warehouse.connection.transaction {
        let samples = try batch.positions.indices.map { try sampleID(batch, $0) }
        for (i, sample) in samples.enumerated() {
          let predicted = predictedIDs[batch.predicted[i]]
          // There is a loss where there is a right answer.
          let label = batch.classes[i].map { classIDs[$0] }
          let correct = batch.loss[i] == nil ? Value.null : Value(label == predicted)
          try insertPrediction.bind([
            .integer(run.id), .integer(sample), .integer(predicted),
            .real(batch.confidence[i]), Value(batch.loss[i]), correct,
            Value(batch.permuted[i].map { classIDs[$0] }),
            Value(batch.assigned[i].map { classIDs[$0] }),
          ])
          try insertPrediction.run()
        }
        for sample in batch.unreadable {
          try insertUnreadable.bind([
            .integer(run.id), .integer(sample.position), .text(sample.key), .text(sample.reason),
          ])
          try insertUnreadable.run()
        }
        for (sample, picture) in zip(samples, batch.pictures) {
          if let picture { try pictures.insert(picture, of: sample, run: nil) }
        }
        for (sample, picture) in zip(samples, batch.perturbedPictures) {
          if let picture { try pictures.insert(picture, of: sample, run: run.id) }
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
    try warehouse.checkWhole(run)
    try warehouse.told {
      try warehouse.connection.transaction {
        var writer = try ProfileWriter(warehouse.connection, run: run.id, classIDs: classIDs)
        for profile in profiles { try writer.write(profile) }
      }
    }
  }

  private func write(_ layer: Batch.Layer, _ samples: [Int]) throws {
    try insertActivation.bind([.integer(run.id), .integer(layer.layerID)])
    let sizes = layer.z.indices.map {
      layer.z[$0].count + (layer.x.isEmpty ? 0 : layer.x[$0].count)
    }
    for i in LeafPacking.order(sizes, pageSize: pageSize) {
      let (x, z) = (layer.x.isEmpty ? [] : layer.x[i], layer.z[i])
      try insertActivation.bind(samples[i], at: 3)
      try insertActivation.bind(Checksum.of(x, z), at: 4)
      try insertActivation.lending(z, at: 6) { statement in
        if layer.x.isEmpty {
          try statement.bindNull(at: 5)
          try statement.run()
        } else {
          try statement.lending(x, at: 5) { try $0.run() }
        }
      }
    }
    try insertSignificance.bind([.integer(run.id), .integer(layer.layerID)])
    for i in LeafPacking.order(
      layer.bits.isEmpty ? samples.map { _ in 0 } : layer.bits.map(\.count), pageSize: pageSize)
    {
      try insertSignificance.bind(samples[i], at: 3)
      try insertSignificance.bind(layer.significant[i], at: 4)
      if layer.bits.isEmpty {
        try insertSignificance.run()
      } else {
        try insertSignificance.bind(Checksum.of(layer.bits[i]), at: 5)
        try insertSignificance.lending(layer.bits[i], at: 6) { try $0.run() }
      }
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
      Value(batch.classes[i].map { classIDs[$0] }),
    ])
    try insertSample.run()
    return warehouse.connection.lastInsertRowID
  }
}
