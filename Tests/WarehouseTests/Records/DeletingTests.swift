// What a deleted run takes with it and what stays, row by row, where runs share models, layers, data sets and samples;
// and that verify finds what no run stands on, wherever it comes from.

import Bits
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DeletingTests {
  private let scratch: Scratch
  private var path: String { scratch.path("w.db") }

  init() throws { scratch = try Scratch() }

  private func layers(_ inputs: Int) -> [LayerRecord] {
    [
      LayerRecord(position: 0, name: "fc1", inputs: inputs, outputs: 3, hasBias: true),
      LayerRecord(position: 1, name: "fc2", inputs: 3, outputs: 2, hasBias: false),
    ]
  }

  /// Ingests `samples` of a data set by a model, capturing some of its layers, with their weights.
  private func ingest(
    _ name: String, model: String = "aa", data: String = "ff", samples: [Int],
    layers captured: [String] = ["fc1", "fc2"]
  ) throws -> Int {
    let warehouse = try Warehouse.open(path, mode: .create)
    let set = try warehouse.ensure(
      DataSetRecord(
        name: data, fingerprint: data, sampleCount: 100,
        classes: ["a", "b"].map { ClassRecord(key: $0, name: $0) }))
    let stored = try warehouse.ensure(
      ModelRecord(
        name: model, architecture: "tiny", weightsSHA256: model, parameters: 1,
        outputs: .unnamed(2)),
      layers: layers(5))
    try warehouse.ensure(pairing: [0, 1], model: stored.model, dataSet: set)
    let own = stored.layers.filter { captured.contains($0.name) }
    let run = try warehouse.ensure(
      RunRecord(
        name: name, modelID: stored.model.id, dataSetID: set.id, identity: name,
        preprocessing: "none", selection: "{}", sampleCount: samples.count, permutationSeed: 1,
        engramVersion: "0.1.0", cpuLevel: "any"), layers: own
    ).run.id
    for layer in own {
      try warehouse.store(
        LayerWeights(
          shape: try layer.record.shape,
          weight: [Float](repeating: 0.5, count: layer.inputs * layer.outputs),
          bias: layer.hasBias ? [Float](repeating: 1, count: layer.outputs) : nil), of: layer)
    }
    let writer = try RunWriter(try Warehouse.open(path, mode: .write), run: run)
    try writer.submit(
      Batch(
        positions: samples, keys: samples.map { "\(data)\($0)" }, classes: samples.map { $0 % 2 },
        permuted: samples.map { 1 - $0 % 2 }, predicted: samples.map { $0 % 2 },
        confidence: samples.map { _ in 0.5 }, loss: samples.map { _ in 0.5 },
        layers: own.map { layer in
          Batch.Layer(
            layerID: layer.id, x: samples.map { blob("x", layer.position, $0) },
            z: samples.map { blob("z", layer.position, $0) },
            bits: samples.map { blob("b", layer.position, $0) }, significant: samples)
        }))
    try writer.flush()
    return run
  }

  private func texts(_ sql: String) throws -> [String] {
    let connection = try Connection.open(path, mode: .readOnly)
    var rows = try connection.prepare(sql)
    var found: [String] = []
    while try rows.step() { found.append(rows.text(0)) }
    return found
  }

  private func samples() throws -> [String] {
    try texts("select key from sample order by dataset_id, position")
  }

  private func weights() throws -> [String] {
    try texts(
      """
      select model.name || ' ' || layer.name from layer join model using (model_id)
      where layer.weights_sha256 is not null
        and exists (select 1 from layer_weight where layer_weight.layer_id = layer.layer_id)
      order by 1
      """)
  }

  private func orphans() throws -> [String] {
    try Warehouse.open(path, mode: .readOnly).verify(VerifyOptions(samples: 0))
      .filter { $0.check == "orphans" && $0.status == .damaged }.map(\.detail)
  }

  @Test func samplesOfASharedDataSetGoWithTheLastRunThatHasThem() throws {
    let a = try ingest("a", samples: [0, 1, 2, 3, 4])
    let b = try ingest("b", samples: [3, 4, 5, 6])
    let c = try ingest("c", data: "gg", samples: [1, 2])
    #expect(try samples() == (0...6).map { "ff\($0)" } + ["gg1", "gg2"])
    let warehouse = try Warehouse.open(path, mode: .write)
    try warehouse.delete(run: a)
    #expect(try samples() == (3...6).map { "ff\($0)" } + ["gg1", "gg2"])
    #expect(try texts("select name from dataset order by 1") == ["ff", "gg"])
    #expect(try orphans() == [])
    // The other run has everything that it had.
    for table in ["prediction", "activation", "significance"] {
      let rows = table == "prediction" ? 4 : 8
      #expect(
        try warehouse.connection.integer(
          "select count(*) from \(table) join sample using (sample_id) where run_id = \(b)")
          == rows,
        "\(table)")
      #expect(try warehouse.connection.integer("select count(*) from \(table)") == rows * 3 / 2)
    }
    try warehouse.delete(run: b)
    #expect(try samples() == ["gg1", "gg2"])
    #expect(try texts("select name from dataset") == ["gg"])
    #expect(
      try texts("select key from class where dataset_id is not null order by 1") == ["a", "b"])
    try warehouse.delete(run: c)
    for table in [
      "model", "layer", "layer_weight", "dataset", "class", "sample", "run", "run_layer",
      "prediction", "activation", "significance",
    ] {
      #expect(try warehouse.connection.integer("select count(*) from \(table)") == 0, "\(table)")
    }
  }

  @Test func weightsGoWithTheLastRunThatCapturedTheirLayer() throws {
    let a = try ingest("a", samples: [0, 1])
    let b = try ingest("b", samples: [2, 3], layers: ["fc2"])
    let c = try ingest("c", model: "bb", samples: [0, 1], layers: ["fc1"])
    #expect(try weights() == ["aa fc1", "aa fc2", "bb fc1"])
    let warehouse = try Warehouse.open(path, mode: .write)
    try warehouse.delete(run: a)
    #expect(try weights() == ["aa fc2", "bb fc1"])
    #expect(try warehouse.connection.integer("select count(*) from layer_weight") == 2)
    #expect(
      try warehouse.connection.integer(
        "select count(*) from layer where weights_sha256 is not null") == 2)
    // Layers that no run captured are told still, for the model has them.
    #expect(try warehouse.connection.integer("select count(*) from layer") == 4)
    #expect(try orphans() == [])
    try warehouse.delete(run: c)
    #expect(try weights() == ["aa fc2"])
    #expect(try texts("select name from model") == ["aa"])
    // A run that captures the layer again brings its weights again.
    _ = try ingest("a again", samples: [0, 1])
    #expect(try weights() == ["aa fc1", "aa fc2"])
    try warehouse.delete(run: b)
    #expect(try weights() == ["aa fc1", "aa fc2"])
  }

  /// What no delete leaves, put there by hand.
  @Test(arguments: [
    ("insert into sample values (99, 1, 99, 'stray', 1)", "1 sample "),
    (
      "insert into sample values (98, 1, 98, 'x', 1), (99, 1, 99, 'y', 1), (97, 1, 97, 'z', 2)",
      "3 samples "
    ),
    (
      "insert into layer_weight select 99, layer_id, 0, x'00', null, 1 from layer where name = 'fc1'",
      "1 block of weights "
    ),
    ("insert into dataset values (9, 'x', 'x', 1)", "1 data set "),
    (
      "insert into dataset values (9, 'x', 'x', 1); insert into class values (99, 9, 0, 'x', 'x', null, null)",
      "1 data set "
    ),
    (
      """
      insert into model values (8, 'x', 'x', 'x', 1, null, null, null), (9, 'y', 'x', 'y', 1, null, null, null);
      insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias) values (99, 9, 0, 'fc', 1, 1, 0)
      """, "2 models "
    ),
  ])
  func whatNoRunStandsOnIsFoundAndTakenOut(sql: String, told: String) throws {
    _ = try ingest("a", samples: [0, 1], layers: ["fc2"])
    #expect(try orphans() == [])
    let warehouse = try Warehouse.open(path, mode: .write)
    func sizes() throws -> [Int?] {
      try ["model", "layer", "layer_weight", "dataset", "class", "sample", "prediction"].map {
        try warehouse.connection.integer("select count(*) from \($0)")
      }
    }
    let before = try sizes()
    try warehouse.connection.execute(sql)
    let found = try orphans()
    #expect(found.count == 1 && found.first?.hasPrefix(told) == true, "\(found)")
    #expect(found.first?.contains("that no run stands on") == true)
    #expect(found.first?.contains("engram-ingest delete --orphans") == true)
    try warehouse.deleteOrphans()
    #expect(try orphans() == [])
    #expect(try sizes() == before)
  }

  /// An ingest that was stopped is no orphan: its run stands on what is there.
  @Test func whatAnUnfinishedRunStandsOnIsNone() throws {
    _ = try setUp(try Warehouse.open(path, mode: .create))
    #expect(try orphans() == [])
    _ = try ingest("b", data: "gg", samples: [0, 1])
    #expect(try orphans() == [])
  }

  /// A run that cannot be made leaves nothing of what it would have stood on.
  @Test func recordsAreMadeTogether() throws {
    struct Stop: Error {}
    let warehouse = try Warehouse.open(path, mode: .create)
    #expect(throws: Stop.self) {
      try warehouse.together {
        _ = try setUp(warehouse)
        throw Stop()
      }
    }
    for table in ["model", "layer", "dataset", "class", "run", "run_layer"] {
      #expect(try warehouse.connection.integer("select count(*) from \(table)") == 0, "\(table)")
    }
    _ = try warehouse.together { try setUp(warehouse) }
    #expect(try warehouse.connection.integer("select count(*) from run") == 1)
  }

  /// Rows of a run that are of a layer, a sample or a class which is not the run's.
  @Test(arguments: [
    (
      "update sparsity set layer_id = 3 where sparsity_id = 1",
      "sparsity of a layer or sample that the run has not: 1 rows"
    ),
    (
      "update class_profile set layer_id = 3 where class_profile_id = 1",
      "class_profile of a layer or sample that the run has not: 1 rows"
    ),
    (
      "update likelihood set sample_id = 99 where likelihood_id = 1",
      "likelihood of a layer or sample that the run has not: 1 rows"
    ),
    (
      "update entropy set class_id = 99 where entropy_id = 1",
      "entropy with a class of another data set or grouping: 1 rows"
    ),
    (
      "update divergence set to_class_id = 99 where divergence_id = 1",
      "divergence with a class of another data set or grouping: 1 rows"
    ),
    (
      "update entanglement set b_class_id = 99 where entanglement_id = 1",
      "entanglement with a class of another data set: 1 rows"
    ),
  ])
  func measuresOfWhatTheRunHasNotAreFound(sql: String, told: String) throws {
    let setting = try MeasureSetting(path: path, sizes: [6, 7, 5], seed: 1) { label, generator in
      (0..<4).map { _ in Float(generator.below(9) + label) }
    }
    let warehouse = try Warehouse.open(path, mode: .write)
    _ = try warehouse.measure(run: setting.run)
    try warehouse.complete(run: setting.run)
    try warehouse.connection.execute(
      """
      insert into model values (9, 'x', 'x', 'x', 1, null, null, null);
      insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias) values (3, 9, 0, 'fc', 1, 1, 0);
      insert into dataset values (9, 'x', 'x', 1); insert into class values (99, 9, 0, 'x', 'x', null, null);
      insert into sample values (99, 9, 0, 'x', 99);
      """)
    func found() throws -> [String] {
      try warehouse.verify(VerifyOptions(samples: 0)).filter {
        $0.check == "rows" && $0.status == .damaged
      }.map(\.detail)
    }
    #expect(try found() == [])
    try warehouse.connection.execute(sql)
    let damages = try found()
    #expect(damages.contains { $0.contains(told) }, "\(damages)")
  }

  /// A warehouse is an ordinary file, in which users keep tables of their own.
  @Test func `Rows of a user's table that refer to a run are told`() throws {
    let warehouse = try Warehouse.open(path, mode: .create)
    let run = try setUp(warehouse).run
    try warehouse.connection.execute(
      """
      create table remark (remark_id integer primary key, text, run_id integer references run (run_id));
      create table other (text, remark_id integer references remark (remark_id));
      insert into remark (text, run_id) values ('mine', \(run.id))
      """)
    #expect(throws: WarehouseError.referredTo(path: path, run: "run", tables: ["remark"])) {
      try warehouse.delete(run: run.id)
    }
    #expect(try warehouse.connection.integer("select count(*) from run") == 1)
    #expect(
      WarehouseError.referredTo(path: path, run: "run", tables: ["remark"]).description
        == "\(path): run run: rows of your own tables refer to it or to what goes with it: remark; delete those rows first"
    )
    try warehouse.connection.execute("delete from remark")
    try warehouse.delete(run: run.id)
    #expect(try warehouse.connection.integer("select count(*) from run") == 0)
  }
}
