// Runs: their records, writing them batch by batch, resuming, and reading them back.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct RunWritingTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func warehouse() throws -> Warehouse {
    try Warehouse.open(scratch.path("w.db"), mode: .create)
  }

  func expectWhole(_ warehouse: borrowing Warehouse, _ setting: Setting, samples: Int) throws {
    let count = 2 * samples
    #expect(try warehouse.connection.integer("select count(*) from prediction") == samples)
    #expect(try warehouse.connection.integer("select count(*) from activation") == count)
    #expect(try warehouse.connection.integer("select count(*) from significance") == count)
    #expect(try warehouse.connection.integer("select count(*) from pragma_foreign_key_check") == 0)
    for layer in setting.layers {
      var number = 0
      try warehouse.forEachSignificance(run: setting.run.id, layer: layer.id) { sample, bits in
        #expect(sample.position == 2 * number)
        #expect(sample.classPosition == number % 2)
        let found = bits.withUnsafeBytes { Array($0) }
        #expect(difference(found, blob("b", layer.position, number)) == nil)
        number += 1
      }
      #expect(number == samples)
    }
  }

  @Test func aStateToldLaterIsAdded() throws {
    let warehouse = try warehouse()
    var told = model()
    told.state = nil
    #expect(try warehouse.ensure(told, layers: []).model.state == nil)
    told.state = "best"
    #expect(try warehouse.ensure(told, layers: []).model.state == "best")
    told.state = nil
    #expect(try warehouse.ensure(told, layers: []).model.state == "best")
    told.state = "random"
    let conflict = WarehouseError.conflict(
      path: warehouse.path, what: "model net", stored: "state best", given: "state random")
    #expect(throws: conflict) { _ = try warehouse.ensure(told, layers: []) }
  }

  @Test func recordsAreFoundAgainByContent() throws {
    let warehouse = try warehouse()
    let first = try warehouse.ensure(model(), layers: twoLayers)
    let again = try warehouse.ensure(model("another name"), layers: twoLayers)
    #expect(again.model == first.model)
    #expect(again.layers == first.layers)
    #expect(again.layers.map(\.record) == twoLayers)
    #expect(try warehouse.layers(model: first.model.id) == first.layers)
    let other = try warehouse.ensure(model(sha: "bb"), layers: [])
    #expect(other.model.name == "net (2)")
    #expect(try warehouse.ensure(model(sha: "cc"), layers: []).model.name == "net (3)")
    let dataSet = try warehouse.ensure(animals)
    #expect(try warehouse.ensure(animals) == dataSet)
    #expect(try warehouse.dataSet(dataSet.id) == dataSet)
    #expect(try warehouse.classes(dataSet: dataSet.id).map(\.record) == animals.classes)
  }

  @Test func layerOfAnotherShapeIsAConflict() throws {
    let warehouse = try warehouse()
    _ = try warehouse.ensure(model(), layers: twoLayers)
    var other = twoLayers[0]
    other.inputs = 6
    #expect(throws: WarehouseError.self) { try warehouse.ensure(model(), layers: [other]) }
  }

  @Test func layersWithoutInputsAreDamage() throws {
    let warehouse = try warehouse()
    let stored = try warehouse.ensure(model(), layers: twoLayers)
    for damage in ["n_in = 0", "n_out = -3", "n_in = 9223372036854775807"] {
      try warehouse.connection.execute(
        """
        pragma ignore_check_constraints = on;
        update layer set \(damage); pragma ignore_check_constraints = off
        """)
      let error = #expect(throws: WarehouseError.self) {
        try warehouse.layers(model: stored.model.id)
      }
      #expect(error?.description.contains("damaged: layer fc1 has") == true)
    }
  }

  @Test func aDataSetOfOtherClassesIsAConflict() throws {
    let warehouse = try warehouse()
    let dataSet = try warehouse.ensure(animals)
    try warehouse.connection.execute("delete from class where position = 1")
    #expect(
      throws: WarehouseError.conflict(
        path: warehouse.path, what: "data set animals:test", stored: "classes n01",
        given: "classes n01, n02")
    ) { try warehouse.ensure(animals) }
    #expect(try warehouse.classes(dataSet: dataSet.id).count == 1)
  }

  @Test(arguments: [nil, "{\"epochs\": 3}", "[1]", "3", "\"a\"", "loss 0.1", "{", ""])
  func trainingRecordsAreKeptWhereTheyAreObjects(_ training: String?) throws {
    let warehouse = try warehouse()
    var record = model()
    record.training = training
    let kept = try warehouse.ensure(record, layers: []).model.training
    #expect(kept == (training == "{\"epochs\": 3}" ? training : nil))
  }

  @Test func aRunThatIsNotAsItsIdentitySaysIsRefused() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(0..<4, setting.layers))
    try writer.flush()
    try warehouse.connection.execute("update run set n_samples = 3")
    #expect(
      throws: WarehouseError.corrupt(
        path: warehouse.path, message: "run run has 4 predictions for 3 samples")
    ) { try warehouse.state(of: try warehouse.run(setting.run.id)) }
    #expect(
      throws: WarehouseError.conflict(
        path: warehouse.path, what: "run run", stored: "model 1, data set 1, 3 samples",
        given: "model 1, data set 1, 10 samples")
    ) { try setUp(warehouse) }
  }

  @Test func runsAreFoundByIdentityAndName() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    #expect(setting.state == .new(setting.run))
    #expect(setting.run.permutationSeed == .max)
    #expect(setting.run.startedAt.count == 20)
    #expect(try setUp(warehouse).state == .resume(setting.run, committed: 0))
    let second = try setUp(warehouse, identity: "i2").run
    #expect(second.name == "run (2)")
    #expect(try warehouse.runs() == [setting.run, second])
    #expect(try warehouse.layers(run: second.id) == setting.layers)
  }

  @Test func aRunGoesThroughItsStates() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(0..<4, setting.layers))
    try writer.flush()
    #expect(try warehouse.state(of: setting.run) == .resume(setting.run, committed: 4))
    #expect(throws: WarehouseError.self) { try writer.finish(profiles(setting.layers)) }
    try writer.submit(batch(4..<10, setting.layers))
    try writer.flush()
    #expect(try warehouse.state(of: setting.run) == .resume(setting.run, committed: 10))
    try writer.finish(profiles(setting.layers))
    #expect(try setUp(warehouse).state == .unmeasured(setting.run))
    try warehouse.complete(run: setting.run.id)
    let complete = try setUp(warehouse).state
    #expect(complete.run.completedAt != nil)
    #expect(complete == .complete(complete.run))
    // Its first completion's time stays.
    try warehouse.connection.execute("update run set completed_at = '2026-01-01T00:00:00Z'")
    try warehouse.complete(run: setting.run.id)
    #expect(try warehouse.run(setting.run.id).completedAt == "2026-01-01T00:00:00Z")
    try expectWhole(warehouse, setting, samples: 10)
    #expect(try warehouse.connection.integer("select sum(correct) from prediction") == 6)
  }

  @Test func anInterruptedRunGoesOnWhereItsLastBatchEnded() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    do {
      let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
      try writer.submit(batch(0..<3, setting.layers))
      try writer.submit(batch(3..<7, setting.layers))
      try writer.flush()
    }
    guard case .resume(let run, committed: 7) = try setUp(warehouse).state else {
      Issue.record("not to be resumed after 7 samples")
      return
    }
    let writer = try RunWriter(try self.warehouse(), run: run.id)
    try writer.submit(batch(7..<10, setting.layers))
    try writer.finish(profiles(setting.layers))
    try expectWhole(warehouse, setting, samples: 10)
  }

  @Test func moreBatchesThanTheQueueHolds() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse, samples: 50)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id, capacity: 1)
    for start in stride(from: 0, to: 50, by: 2) {
      try writer.submit(batch(start..<start + 2, setting.layers))
    }
    try writer.finish([])
    try expectWhole(warehouse, setting, samples: 50)
  }

  /// The log is moved into the file meanwhile, and begins anew.
  @Test func theLogStaysSmallHoweverMuchIsWritten() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse, samples: 24)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    for start in stride(from: 0, to: 24, by: 2) {
      var batch = batch(start..<start + 2, setting.layers)
      batch.layers[0].z = (0..<2).map { [UInt8](repeating: UInt8(start + $0), count: 4 << 20) }
      try writer.submit(batch)
    }
    try writer.flush()
    #expect((1..<(48 << 20)).contains(scratch.size("w.db-wal")))
    #expect(scratch.size("w.db") > 40 << 20)
    try writer.finish([])
    #expect(
      try warehouse.connection.integer("select count(*) from activation where length(z) = 4194304")
        == 24)
    #expect(try warehouse.connection.first("pragma quick_check") == "ok")
  }

  @Test func samplesAreSharedByRunsOfOneDataSet() throws {
    let warehouse = try warehouse()
    for identity in ["a", "b"] {
      let setting = try setUp(warehouse, identity: identity)
      let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
      try writer.submit(batch(0..<10, setting.layers))
      try writer.finish([])
      #expect(try warehouse.samples(run: setting.run.id).map(\.position) == (0..<10).map { 2 * $0 })
    }
    #expect(try warehouse.connection.integer("select count(*) from sample") == 10)
    #expect(try warehouse.connection.integer("select count(*) from prediction") == 20)
  }

  /// A sample's true, predicted, permuted and assigned classes are four columns of four sources.
  @Test func everyClassOfASampleIsItsOwn() throws {
    let warehouse = try warehouse()
    var net = model()
    net.outputs = .unnamed(6)
    let stored = try warehouse.ensure(net, layers: twoLayers).model
    // Another data set first, so that class ids are not positions + 1.
    _ = try warehouse.ensure(animals)
    let set = try warehouse.ensure(
      DataSetRecord(
        name: "five", fingerprint: "five", sampleCount: 5,
        classes: (0..<5).map { ClassRecord(key: "k\($0)", name: "n\(4 - $0)") }))
    // Output o says class 4 − o, and the last one says none.
    try warehouse.ensure(pairing: [4, 3, 2, 1, 0, nil], model: stored, dataSet: set)
    let run = try warehouse.ensure(
      RunRecord(
        name: "r", modelID: stored.id, dataSetID: set.id, identity: "r", preprocessing: "none",
        selection: "{}", sampleCount: 5, permutationSeed: 1, engramVersion: "0.1.0",
        cpuLevel: "any"), layers: [])
    let all = [Int](0..<5)
    func shifted(_ by: Int) -> [Int] { all.map { ($0 + by) % 5 } }
    var batch = Batch(
      positions: all, keys: all.map { "s\($0)" }, classes: all, permuted: shifted(1),
      predicted: [2, 1, 0, 5, 3], confidence: all.map { _ in 0.5 }, loss: all.map { _ in 1 },
      layers: [])
    batch.assigned = shifted(3).map { $0 == 3 ? nil : $0 }
    let writer = try RunWriter(
      try Warehouse.open(scratch.path("w.db"), mode: .write), run: run.run.id)
    try writer.submit(batch)
    try writer.flush()
    var rows = try warehouse.connection.prepare(
      """
      select c.key, m.key, p.key, ifnull(a.key, '-') from prediction join sample using (sample_id)
      join class as c on c.class_id = sample.class_id join class as p on p.class_id = prediction.class_id
      join class as m on m.class_id = permuted_class_id
      left join class as a on a.class_id = assigned_class_id order by sample.position
      """)
    var found: [String] = []
    while try rows.step() { found.append((0..<4).map { rows.text($0) }.joined(separator: " ")) }
    #expect(
      found == ["k0 k1 k2 -", "k1 k2 k3 k4", "k2 k3 k4 k0", "k3 k4 output 5 k1", "k4 k0 k1 k2"])
  }

  @Test func aBatchWrittenTwiceIsRefusedWhole() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(0..<4, setting.layers))
    try writer.submit(batch(3..<10, setting.layers))
    let taken = WarehouseError.writtenTwice(path: warehouse.path, run: "run")
    #expect(throws: taken) { try writer.flush() }
    #expect(throws: taken) { try writer.submit(batch(4..<10, setting.layers)) }
    #expect(throws: taken) { try writer.finish([]) }
    try expectWhole(warehouse, setting, samples: 4)
  }

  @Test func fullDiskLeavesWholeBatchesAndTheRunCanGoOn() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse, samples: 6)
    do {
      let small = try self.warehouse()
      let pages = try small.connection.integer("pragma page_count") ?? 0
      try small.connection.execute("pragma max_page_count = \(pages + 20)")
      let writer = try RunWriter(small, run: setting.run.id)
      try writer.submit(batch(0..<2, setting.layers))
      try writer.flush()
      #expect(throws: WarehouseError.diskFull(path: warehouse.path)) {
        try writer.submit(batch(2..<6, setting.layers, size: 100_000))
        try writer.flush()
      }
    }
    try expectWhole(warehouse, setting, samples: 2)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(2..<6, setting.layers))
    try writer.finish([])
    try expectWhole(warehouse, setting, samples: 6)
  }

  @Test func twoWritersTakeTurns() throws {
    let warehouse = try warehouse()
    let a = try setUp(warehouse, samples: 40, identity: "a")
    let b = try setUp(warehouse, samples: 40, identity: "b")
    let writers = [
      try RunWriter(try self.warehouse(), run: a.run.id),
      try RunWriter(try self.warehouse(), run: b.run.id),
    ]
    for start in 0..<40 {
      for writer in writers { try writer.submit(batch(start..<start + 1, a.layers)) }
    }
    for writer in writers { try writer.finish([]) }
    #expect(try warehouse.committedSamples(run: a.run.id) == 40)
    #expect(try warehouse.committedSamples(run: b.run.id) == 40)
  }

  @Test func finishedFileStandsAlone() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(0..<10, setting.layers))
    try writer.finish(profiles(setting.layers))
    #expect(scratch.size("w.db-wal") == 0)
    let copy = try scratch.write(scratch.read("w.db"), to: "copy.db")
    try expectWhole(try Warehouse.open(copy, mode: .readOnly), setting, samples: 10)
  }

  @Test func activationsAreReadByClass() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(0..<10, setting.layers))
    try writer.finish([])
    let dog = try warehouse.classes(dataSet: setting.run.dataSetID)[1].id
    for classID in [nil, dog] {
      var numbers: [Int] = []
      try warehouse.forEachActivation(
        run: setting.run.id, layer: setting.layers[1].id, classID: classID
      ) { sample, x, z in
        let number = sample.position / 2
        numbers.append(number)
        #expect(x.withUnsafeBytes { Array($0) } == blob("x", 1, number))
        #expect(z.withUnsafeBytes { Array($0) } == blob("z", 1, number))
      }
      #expect(numbers == (0..<10).filter { classID == nil || $0 % 2 == 1 })
    }
  }

  @Test func profilesStandBlockByBlockWithAllClasses() throws {
    let warehouse = try warehouse()
    let setting = try setUp(warehouse)
    let writer = try RunWriter(try self.warehouse(), run: setting.run.id)
    try writer.submit(batch(0..<10, setting.layers))
    try writer.finish(profiles(setting.layers))
    try writer.finish(profiles(setting.layers))
    var rows = try warehouse.connection.prepare(
      """
      select block, class.position, n_samples, counts from class_profile join class using (class_id)
      where run_id = ? and layer_id = ? and kind = ? and grouping = ? order by block, class.position
      """)
    func counts(_ kind: ProfileKind, _ grouping: ProfileGrouping) throws -> [[[UInt8]]] {
      try rows.bind([
        .integer(setting.run.id), .integer(setting.layers[1].id), .text(kind.rawValue),
        .text(grouping.name),
      ])
      defer { rows.reset() }
      var blocks: [[[UInt8]]] = []
      while try rows.step() {
        if rows.int(1) == 0 { blocks.append([]) }
        #expect(rows.int(0) == blocks.count - 1 && rows.int(2) == 5)
        blocks[blocks.count - 1].append(rows.bytes(3))
      }
      return blocks
    }
    #expect(
      try counts(.interaction, .true) == [[[1, 0, 0], [1, 0, 1]], [[1, 1, 0], [1, 1, 1]]])
    #expect(try counts(.neuron, .permuted) == [])
  }
}
