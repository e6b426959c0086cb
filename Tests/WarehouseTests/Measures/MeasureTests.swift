import Analytics
import Bits
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct MeasureTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Class c lies on axes c and c + 1 of four.
  private func onAxes(_ label: Int, _ generator: inout MeasureGenerator) -> [Float] {
    (0..<4).map { $0 == label || $0 == label + 1 ? Float(generator.below(19) - 9) : 0 }
  }

  private func setting(
    _ name: String = "w.db", sizes: [Int] = [6, 9, 5], seed: UInt64 = 1,
    keys: [String] = ["a", "b", "c", "d"], model: String = "aa"
  ) throws -> MeasureSetting {
    try MeasureSetting(
      path: scratch.path(name), sizes: sizes, seed: seed, keys: keys, model: model, input: onAxes)
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(abs(a), 1e-3) }

  private func kl(_ p: [UInt32], _ n: Int, _ q: [UInt32], _ m: Int) -> Double {
    zip(p, q).reduce(0) { sum, pair in
      let a = (Double(pair.0) + 0.5) / (Double(n) + 1)
      let b = (Double(pair.1) + 0.5) / (Double(m) + 1)
      return sum + a * log(a / b) + (1 - a) * log((1 - a) / (1 - b))
    }
  }

  @Test func disorderIsTheDefinition() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.measure(run: setting.run)
    // 2 layers × 2 or 3 kinds × 3 classes, with a row for the run, or in 2 groupings.
    #expect(summary.rows["sparsity"] == 16 && summary.rows["entropy"] == 36)
    for (index, layer) in setting.layers.enumerated() {
      for (kind, data) in [
        ("interaction", setting.bits[index]), ("neuron", setting.neurons[index]),
      ] {
        for (grouping, labels) in [("true", setting.classes), ("permuted", setting.permuted)] {
          for label in 0..<3 {
            let n = Double(setting.sizes[label])
            let entropy = setting.counters(data, labels, label).reduce(0.0) { sum, k in
              let p = Double(k) / n
              return k == 0 || p == 1 ? sum : sum - p * log(p) - (1 - p) * log(1 - p)
            }
            var row = try warehouse.connection.prepare(
              """
              select entropy, entropy_per_interaction, n_samples from entropy
              where layer_id = ? and kind = ? and grouping = ? and class_id = ?
              """)
            try row.bind([
              .integer(layer.id), .text(kind), .text(grouping), .integer(setting.classIDs[label]),
            ])
            #expect(try row.step())
            #expect(isClose(row.double(0), entropy))
            #expect(isClose(row.double(1), entropy / Double(data[0].count)))
            #expect(row.int(2) == setting.sizes[label])
          }
        }
        // The whole run: all samples as one class.
        let all = setting.counters(data, [Int](repeating: 0, count: 20), 0)
        var row = try warehouse.connection.prepare(
          """
          select mean_proportion, never_share, always_share, n_samples, histogram from sparsity
          where layer_id = ? and kind = ? and class_id is null
          """)
        try row.bind([.integer(layer.id), .text(kind)])
        #expect(try row.step())
        let count = Double(all.count)
        #expect(isClose(row.double(0), all.reduce(0) { $0 + Double($1) } / 20 / count))
        #expect(isClose(row.double(1), Double(all.count { $0 == 0 }) / count))
        #expect(isClose(row.double(2), Double(all.count { $0 == 20 }) / count))
        #expect(row.int(3) == 20)
        var bins = [Double](repeating: 0, count: 20)
        for k in all { bins[min(19, Int(k))] += 1 / count }
        let found = row.text(4).dropFirst().dropLast().split(separator: ",").compactMap {
          Double($0)
        }
        #expect(found.count == 20 && zip(found, bins).allSatisfy { isClose($0, $1) })
      }
    }
  }

  @Test func divergenceIsTheDefinition() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.measure(run: setting.run)
    #expect(summary.rows["divergence"] == 108)
    for (index, layer) in setting.layers.enumerated() {
      for (kind, data) in [
        ("interaction", setting.bits[index]), ("neuron", setting.neurons[index]),
      ] {
        for (grouping, labels) in [("true", setting.classes), ("permuted", setting.permuted)] {
          for p in 0..<3 {
            for q in 0..<3 {
              let expected = kl(
                setting.counters(data, labels, p), setting.sizes[p],
                setting.counters(data, labels, q), setting.sizes[q])
              let found = try warehouse.connection.first(
                """
                select kl from divergence where layer_id = ? and kind = ? and grouping = ?
                  and from_class_id = ? and to_class_id = ? and from_run_id = to_run_id
                """, .integer(layer.id), .text(kind), .text(grouping),
                .integer(setting.classIDs[p]), .integer(setting.classIDs[q]))
              guard case .real(let value)? = found else {
                Issue.record("no divergence")
                continue
              }
              #expect(isClose(value, expected))
              if p == q { #expect(value == 0) }
            }
          }
        }
      }
    }
  }

  @Test func manifoldsOfTheLastLayer() throws {
    let setting = try setting(sizes: [8, 9, 3])
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.measure(run: setting.run)
    #expect(summary.rows["rank"] == 18 && summary.rows["entanglement"] == 18)
    #expect(summary.notes.isEmpty)
    var ranks = try warehouse.connection.prepare(
      """
      select class.position, n_samples, dimension, sigma_max, tolerance, rank, limited_by_samples,
        participation_ratio, participation_ratio_centred
      from rank join class using (class_id) join layer using (layer_id)
      where rule = '1e-3' and layer.name = 'fc2' order by 1
      """)
    for label in 0..<3 {
      #expect(try ranks.step())
      var matrix = SampleMatrix(columns: 4)
      for (sample, x) in setting.inputs.enumerated() where setting.classes[sample] == label {
        matrix.append(x.span)
      }
      let manifold = try Manifold(matrix)
      #expect(ranks.int(0) == label && ranks.int(1) == setting.sizes[label] && ranks.int(2) == 4)
      #expect(ranks.double(3) == manifold.singularValues[0])
      #expect(ranks.double(4) == manifold.singularValues[0] * 1e-3)
      #expect(ranks.int(5) == 2)
      #expect(ranks.int(6) == (setting.sizes[label] < 4 ? 1 : 0))
      #expect(ranks.double(7) == manifold.participationRatio)
      #expect(ranks.double(8) == manifold.participationRatioCentred)
    }
    // Neighbours share an axis, classes 0 and 2 none.
    var pairs = try warehouse.connection.prepare(
      """
      select b.position - a.position, entanglement, rank_union, limited_by_samples,
        mean_squared_cosine
      from entanglement join class a on a.class_id = a_class_id join class b on b.class_id = b_class_id
      where rule = 'numpy'
      """)
    var found = 0
    while try pairs.step() {
      #expect(pairs.int(1) == (pairs.int(0) == 1 ? 1 : 0))
      #expect(pairs.int(2) == (pairs.int(0) == 1 ? 3 : 4))
      #expect(isClose(pairs.double(4), pairs.int(0) == 1 ? 0.5 : 0))
      found += 1
    }
    #expect(found == 3)
    #expect(
      try warehouse.connection.integer("select sum(limited_by_samples) from entanglement") == 12)
  }

  @Test func measuringAgainReplaces() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let first = try warehouse.measure(run: setting.run)
    #expect(try warehouse.measure(run: setting.run) == first)
    for (table, count) in first.rows {
      #expect(try warehouse.connection.integer("select count(*) from \(table)") == count)
    }
    #expect(try warehouse.connection.integer("select count(*) from pragma_foreign_key_check") == 0)
  }

  @Test func classesOfOneOrNoSample() throws {
    let setting = try setting(sizes: [1, 0, 7])
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.measure(run: setting.run)
    // Two classes have samples.
    #expect(
      summary.rows == [
        "sparsity": 12, "entropy": 24, "divergence": 48, "rank": 12, "entanglement": 6,
        "likelihood": 48,
      ])
    #expect(
      try warehouse.connection.integer(
        "select count(*) from entropy where n_samples = 1 and entropy <> 0 and kind <> 'activation'"
      ) == 0)
  }

  @Test func inputsThatAreNotFiniteHaveNoRank() throws {
    let setting = try MeasureSetting(
      path: scratch.path("w.db"), sizes: [5, 5], seed: 3
    ) { label, _ in label == 0 ? [1, .nan, 0, 0] : [1, 2, 3, 4] }
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.measure(run: setting.run)
    #expect(summary.rows["rank"] == 6 && summary.rows["entanglement"] == nil)
    #expect(summary.notes.count == 1 && summary.notes[0].contains("not finite"))
  }

  @Test func betweenTwoRunsClassesPairByKey() throws {
    let clean = try setting(sizes: [6, 9, 5], seed: 1, keys: ["a", "b", "c"])
    let shifted = try setting(sizes: [4, 8, 3], seed: 2, keys: ["c", "x", "a"])
    let warehouse = try Warehouse.open(clean.path, mode: .write)
    for _ in 0..<2 {
      let summary = try warehouse.measure(between: clean.run, and: shifted.run)
      // a and c, in 2 × 2 pairs, 2 directions, 2 layers, 3 kinds.
      #expect(summary.rows == ["divergence": 48])
    }
    #expect(try warehouse.connection.integer("select count(*) from divergence") == 48)
    for (from, to, fromKey, toKey) in [
      (clean, shifted, "a", "a"), (clean, shifted, "a", "c"), (shifted, clean, "c", "a"),
      (shifted, clean, "c", "c"),
    ] {
      let p = try #require(from.keys.firstIndex(of: fromKey))
      let q = try #require(to.keys.firstIndex(of: toKey))
      let expected = kl(
        from.counters(from.bits[0], from.classes, p), from.sizes[p],
        to.counters(to.bits[0], to.classes, q), to.sizes[q])
      let found = try warehouse.connection.first(
        """
        select kl from divergence where layer_id = ? and kind = 'interaction'
          and from_run_id = ? and from_class_id = ? and to_run_id = ? and to_class_id = ?
        """, .integer(from.layers[0].id), .integer(from.run), .integer(from.classIDs[p]),
        .integer(to.run), .integer(to.classIDs[q]))
      guard case .real(let value)? = found else {
        Issue.record("no divergence \(fromKey) \(toKey)")
        continue
      }
      #expect(isClose(value, expected))
    }
    // Measuring one of the runs keeps what stands between them.
    _ = try warehouse.measure(run: clean.run)
    #expect(
      try warehouse.connection.integer(
        "select count(*) from divergence where from_run_id <> to_run_id") == 48)
  }

  @Test func runsThatCannotBeCompared() throws {
    let a = try setting(seed: 1)
    let b = try setting(seed: 2, model: "bb")
    let c = try setting(seed: 3, keys: ["x", "y", "z"])
    let warehouse = try Warehouse.open(a.path, mode: .write)
    func message(_ first: Int, _ second: Int) -> String {
      do {
        _ = try warehouse.measure(between: first, and: second)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message(a.run, a.run).hasSuffix("is given twice: name two runs of one model"))
    #expect(
      message(a.run, b.run).hasSuffix(
        "run \"run\" is of model \"net\", run \"run (2)\" of \"net (2)\": "
          + "divergence is between two runs of one model"))
    #expect(message(a.run, c.run).contains("share no profiles"))
    #expect(message(a.run, 99) != "")
  }

  @Test func damagedProfilesAreToldApart() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let before = try warehouse.measure(run: setting.run)
    // What the schema refuses can stand in a file all the same.
    try warehouse.connection.execute("pragma ignore_check_constraints = on")
    for damage in [
      "update class_profile set block = 1 where class_profile_id = 1",
      "update class_profile set counts = x'4543' where class_profile_id = 1",
      "update class_profile set n_samples = 99 where class_profile_id = 1",
      "update class_profile set n_samples = 9223372036854775807",
      "update class_profile set n_samples = -1",
      // Of one layer, and of one class: the others' measures would pass for all there are.
      "delete from class_profile where layer_id = 1",
      "delete from class_profile where layer_id = 1 and class_id = 1",
    ] {
      try warehouse.connection.execute("create table kept as select * from class_profile")
      try warehouse.connection.execute(damage)
      #expect(throws: MeasureError.self) { try warehouse.measure(run: setting.run) }
      // Nothing of what was measured before is lost.
      #expect(
        try warehouse.connection.integer("select count(*) from entropy") == before.rows["entropy"])
      try warehouse.connection.execute(
        """
        delete from class_profile; insert into class_profile select * from kept; drop table kept
        """)
    }
    try warehouse.connection.execute("delete from class_profile")
    #expect(throws: MeasureError.self) { try warehouse.measure(run: setting.run) }
  }

  @Test func classesOfMoreSamplesThanTheRunAreDamage() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let most = Int(UInt32.max)
    for (index, layer) in setting.layers.enumerated() {
      let counts = CountsBlock(
        samples: most, firstRow: 0, rows: layer.outputs, columns: layer.columns,
        counters: [UInt32](repeating: .max, count: layer.interactions))
      try warehouse.connection.run(
        """
        update class_profile set n_samples = ?, counts = ?
        where layer_id = ? and kind = 'interaction'
        """, .integer(most), .blob(counts.encoded()), .integer(setting.layers[index].id))
    }
    let error = #expect(throws: MeasureError.self) { try warehouse.measure(run: setting.run) }
    #expect(error?.description.contains(" has \(most) of ") == true)
  }

  @Test func ranksAreOfTheNetworksLastLayerAlone() throws {
    let setting = try setting()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    #expect(try warehouse.measure(run: setting.run).notes == [])
    try warehouse.connection.execute(
      "delete from run_layer where layer_id = \(setting.layers[1].id)")
    let summary = try warehouse.measure(run: setting.run)
    #expect(summary.rows["entropy"] == 18)
    #expect(summary.rows["rank"] == nil && summary.rows["entanglement"] == nil)
    #expect(summary.notes.count == 1 && summary.notes[0].contains("fc2"))
    #expect(try warehouse.connection.integer("select count(*) from rank") == 0)
  }
}
