// The control in activation space as rows: which classes, runs and samples they are of. GaussianProfilesTests holds the
// formulas to SciPy.

import Analytics
import Bits
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct ActivationTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func setting(
    sizes: [Int] = [6, 9, 5], seed: UInt64 = 1, keys: [String] = ["a", "b", "c"]
  ) throws -> MeasureSetting {
    try MeasureSetting(path: scratch.path("w.db"), sizes: sizes, seed: seed, keys: keys) {
      _, generator in
      (0..<4).map { _ in Float(generator.below(7)) }
    }
  }

  /// Runs stored as bits have z = ±1.
  private func moments(
    _ setting: MeasureSetting, _ layer: Int, _ labels: [Int], _ label: Int?
  ) -> NeuronMoments {
    var moments = NeuronMoments(neurons: setting.layers[layer].outputs)
    for (sample, own) in labels.enumerated() where label == nil || own == label {
      let z = z(setting, layer, sample)
      moments.add(z.span)
    }
    return moments
  }

  private func z(_ setting: MeasureSetting, _ layer: Int, _ sample: Int) -> [Float] {
    setting.neurons[layer][sample].map { $0 ? 1 : -1 }
  }

  private func profiles(
    _ setting: MeasureSetting, _ layer: Int, _ labels: [Int], keeping isKept: [Bool]? = nil
  ) -> GaussianProfiles {
    let all = moments(setting, layer, labels, nil)
    return GaussianProfiles(
      all: all, classes: setting.sizes.indices.map { moments(setting, layer, labels, $0) },
      keeping: isKept ?? all.varying)
  }

  @Test func `Classes have rows by true and by permuted labels`() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    _ = try warehouse.measure(run: setting.run)
    for (index, layer) in setting.layers.enumerated() {
      for (grouping, labels) in [("true", setting.classes), ("permuted", setting.permuted)] {
        let expected = profiles(setting, index, labels)
        for (label, id) in setting.classIDs.prefix(3).enumerated() {
          var row = try warehouse.connection.prepare(
            """
            select entropy, entropy_per_interaction, variance_floor, left_out from entropy
            where layer_id = ? and kind = 'activation' and grouping = ? and class_id = ?
            """)
          try row.bind([.integer(layer.id), .text(grouping), .integer(id)])
          #expect(try row.step())
          #expect(row.double(0) == expected.entropy(label))
          #expect(row.double(1) == expected.entropy(label) / Double(expected.kept))
          #expect(row.double(2) == 1e-6 && row.int(3) == expected.leftOut)
          for (other, otherID) in setting.classIDs.prefix(3).enumerated() {
            let kl = try warehouse.connection.first(
              """
              select kl from divergence where layer_id = ? and kind = 'activation' and grouping = ?
                and from_class_id = ? and to_class_id = ? and alpha is null
              """, .integer(layer.id), .text(grouping), .integer(id), .integer(otherID))
            #expect(kl == .real(expected.divergence(label, from: expected, other)))
          }
        }
      }
    }
    // The mean KL per neuron, and no relative separation.
    let separation = try warehouse.connection.integer(
      """
      select count(*) from separation where kind = 'activation' and separation > 0 and separation_permuted > 0
        and relative_separation is null
      """)
    #expect(separation == 2)
  }

  @Test func `Between runs classes pair by key, over the neurons that vary in both`() throws {
    let clean = try setting(seed: 1)
    let shifted = try setting(sizes: [4, 8, 3], seed: 2, keys: ["c", "x", "a"])
    let warehouse = try Warehouse.open(clean.path, mode: .write)
    _ = try warehouse.measure(between: clean.run, and: shifted.run)
    let isKept = zip(
      moments(clean, 0, clean.classes, nil).varying,
      moments(shifted, 0, shifted.classes, nil).varying
    ).map { $0 && $1 }
    let (p, q) = (
      profiles(clean, 0, clean.classes, keeping: isKept),
      profiles(shifted, 0, shifted.classes, keeping: isKept)
    )
    // Class c is the first of the shifted run and the last of the clean one.
    let kl = try warehouse.connection.first(
      """
      select kl from divergence where layer_id = ? and kind = 'activation' and from_run_id = ? and from_class_id = ?
        and to_run_id = ? and to_class_id = ?
      """, .integer(clean.layers[0].id), .integer(clean.run), .integer(clean.classIDs[2]),
      .integer(shifted.run), .integer(shifted.classIDs[0]))
    #expect(kl == .real(p.divergence(2, from: q, 0)))
  }

  @Test func `An attacked sample leaves its clean twin out of its class`() throws {
    let clean = try setting(sizes: [6, 9, 1], seed: 1)
    let attacked = try setting(sizes: [6, 9, 1], seed: 2)
    let warehouse = try Warehouse.open(clean.path, mode: .write)
    _ = try warehouse.measure(run: attacked.run, under: clean.run)
    let expected = profiles(clean, 0, clean.classes)
    for sample in clean.classes.indices {
      let label = clean.classes[sample]
      let values = expected.logLikelihoods(
        z(attacked, 0, sample), leaving: z(clean, 0, sample), outOf: label)
      var row = try warehouse.connection.prepare(
        """
        select own, fit, is_left_out from likelihood join sample using (sample_id)
        where layer_id = ? and kind = 'activation' and position = ? and profile_run_id = ?
        """)
      try row.bind([.integer(clean.layers[0].id), .integer(sample), .integer(clean.run)])
      #expect(try row.step())
      // The only sample of its class has no likelihood under it.
      #expect(row.isNull(0) == (label == 2))
      if let own = values[label] { #expect(row.double(0) == own) }
      #expect(row.double(1) == values.compactMap { $0 }.max() && row.int(2) == 1)
    }
  }

  @Test func `A file that was measured before has none, and is not damaged`() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    _ = try warehouse.measure(run: setting.run)
    try warehouse.complete(run: setting.run)
    func damaged() throws -> [String] {
      try warehouse.verify().filter { $0.check == "rows" && $0.status == .damaged }.map(\.detail)
    }
    try warehouse.connection.execute("savepoint intact; delete from entropy where entropy_id = 1")
    #expect(try damaged().count == 1)
    try warehouse.connection.execute(
      "rollback to intact; delete from entropy where kind = 'activation'")
    #expect(try damaged() == [])
    try warehouse.connection.execute(
      """
      rollback to intact; release intact;
      delete from entropy where kind = 'activation' and entropy_id = (select max(entropy_id) from entropy)
      """)
    #expect(try damaged().count == 1)
  }
}
