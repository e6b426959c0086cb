// Likelihood rows against the definition, bit by bit: of a run's own samples, of twins, and of strangers.

import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct LikelihoodTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func setting(
    sizes: [Int] = [6, 9, 5], seed: UInt64, keys: [String] = ["a", "b", "c"]
  ) throws -> MeasureSetting {
    try MeasureSetting(path: scratch.path("w.db"), sizes: sizes, seed: seed, keys: keys) {
      _, generator in (0..<4).map { _ in Float(generator.below(9)) }
    }
  }

  /// ln L of a pattern under the samples that a class keeps.
  private func logLikelihood(_ pattern: [Bool], _ learned: [[Bool]]) -> Double {
    pattern.indices.reduce(0) { sum, index in
      let p =
        (Double(learned.count { $0[index] }) + 0.5) / (Double(learned.count) + 1)
      return sum + log(pattern[index] ? p : 1 - p)
    }
  }

  /// Every class's, by key; `leavesOut`: sample n of the profiles is left out of its class where sample n is scored.
  private func expected(
    _ scored: [[Bool]], _ profiles: MeasureSetting, _ learned: [[Bool]], leavesOut: Bool
  ) -> [[String: Double]] {
    scored.indices.map { sample in
      var values: [String: Double] = [:]
      for label in profiles.sizes.indices where profiles.sizes[label] > 0 {
        let members = learned.indices.filter {
          profiles.classes[$0] == label && !(leavesOut && $0 == sample)
        }
        values[profiles.keys[label]] = logLikelihood(scored[sample], members.map { learned[$0] })
      }
      return values
    }
  }

  private func check(
    _ scored: MeasureSetting, under profiles: MeasureSetting, leavesOut: Bool,
    in connection: borrowing Connection
  ) throws {
    for (index, layer) in scored.layers.enumerated() {
      for (kind, own, learned) in [
        ("interaction", scored.bits[index], profiles.bits[index]),
        ("neuron", scored.neurons[index], profiles.neurons[index]),
      ] {
        let expected = expected(own, profiles, learned, leavesOut: leavesOut)
        var rows = try connection.prepare(
          """
          select sample.position, own, predicted, other, fit, class.key, is_left_out, grouping, alpha
          from likelihood join sample using (sample_id) join class on class.class_id = fit_class_id
          where run_id = ? and profile_run_id = ? and likelihood.layer_id = ? and kind = ?
          order by sample.position
          """)
        try rows.bind([
          .integer(scored.run), .integer(profiles.run), .integer(layer.id), .text(kind),
        ])
        var (found, wanted) = ([[Double?]](), [[Double?]]())
        var (told, said) = ([String](), [String]())
        for sample in scored.classes.indices {
          #expect(try rows.step())
          let values = expected[sample]
          let key = scored.keys[scored.classes[sample]]
          // The runs of a MeasureSetting predict every class right, and an output is the class of its position.
          let predicted = profiles.keys[scored.classes[sample]]
          let best = try #require(values.max { $0.value < $1.value })
          let other = values.filter { $0.key != predicted }.values.max()
          found.append((1...4).map { rows.isNull($0) ? nil : rows.double($0) })
          wanted.append([values[key], values[predicted], other, best.value])
          // Of classes that fit alike, either may be told.
          let isAlone = values.values.count { abs($0 - best.value) <= 1e-6 * abs(best.value) } == 1
          told.append(
            "\(rows.int(0)) \(isAlone ? rows.text(5) : "") \(rows.int(6)) \(rows.text(7)) \(rows.double(8))"
          )
          said.append("\(sample) \(isAlone ? best.key : "") \(leavesOut ? 1 : 0) true 0.5")
        }
        #expect(difference(told, said) == nil, "\(layer.name) \(kind)")
        for (column, name) in ["own", "predicted", "other", "fit"].enumerated() {
          #expect(
            difference(
              found.map { $0[column] }, wanted.map { $0[column] }, absolute: 0, relative: 5e-7)
              == nil, "\(name) of \(layer.name) \(kind)")
        }
        #expect(try !rows.step())
      }
    }
  }

  @Test func aSampleIsLeftOutOfItsOwnClass() throws {
    // Classes of one sample have an empty profile without it.
    let setting = try setting(sizes: [6, 9, 1], seed: 1)
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.measure(run: setting.run)
    #expect(summary.rows["likelihood"] == 96)
    try check(setting, under: setting, leavesOut: true, in: warehouse.connection)
    let again = try warehouse.measure(run: setting.run, under: setting.run)
    #expect(again.rows == ["likelihood": 96])
    #expect(try warehouse.connection.integer("select count(*) from likelihood") == 96)
  }

  @Test func aTwinIsLeftOutByItsCleanBits() throws {
    let clean = try setting(seed: 1)
    let attacked = try setting(seed: 2)
    let warehouse = try Warehouse.open(clean.path, mode: .write)
    for _ in 0..<2 {
      let summary = try warehouse.measure(run: attacked.run, under: clean.run)
      #expect(summary.rows == ["likelihood": 120])
    }
    try check(attacked, under: clean, leavesOut: true, in: warehouse.connection)
    #expect(try warehouse.connection.integer("select count(*) from likelihood") == 120)
    // Deleting the profiles' run takes the rows with it.
    try warehouse.delete(run: clean.run)
    #expect(try warehouse.connection.integer("select count(*) from likelihood") == 0)
  }

  @Test func strangersArePairedByClassKey() throws {
    let profiles = try setting(seed: 1)
    let scored = try setting(sizes: [4, 3, 2], seed: 2, keys: ["c", "x", "a"])
    let warehouse = try Warehouse.open(profiles.path, mode: .write)
    _ = try warehouse.measure(run: scored.run, under: profiles.run)
    try check(scored, under: profiles, leavesOut: false, in: warehouse.connection)
  }

  @Test func runsThatCannotBeScored() throws {
    let a = try setting(seed: 1)
    let b = try MeasureSetting(
      path: a.path, sizes: [3], seed: 4, model: "bb", input: { _, _ in [1, 2, 3, 4] })
    let warehouse = try Warehouse.open(a.path, mode: .write)
    let error = #expect(throws: MeasureError.self) {
      try warehouse.measure(run: a.run, under: b.run)
    }
    #expect(error?.description.contains("likelihoods are between two runs of one model") == true)
    try warehouse.connection.execute("delete from class_profile where run_id = \(a.run)")
    #expect(throws: MeasureError.self) { try warehouse.measure(run: a.run, under: a.run) }
    try warehouse.connection.execute(
      "delete from significance where run_id = \(b.run) and sample_id % 2 = 0")
    #expect(throws: WarehouseError.self) { try warehouse.measure(run: b.run, under: b.run) }
  }
}
