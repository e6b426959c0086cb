// A sound warehouse verifies, and whatever is changed in one is found where it was changed.

import Bits
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct VerifyTests {
  private let scratch: Scratch
  private static let layers = [
    LayerRecord(position: 0, name: "fc1", inputs: 9, outputs: 6, hasBias: true),
    LayerRecord(
      position: 1, name: "fc2", inputs: 6, outputs: 3, hasBias: false, rectifies: "fc1"),
  ]

  init() throws { scratch = try Scratch() }

  /// Two layers, 14 samples of three classes, ingested and measured.
  private func make(_ bitsets: BitsetPolicy, _ profiles: ProfilePolicy) throws -> String {
    let path = scratch.path("\(bitsets)-\(profiles).db")
    let warehouse = try Warehouse.open(path, mode: .create)
    let samples = 14
    let set = try warehouse.ensure(
      DataSetRecord(
        name: "set", fingerprint: "ff", sampleCount: samples,
        classes: ["a", "b", "c"].map { ClassRecord(key: $0, name: "class \($0)") }))
    let stored = try warehouse.ensure(
      ModelRecord(
        name: "net", architecture: "tiny", weightsSHA256: "aa", parameters: 78,
        outputs: .unnamed(3)),
      layers: Self.layers)
    try warehouse.ensure(pairing: [0, 1, 2], model: stored.model, dataSet: set)
    let run = try warehouse.ensure(
      RunRecord(
        name: "run", modelID: stored.model.id, dataSetID: set.id, identity: "i",
        preprocessing: "none", selection: "{}", bitsets: bitsets, profiles: profiles,
        sampleCount: samples, permutationSeed: 1, engramVersion: "0.1.0", cpuLevel: "any"),
      layers: stored.layers
    ).run.id
    var generator = MeasureGenerator(state: 5)
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(generator.below(2001) - 1000) / 512 }
    }
    var inputs = (0..<samples).map { _ in numbers(9).map { max($0, 0) } }
    var layers: [Batch.Layer] = []
    for layer in stored.layers {
      let weights = LayerWeights(
        shape: try layer.record.shape, weight: numbers(layer.inputs * layer.outputs),
        bias: layer.hasBias ? numbers(layer.outputs) : nil)
      try warehouse.store(weights, of: layer)
      let outputs = inputs.map { x in
        (0..<layer.outputs).map { output in
          x.indices.reduce(weights.bias?[output] ?? 0) {
            $0 + weights.weight[output * layer.inputs + $1] * x[$1]
          }
        }
      }
      let bits = zip(inputs, outputs).map {
        weights.encoder.encode(x: $0.span, z: $1.span, count: 1)[0]
      }
      layers.append(
        Batch.Layer(
          layerID: layer.id,
          x: layer.position == 0 ? inputs.map { SparseVector.encode($0.span) } : [],
          z: outputs.map { FloatVector.encode($0.span) }, bits: bitsets == .stored ? bits : [],
          significant: try bits.map { try Significance.popcount($0.span.bytes) }))
      inputs = outputs.map { $0.map { max($0, 0) } }
    }
    let labels = (0..<samples).map { $0 % 3 }
    let writer = try RunWriter(try Warehouse.open(path, mode: .write), run: run)
    try writer.submit(
      Batch(
        positions: Array(0..<samples), keys: (0..<samples).map { "s\($0)" }, classes: labels,
        permuted: labels.reversed(), predicted: labels,
        confidence: labels.map { _ in 0.5 }, loss: labels.map { _ in 0.7 }, layers: layers))
    try writer.flush()
    try warehouse.countProfiles(run: run)
    _ = try warehouse.measure(run: run)
    try warehouse.complete(run: run)
    return path
  }

  private func verify(_ path: String, samples: Int? = nil) throws -> [VerificationFinding] {
    try Warehouse.open(path, mode: .readOnly).verify(VerifyOptions(samples: samples))
  }

  private func damages(_ path: String) throws -> [VerificationFinding] {
    try verify(path).filter { $0.status == .damaged }
  }

  @Test(arguments: BitsetPolicy.allCases, ProfilePolicy.allCases)
  func `What an ingest wrote is whole`(bitsets: BitsetPolicy, profiles: ProfilePolicy) throws {
    let findings = try verify(try make(bitsets, profiles))
    #expect(findings.filter { $0.status == .damaged } == [])
    // Per file four, per layer's weights, per run its rows and values, per run and layer six.
    #expect(findings.count == 4 + 2 + 2 + 12)
    let skipped = findings.filter { $0.status == .skipped }
    #expect(
      skipped.map(\.check)
        == (profiles == .streamed ? ["interaction counts", "interaction counts"] : []))
    #expect(findings.contains { $0.check == "recomputed" && $0.detail == "14 samples" })
  }

  /// Every fifth byte, and all of them with ENGRAM_FLIPS=all in the environment.
  @Test(arguments: BitsetPolicy.allCases)
  func `Flipping any byte of any blob is found`(bitsets: BitsetPolicy) throws {
    let path = try make(bitsets, .stored)
    let warehouse = try Warehouse.open(path, mode: .write)
    let step = ProcessInfo.processInfo.environment["ENGRAM_FLIPS"] == "all" ? 1 : 5
    var (flipped, seen) = (0, 0)
    for (table, column, check) in [
      ("layer_weight", "weight", "weights"), ("layer_weight", "bias", "weights"),
      ("activation", "x", "activations"), ("activation", "z", "activations"),
      ("significance", "bits", "bitsets"), ("class_profile", "counts", "profiles"),
    ] {
      var blobs: [(id: Int, bytes: [UInt8])] = []
      do {
        var rows = try warehouse.connection.prepare(
          "select \(table)_id, \(column) from \(table) where \(column) is not null")
        while try rows.step() { blobs.append((rows.int(0), rows.bytes(1))) }
      }
      #expect(blobs.isEmpty == (column == "bits" && bitsets == .derived))
      var update = try warehouse.connection.prepare(
        "update \(table) set \(column) = ? where \(table)_id = ?")
      for (id, bytes) in blobs {
        try update.bind(id, at: 2)
        for position in bytes.indices {
          seen += 1
          guard seen % step == 0 else { continue }
          var changed = bytes
          changed[position] ^= UInt8(1 << (flipped % 8))
          try update.bind(changed, at: 1)
          try update.run()
          let found = try damages(path)
          #expect(
            found.count == 1 && found[0].check == check,
            "\(table) \(id), byte \(position) of \(column): \(found)")
          flipped += 1
        }
        try update.bind(bytes, at: 1)
        try update.run()
      }
    }
    #expect(try damages(path) == [])
    print("byte flips, \(bitsets): \(flipped) of \(flipped) found")
    #expect(seen > 2000 && flipped == seen / step)
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let sql: String
    /// Check, and part of what it says.
    let found: [(String, String)]
    var bitsets = BitsetPolicy.stored
    var testDescription: String { sql }
  }

  private static let changes = [
    Change(
      sql: "delete from significance where significance_id = 3",
      found: [
        ("rows", "significance of layer fc1: 13 rows, expected 14"),
        ("interaction counts", "what it holds of layer fc1 are of different samples"),
      ]),
    Change(
      sql: "delete from activation where activation_id = 20",
      found: [
        ("rows", "activation of layer fc2: 13 rows, expected 14"),
        ("neuron counts", "what it holds of layer fc2 are of different samples"),
      ]),
    Change(
      sql: "delete from prediction where prediction_id = 1",
      found: [
        ("rows", "prediction: 13 rows, expected 14"),
        ("rows", "a layer or sample that the run has not: 2 rows"),
      ]),
    Change(
      sql: "pragma foreign_keys = off; delete from sample where sample_id = 2",
      found: [("references", "prediction, row 2: there is no such sample")]),
    Change(
      sql: "update significance set n_significant = n_significant + 1 where significance_id = 5",
      found: [("bitsets", "sample s")]),
    Change(
      sql: "update significance set n_significant = n_significant - 1 where significance_id = 5",
      found: [("recomputed", "n_significant is")], bitsets: .derived),
    Change(
      sql: """
        update significance set bits = other.bits, checksum = other.checksum, n_significant = other.n_significant
        from (select * from significance where significance_id = 1) as other
        where significance.significance_id = 4
        """,
      found: [
        ("recomputed", "its bits are not those of x, z, W and b"),
        ("interaction counts", "other counters"),
      ]),
    Change(
      sql:
        "update activation set z = zeroblob(24), checksum = engram_checksum(x, zeroblob(24)) where activation_id = 2",
      found: [("recomputed", "z of output 0 is not x·W + b"), ("neuron counts", "other counters")]),
    Change(
      sql:
        "update activation set z = zeroblob(20), checksum = engram_checksum(x, zeroblob(20)) where activation_id = 2",
      found: [("activations", "sample s6: ")]),
    Change(
      sql:
        "update activation set x = zeroblob(1), checksum = engram_checksum(zeroblob(1), z) where activation_id = 2",
      found: [("activations", "sample s6: ")]),
    Change(
      sql:
        "update significance set bits = x'4542', checksum = engram_checksum(x'4542') where significance_id = 2",
      found: [("bitsets", "sample s")]),
    Change(
      sql: """
        update layer_weight set weight = zeroblob(216), checksum = engram_checksum(zeroblob(216), bias)
        where layer_weight_id = 1
        """, found: [("weights", "they do not have weights_sha256")]),
    Change(
      sql: "delete from layer_weight; update layer set weights_sha256 = null",
      found: [("weights", "missing, while bitsets are to be derived with them")], bitsets: .derived),
    Change(
      sql: """
        update class_profile set counts = other.counts, checksum = other.checksum
        from (select * from class_profile where grouping = 'permuted' and kind = 'interaction' limit 1) as other
        where class_profile.class_profile_id =
          (select class_profile_id from class_profile where grouping = 'true' and kind = 'interaction' limit 1)
        """,
      found: [("interaction counts", "true class a, block 0: other counters than its samples give")]
    ),
    Change(
      sql: "delete from class_profile where kind = 'neuron' and class_id = 3 and layer_id = 2",
      found: [("neuron counts", "true class c: 0 blocks, expected 1")]),
    Change(
      sql: "update run set selection = 'all'",
      found: [("rows", "no JSON: 1 rows, expected 0")]),
    Change(
      sql: "update model set training = '{'",
      found: [("rows", "no JSON: 1 rows, expected 0")]),
    Change(
      sql: """
        update sparsity set histogram = '[1]' where sparsity_id = 1; update sparsity set histogram = 'x' where sparsity_id = 2
        """,
      found: [("rows", "no array of 20 shares: 2 rows, expected 0")]),
    Change(
      sql: "update class_profile set n_samples = 9 where class_profile_id = 1",
      found: [
        ("profiles", "expected 9"),
        ("neuron counts", "true class a, block 0: 9 samples, expected 5"),
      ]),
    Change(
      sql: "delete from divergence where divergence_id = 1",
      found: [("rows", "divergence of interactions, true classes: 17 rows, expected 18")]),
    Change(
      sql: "delete from sparsity where class_id is null",
      found: [("rows", "sparsity of interactions: 6 rows, expected 8")]),
    Change(
      sql: """
        insert into embedding_method (run_id, layer_id, method, vector, n_samples, x_share, y_share)
        values (1, null, 'pca', null, 2, 0.5, 0.25);
        insert into embedding (run_id, layer_id, method, sample_id, x, y) values (1, null, 'pca', 1, 0, 0)
        """,
      found: [
        (
          "rows",
          "embedding_method that says another number of samples than there are in embedding: 1 rows"
        )
      ]),
    Change(
      sql: """
        insert into activation_index (run_id, layer_id, neuron, n_samples, first_position, last_position, edges, codes,
          checksum) select 1, 2, 0, count(*), 0, count(*) - 1, x'00', x'00', 0 from prediction where run_id = 1
        """,
      found: [
        ("rows", "activation_index of some of a layer's neurons: 1 rows, expected 0"),
        ("index", "neuron 0: not what the activations make"),
      ]),
    Change(
      sql:
        "insert into embedding (run_id, layer_id, method, sample_id, x, y) values (1, 2, 'pca', 1, 0, 0)",
      found: [("rows", "than there are in embedding: 1 rows")]),
    Change(
      sql:
        "pragma writable_schema = on; delete from sqlite_schema where name = 'significance_density'",
      found: [("schema", "significance_density: missing")]),
  ]

  @Test(arguments: changes)
  func `What is wrong is found where it is`(change: Change) throws {
    let path = try make(change.bitsets, .stored)
    do {
      let warehouse = try Warehouse.open(path, mode: .write)
      try warehouse.connection.execute(change.sql)
    }
    let found = try damages(path)
    for (check, part) in change.found {
      #expect(found.contains { $0.check == check && $0.detail.contains(part) }, "\(found)")
    }
  }

  /// Every column of every table that has a range, by a file whose schema lets everything pass.
  @Test(arguments: RunTable.all.filter { !$0.ranges.isEmpty }.map(\.name))
  func `A number out of range is found`(name: String) throws {
    let table = try #require(RunTable.all.first { $0.name == name })
    let path = try make(.stored, .stored)
    let warehouse = try Warehouse.open(path, mode: .write)
    _ = try warehouse.bootstrap(run: 1, replicates: 3, seed: 0)
    for layer in try warehouse.layers(run: 1) { _ = try warehouse.makeIndex(run: 1, layer: layer) }
    try warehouse.connection.execute(
      """
      pragma ignore_check_constraints = on;
      insert into detector values (1, 'energy');
      insert into score (run_id, reference_run_id, layer_id, detector_id, sample_id, score)
      values (1, 1, 2, 1, 1, -0.5);
      insert into run_thumbnail (run_id, sample_id, mime_type, width, height, image, checksum)
      values (1, 1, 'image/png', 2, 2, x'00', 0);
      insert into embedding_method (run_id, layer_id, method, vector, n_samples, x_share, y_share, perplexity, iterations,
        seed, divergence) values (1, 2, 'tsne', 'z', 1, 0.5, 0.25, 30, 500, 0, 1.5);
      insert into embedding (run_id, layer_id, method, sample_id, x, y) values (1, 2, 'tsne', 1, 0.5, -0.5)
      """)
    func values() throws -> [VerificationFinding] {
      try damages(path).filter { $0.check == "values" }
    }
    // Of several runs tables are looked at as a whole.
    let isDrawn = table.content == .measures || name == "prediction"
    /// By each run's rows and by whole tables, of all tables and where one is read.
    func areDrawable() throws -> [Bool] {
      try [1, 2].flatMap { count in
        let runs = [(id: Int, name: String)](repeating: (1, "r"), count: count)
        let measured = try MeasuredRows(warehouse.connection, of: runs)
        return [
          (try? measured.check(warehouse.connection)) != nil,
          !isDrawn
            || (try? measured.each(warehouse.connection, table, [table.run]) { _ in }) != nil,
        ]
      }
    }
    #expect(try values() == [])
    #expect(try areDrawable() == [true, true, true, true])
    let rows = "from \(name) where \(table.run) = 1"
    #expect(try warehouse.connection.integer("select count(*) \(rows)") ?? 0 > 0)
    for range in table.ranges {
      let row = try warehouse.connection.integer(
        "select max(rowid) \(rows) and \(range.column) is not null")
      guard let row, row > 0 else {
        Issue.record("no row of \(name) has a \(range.column)")
        continue
      }
      let before = try warehouse.connection.first(
        "select \(range.column) from \(name) where rowid = ?", .integer(row))
      for bad in ["-9223372036854775807", "9223372036854775807", "9e999", "-9e999"] {
        // A whole number takes no infinity.
        if case .integer = before, bad.contains("e") { continue }
        // What has no bound on this side but finiteness.
        if case .real = before, !bad.contains("e") { continue }
        try warehouse.connection.execute(
          "update \(name) set \(range.column) = \(bad) where rowid = \(row)")
        let found = try values()
        let expected = "\(name).\(range.column): 1 rows are out of range"
        #expect(
          found.contains { $0.detail.hasPrefix(expected) }, "\(range.column) = \(bad): \(found)")
        #expect(
          try areDrawable().allSatisfy { $0 != isDrawn }, "\(range.column) = \(bad)")
      }
      try warehouse.connection.run(
        "update \(name) set \(range.column) = ? where rowid = ?", before ?? .null, .integer(row))
    }
    #expect(try values() == [])
  }

  @Test func `The seed chooses which samples are computed once more`() throws {
    let path = try make(.stored, .stored)
    do {
      let warehouse = try Warehouse.open(path, mode: .write)
      // One sample of one layer whose bits are another's.
      try warehouse.connection.execute(Self.changes[6].sql)
    }
    let found = try (0..<40).map { seed in
      try Warehouse.open(path, mode: .readOnly)
        .verify(VerifyOptions(samples: 3, seed: seed))
        .contains { $0.check == "recomputed" && $0.status == .damaged }
    }
    // 3 of 14 samples.
    #expect((1...25).contains(found.count { $0 }))
    let again = try Warehouse.open(path, mode: .readOnly).verify(VerifyOptions(samples: 3, seed: 7))
    #expect(again.contains { $0.check == "recomputed" && $0.status == .damaged } == found[7])
    #expect(again.contains { $0.check == "recomputed" && $0.detail == "3 samples" })
  }

  @Test func `Many damages of one kind are counted`() throws {
    let path = try make(.stored, .stored)
    do {
      let warehouse = try Warehouse.open(path, mode: .write)
      try warehouse.connection.execute(
        "update class_profile set checksum = checksum + 1 where layer_id = 1; update run set name = 'r'"
      )
    }
    let found = try damages(path).filter { $0.check == "profiles" }
    #expect(found.count == 12 && found.allSatisfy { $0.run == "r" && $0.layer == "fc1" })
    #expect(throws: WarehouseError.self) {
      try Warehouse.open(path, mode: .readOnly).verify(VerifyOptions(run: 2))
    }
  }
}
