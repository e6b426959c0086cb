// Runs: finding or inserting one by its identity, and telling how far it has come.

internal import SQLiteKit
internal import Synchronization

/// How far a run has come. Its samples are committed batch by batch, then its profiles as a whole,
/// then its measures; completed_at is set last.
package enum RunState: Sendable, Hashable {
  case new(Stored<RunRecord>)
  /// The first `committed` samples of the selection are stored (all of them when only the profiles
  /// are missing); counts of those must be read back from the file.
  case resume(Stored<RunRecord>, committed: Int)
  /// Samples and profiles are stored, measures are missing or in part.
  case unmeasured(Stored<RunRecord>)
  case complete(Stored<RunRecord>)

  package var run: Stored<RunRecord> {
    switch self {
    case .new(let run), .resume(let run, _), .unmeasured(let run), .complete(let run): run
    }
  }
}

extension Warehouse {
  /// The run of this identity, inserted when there is none. What is stored wins over `run`'s name,
  /// bitset policy and versions; another model, data set or number of samples is a conflict.
  package func ensure(_ run: RunRecord, layers: [Stored<LayerRecord>]) throws -> RunState {
    try told {
      try connection.transaction {
        if let id = try connection.integer(
          "select run_id from run where identity = ?", .text(run.identity))
        {
          let stored = try self.run(id)
          let given = (run.modelID, run.dataSetID, run.sampleCount)
          let found = (stored.modelID, stored.dataSetID, stored.sampleCount)
          guard found == given else {
            func told(_ run: (Int, Int, Int)) -> String {
              "model \(run.0), data set \(run.1), \(run.2) samples"
            }
            throw WarehouseError.conflict(
              path: path, what: "run \(stored.name)", stored: told(found), given: told(given))
          }
          guard stored.shard == run.shard else {
            func told(_ shard: Shard?) -> String { shard.map { "part \($0)" } ?? "the whole run" }
            throw WarehouseError.conflict(
              path: path, what: "run \(stored.name)", stored: told(stored.shard),
              given: told(run.shard)
                + "; every part goes into a file of its own, and what is merged of them into another"
            )
          }
          return try state(of: stored)
        }
        try connection.run(
          """
          insert into run (name, model_id, dataset_id, identity, perturbation, preprocessing,
            selection, bitsets, profiles, activations, n_samples, shard_index, shard_last,
            shard_count, permutation_seed, engram_version, cpu_level, started_at)
          values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
          """,
          .text(try freeName(run.name, in: "run")), .integer(run.modelID), .integer(run.dataSetID),
          .text(run.identity), .text(run.perturbation), .text(run.preprocessing),
          .text(run.selection), .text(run.bitsets.rawValue), .text(run.profiles.rawValue),
          .text(run.activations.rawValue),
          .integer(run.sampleCount), Value(run.shard?.index),
          Value(run.shard.flatMap { $0.last > $0.index ? $0.last : nil }), Value(run.shard?.count),
          .integer(Int(bitPattern: UInt(run.permutationSeed))), .text(run.engramVersion),
          .text(run.cpuLevel))
        let id = connection.lastInsertRowID
        for layer in layers {
          try connection.run(
            "insert into run_layer (run_id, layer_id) values (?, ?)", .integer(id),
            .integer(layer.id))
        }
        return .new(try self.run(id))
      }
    }
  }

  /// How far a run that was found has come.
  package func state(of run: Stored<RunRecord>) throws -> RunState {
    if run.completedAt != nil { return .complete(run) }
    let committed = try committedSamples(run: run.id)
    let expected = run.range.count
    guard committed <= expected else {
      throw WarehouseError.corrupt(
        path: path,
        message: "run \(run.name) has \(committed) predictions for \(expected) samples"
      )
    }
    let profiles = try told {
      try connection.integer(
        "select exists (select 1 from class_profile where run_id = ?)", .integer(run.id))
    }
    return committed == expected && profiles == 1
      ? .unmeasured(run) : .resume(run, committed: committed)
  }

  /// Samples that are done with: predicted, or noted as unreadable.
  package func committedSamples(run id: Int) throws -> Int {
    try predictions(run: id) + unreadableSamples(run: id)
  }

  func predictions(run id: Int) throws -> Int {
    try told {
      try connection.integer("select count(*) from prediction where run_id = ?", .integer(id)) ?? 0
    }
  }

  /// Samples whose images could not be read.
  package func unreadableSamples(run id: Int) throws -> Int {
    try told {
      try connection.integer("select count(*) from unreadable where run_id = ?", .integer(id)) ?? 0
    }
  }

  /// Keys of the classes that a run has samples of, in the data set's order.
  package func classKeys(run id: Int) throws -> [String] {
    try told {
      var rows = try connection.prepare(
        """
        select key from class
        where class_id in (
          select sample.class_id from prediction join sample using (sample_id) where run_id = ?)
        order by position
        """)
      try rows.bind(.integer(id), at: 1)
      var keys: [String] = []
      while try rows.step() { keys.append(rows.text(0)) }
      return keys
    }
  }

  /// Throws unless every sample of the run, or of its part, is stored.
  func checkWhole(_ run: Stored<RunRecord>) throws {
    let stored = try committedSamples(run: run.id)
    guard stored == run.range.count else {
      throw WarehouseError.incomplete(
        path: path, run: run.name, stored: stored, expected: run.range.count)
    }
  }

  /// Marks a run as whole: call it when the last measure is in. Its first completion's time stays.
  package func complete(run id: Int) throws {
    try checkWhole(try run(id))
    try told {
      try connection.run(
        """
        update run set completed_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
        where run_id = ? and completed_at is null
        """, .integer(id))
    }
    try settle()
  }

  /// Throws where there is no run of that id.
  package func run(_ id: Int) throws -> Stored<RunRecord> {
    guard let run = try runs("where run_id = ?", .integer(id)).first else {
      throw WarehouseError.unknown(path: path, what: "run \(id)")
    }
    return run
  }

  /// All runs, oldest first.
  package func runs() throws -> [Stored<RunRecord>] { try runs("where ?", 1) }

  private func runs(_ condition: String, _ value: Value) throws -> [Stored<RunRecord>] {
    try told {
      var rows = try connection.prepare(
        """
        select run_id, name, model_id, dataset_id, identity, perturbation, preprocessing, selection,
          bitsets, n_samples, permutation_seed, engram_version, cpu_level, started_at, completed_at,
          profiles, shard_index, shard_count, activations,
          shard_last
        from run \(condition) order by run_id
        """)
      try rows.bind(value, at: 1)
      var runs: [Stored<RunRecord>] = []
      while try rows.step() {
        var record = RunRecord(
          name: rows.text(1), modelID: rows.int(2), dataSetID: rows.int(3), identity: rows.text(4),
          perturbation: rows.text(5), preprocessing: rows.text(6), selection: rows.text(7),
          bitsets: try named(rows, 8, "run \(rows.text(1)): bitsets"),
          sampleCount: try whole(rows, 9, in: Limits.samples, "run \(rows.text(1)): n_samples"),
          permutationSeed: UInt64(UInt(bitPattern: rows.int(10))), engramVersion: rows.text(11),
          cpuLevel: rows.text(12))
        record.profiles = try named(rows, 15, "run \(record.name): profiles")
        record.activations = try named(rows, 18, "run \(record.name): activations")
        if !rows.isNull(16) || !rows.isNull(17) {
          let count = try whole(rows, 17, in: Limits.shards, "run \(record.name): shard_count")
          let index = try whole(rows, 16, in: 1...count, "run \(record.name): shard_index")
          let last =
            rows.isNull(19)
            ? index
            : try whole(rows, 19, in: index...count, "run \(record.name): shard_last")
          record.shard = Shard(index: index, last: last, count: count)
        }
        if let parts = sampleParts.withLock({ [id = rows.int(0)] in $0[id] }) {
          (record.activations, record.bitsets) = (.stored, parts.bitsets)
        }
        record.startedAt = rows.text(13)
        record.completedAt = rows.isNull(14) ? nil : rows.text(14)
        runs.append(Stored(id: rows.int(0), record: record))
      }
      return runs
    }
  }
}
