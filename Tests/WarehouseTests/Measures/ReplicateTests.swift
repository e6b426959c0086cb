// Replicates against a slow recount of resampled samples, their pairing, and what becomes of their rows.

import Analytics
import Bits
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct ReplicateTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func setting(
    _ name: String = "w.db", sizes: [Int] = [8, 47, 9], seed: UInt64 = 1, model: String = "aa",
    bitsets: BitsetPolicy = .stored
  ) throws -> MeasureSetting {
    try MeasureSetting(
      path: scratch.path(name), sizes: sizes, seed: seed, model: model, bitsets: bitsets
    ) { _, generator in (0..<4).map { _ in Float(generator.below(9)) } }
  }

  private func values(
    _ warehouse: borrowing Warehouse, run: Int, layer: String, kind: String, measure: String
  ) throws -> [Double] {
    var rows = try warehouse.connection.prepare(
      """
      select value from replicates where run_id = ? and layer = ? and kind = ? and measure = ?
      order by ifnull(class_position, 0), ifnull(rule, ''), replicate
      """)
    try rows.bind([.integer(run), .text(layer), .text(kind), .text(measure)])
    var values: [Double] = []
    while try rows.step() { values.append(rows.double(0)) }
    return values
  }

  @Test(arguments: [BitsetPolicy.stored, .derived])
  func replicatesAreMeasuresOfDrawnSamples(_ bitsets: BitsetPolicy) throws {
    let setting = try setting(bitsets: bitsets)
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.bootstrap(run: setting.run, replicates: 7, seed: 5)
    // 2 layers × 2 kinds × 6 measures, and 2 of activations; 3 ranks and 2 means by 6 rules.
    #expect(summary.rows == ["replicate": 7 * (24 + 4 + 30)] && summary.notes == [])
    let oracle = ResampledOracle(seed: 5)
    let members = setting.sizes.indices.map { label in
      setting.classes.indices.filter { setting.classes[$0] == label }
    }
    for replicate in 0..<7 {
      let drawn = members.enumerated().map {
        oracle.drawn($1, label: $0, replicate: replicate)
      }
      for (index, layer) in setting.layers.enumerated() {
        for (kind, bits) in [
          ("interaction", setting.bits[index]), ("neuron", setting.neurons[index]),
        ] {
          for (measure, expected) in ResampledOracle.measures(bits, drawn) {
            let found = try values(
              warehouse, run: setting.run, layer: layer.name, kind: kind, measure: measure)
            #expect(found.count == 7)
            #expect(abs(found[replicate] - expected) < 1e-9, "\(layer.name) \(kind) \(measure)")
          }
        }
      }
    }
  }

  @Test func ranksAreOfHalves() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    _ = try warehouse.bootstrap(run: setting.run, replicates: 3, seed: 9)
    let oracle = ResampledOracle(seed: 9)
    let rules = RankRule.allCases.map(\.rawValue).sorted()
    for replicate in 0..<3 {
      let manifolds = try setting.sizes.indices.map { label in
        var matrix = SampleMatrix(columns: 4)
        let samples = setting.classes.indices.filter { setting.classes[$0] == label }
        for sample in oracle.half(samples, replicate: replicate) {
          let input = setting.inputs[sample]
          matrix.append(input.span)
        }
        return try Manifold(matrix)
      }
      let ranks = try values(
        warehouse, run: setting.run, layer: "fc2", kind: "input", measure: "rank")
      let overlaps = try values(
        warehouse, run: setting.run, layer: "fc2", kind: "input", measure: "mean_overlap")
      for (index, name) in rules.enumerated() {
        let rule = try #require(RankRule(rawValue: name))
        for (label, manifold) in manifolds.enumerated() {
          let found = ranks[(label * rules.count + index) * 3 + replicate]
          #expect(found == Double(manifold.rank(by: rule).rank))
        }
        var sum = 0
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
          let measures = try manifolds[a].entanglement(with: manifolds[b])
          sum += measures.first { $0.rule == rule }?.entanglement ?? 0
        }
        #expect(abs(overlaps[index * 3 + replicate] - Double(sum) / 3) < 1e-12)
      }
    }
  }

  @Test func halvesOfTooFewSamplesHaveNoRanks() throws {
    let setting = try setting(sizes: [6, 9, 5])
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.bootstrap(run: setting.run, replicates: 2, seed: 0)
    #expect(summary.rows["replicate"] == 56)
    #expect(summary.notes.count == 1 && summary.notes[0].contains("half of 5 samples"))
  }

  @Test func oneSeedPairsRunsAndAnotherDoesNot() throws {
    // The same bits under another model's name are another run over the same samples.
    let first = try setting(seed: 3)
    let second = try setting(seed: 3, model: "bb")
    let warehouse = try Warehouse.open(first.path, mode: .write)
    _ = try warehouse.bootstrap(run: first.run, replicates: 5, seed: 1)
    _ = try warehouse.bootstrap(run: second.run, replicates: 5, seed: 1)
    func measured(_ setting: MeasureSetting) throws -> [Double] {
      try values(
        warehouse, run: setting.run, layer: "fc1", kind: "interaction", measure: "separation")
    }
    let found = try measured(first)
    #expect(first.run != second.run)
    #expect(try measured(second) == found)
    _ = try warehouse.bootstrap(run: second.run, replicates: 5, seed: 2)
    #expect(try measured(second) != found)
    #expect(try measured(first) == found)
  }

  /// Two classes of two samples: one replicate in sixteen draws one sample of each alone, which has no entropy to relate to.
  @Test func whatSomeReplicatesDoNotDefineHasNoRows() throws {
    let setting = try setting(sizes: [2, 2])
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    _ = try warehouse.measure(run: setting.run)
    try warehouse.complete(run: setting.run)
    let summary = try warehouse.bootstrap(run: setting.run, replicates: 200, seed: 0)
    let notes = summary.notes.filter { $0.contains("no replicates of relative_separation") }
    #expect(notes.count == 4 && notes.allSatisfy { $0.hasSuffix(" of 200") }, "\(summary.notes)")
    let measures = try warehouse.connection.integer(
      "select count(distinct measure) from replicate where measure <> 'relative_separation'")
    #expect(measures == 5)
    #expect(try warehouse.verify().filter { $0.status == .damaged && $0.check == "rows" } == [])
    #expect(
      try warehouse.connection.integer(
        "select count(*) from replicate where measure = 'relative_separation'") == 0)
  }

  @Test func rowsComeAndGoWithTheirRun() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    _ = try warehouse.measure(run: setting.run)
    try warehouse.complete(run: setting.run)
    _ = try warehouse.bootstrap(run: setting.run, replicates: 4, seed: 1)
    #expect(try warehouse.sizes(run: setting.run).tables["replicate"] ?? 0 > 0)
    func damaged() throws -> [String] {
      try warehouse.verify().filter { $0.check == "rows" && $0.status == .damaged }.map(\.detail)
    }
    #expect(try damaged() == [])
    let merged = try Warehouse.open(scratch.path("m.db"), mode: .create)
    _ = try Merge([setting.path]).write(into: merged)
    let count = try merged.connection.integer("select count(*) from replicates")
    #expect(count == 4 * 58)

    try warehouse.connection.execute("delete from replicate where replicate = 3 and rule is null")
    #expect(try damaged().count == 1)
    try warehouse.delete(run: setting.run)
    #expect(try warehouse.connection.integer("select count(*) from replicate") == 0)
  }

  /// Predictions and activations that are not of the same samples, as damaged indexes have them.
  @Test(
    arguments: [BitsetPolicy.stored, .derived],
    [
      """
      insert into sample (sample_id, dataset_id, position, key, class_id)
      select 999, dataset_id, 999, 'other', class_id from sample where sample_id = 3;
      update prediction set sample_id = 999 where sample_id = 3
      """,
      "delete from activation where sample_id = 3 and layer_id = 1",
      "delete from activation where sample_id = 3 and layer_id = 2",
    ])
  func otherSamplesThanPredictedAreDamage(_ bitsets: BitsetPolicy, _ damage: String) throws {
    let setting = try setting(bitsets: bitsets)
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    try warehouse.connection.execute(damage)
    let error = #expect(throws: WarehouseError.self) {
      try warehouse.bootstrap(run: setting.run, replicates: 3, seed: 1)
    }
    #expect(error?.description.contains("are of different samples") == true, "\(error as Any)")
  }
}
