// Detector rows against the definitions, bit by bit, and what cannot teach a detector.

import Analytics
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DetectorTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func setting(
    _ sizes: [Int], seed: UInt64, keys: [String], model: String = "aa"
  ) throws -> MeasureSetting {
    let setting = try MeasureSetting(
      path: scratch.path("w.db"), sizes: sizes, seed: seed, keys: keys, model: model
    ) { label, generator in (0..<4).map { _ in Float(generator.below(9) + label) } }
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    _ = try warehouse.measure(run: setting.run)
    try warehouse.complete(run: setting.run)
    return setting
  }

  /// The smallest squared distance of an input of fc2 to a class mean, the inverse by conjugate gradients.
  private func mahalanobis(_ x: [Float], _ profiles: MeasureSetting) -> Double {
    let labels = profiles.classes
    let samples = profiles.inputs.map { $0.map(Double.init) }
    var means: [Int: [Double]] = [:]
    for label in Set(labels) {
      let members = labels.indices.filter { labels[$0] == label }
      means[label] = (0..<4).map { column in
        members.reduce(0) { $0 + samples[$1][column] } / Double(members.count)
      }
    }
    func applied(_ v: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: 4)
      for (sample, label) in zip(samples, labels) {
        let centred = zip(sample, means[label] ?? []).map { $0 - $1 }
        let share = zip(centred, v).reduce(0) { $0 + $1.0 * $1.1 } / Double(samples.count)
        for index in 0..<4 { result[index] += share * centred[index] }
      }
      return result
    }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return means.values.map { mean in
      let difference = zip(x, mean).map { Double($0) - $1 }
      var solution = [0.0, 0, 0, 0]
      var (rest, direction) = (difference, difference)
      for _ in 0..<12 where dot(rest, rest) > 0 {
        let image = applied(direction)
        let step = dot(rest, rest) / dot(direction, image)
        solution = zip(solution, direction).map { $0 + step * $1 }
        let next = zip(rest, image).map { $0 - step * $1 }
        let turn = dot(next, next) / dot(rest, rest)
        direction = zip(next, direction).map { $0 + turn * $1 }
        rest = next
      }
      return dot(difference, solution)
    }.min() ?? 0
  }

  private static let five = "likelihood,likelihood-ratio,pattern-distance,energy,mahalanobis"

  private func check(
    _ scored: MeasureSetting, by profiles: MeasureSetting, in connection: borrowing Connection
  ) throws {
    for (index, layer) in scored.layers.enumerated() {
      var rows = try connection.prepare(
        """
        select likelihood, likelihood_ratio, hamming, energy, mahalanobis
        from \(wideScores) join sample using (sample_id)
        where run_id = ? and reference_run_id = ? and layer_id = ? order by sample.position
        """)
      try rows.bind([.integer(scored.run), .integer(profiles.run), .integer(layer.id)])
      var (found, wanted) = ([[Double?]](), [[Double?]]())
      for sample in scored.classes.indices {
        let isStepped = try rows.step()
        #expect(isStepped)
        let bits = scored.bits[index][sample]
        var likelihoods: [Int: Double] = [:]
        var distances: [Int] = []
        for label in profiles.sizes.indices where profiles.sizes[label] > 0 {
          let counts = profiles.counters(profiles.bits[index], profiles.classes, label)
          let size = Double(profiles.sizes[label])
          likelihoods[label] = bits.indices.reduce(0) { sum, bit in
            let p = (Double(counts[bit]) + 0.5) / (size + 1)
            return sum + log(bits[bit] ? p : 1 - p)
          }
          distances.append(bits.indices.count { bits[$0] != (Double(counts[$0]) / size > 0.5) })
        }
        let all = Double(bits.count)
        // The runs of a MeasureSetting predict every class right; classes pair by position.
        let label = scored.classes[sample]
        let other = likelihoods.filter { $0.key != label }.values.max()
        let own = likelihoods[label]
        let isLast = index == 1
        let energy = log(scored.neurons[index][sample].reduce(0.0) { $0 + exp($1 ? 1.0 : -1.0) })
        found.append((0..<5).map { rows.isNull($0) ? nil : rows.double($0) })
        wanted.append([
          own.map { $0 / all }, other.flatMap { other in own.map { ($0 - other) / all } },
          Double(distances.min() ?? 0) / all, isLast ? energy : nil,
          isLast ? mahalanobis(scored.inputs[sample], profiles) : nil,
        ])
      }
      // What a set bit weighs is rounded to 2⁻²² of a nat at most; likelihoods are by interaction.
      for (column, (name, absolute, relative)) in [
        ("likelihood", 0x1p-23, 0), ("likelihood_ratio", 0x1p-22, 0), ("hamming", 0, 0),
        ("energy", 0, 1e-12), ("mahalanobis", 0, 1e-7),
      ].enumerated() {
        #expect(
          difference(
            found.map { $0[column] }, wanted.map { $0[column] }, absolute: absolute,
            relative: relative) == nil, "\(name) of \(layer.name)")
      }
      let isMore = try rows.step()
      #expect(!isMore)
    }
  }

  @Test func theyAreTheirDefinitions() throws {
    let profiles = try setting([8, 9, 0, 7], seed: 1, keys: ["a", "b", "c", "d"])
    // Another data set whose classes have other names; nothing taught class 2.
    let scored = try setting([4, 3, 2], seed: 2, keys: ["x", "y", "z"])
    let warehouse = try Warehouse.open(profiles.path, mode: .write)
    for _ in 0..<2 {
      let summary = try warehouse.measure(
        run: scored.run, detecting: profiles.run, detectors: Self.five)
      // Three of both layers, two of the last.
      #expect(summary.rows == ["score": 9 * (3 * 2 + 2)] && summary.notes == [])
    }
    try check(scored, by: profiles, in: warehouse.connection)
    let problems = try warehouse.verify(VerifyOptions(samples: 0)).filter { $0.check == "rows" }
    #expect(problems.allSatisfy { $0.status == .ok })
    #expect(try warehouse.sizes(run: scored.run).tables["score"] == 72 * 7 * 8)
    try warehouse.connection.execute(
      "delete from score where score_id = (select max(score_id) from score)")
    let damaged = try warehouse.verify(VerifyOptions(samples: 0)).filter { $0.status == .damaged }
    #expect(damaged.contains { $0.detail.contains("score of some of the samples") })
    // Deleting the reference takes the rows with it.
    try warehouse.delete(run: profiles.run)
    for table in ["score", "detector"] {
      #expect(try warehouse.connection.integer("select count(*) from \(table)") == 0)
    }
  }

  @Test func theViewTurnsEveryScoreTheSameWay() throws {
    let profiles = try setting([6, 6], seed: 1, keys: ["a", "b"])
    let scored = try setting([3, 2], seed: 2, keys: ["x", "y"])
    let warehouse = try Warehouse.open(profiles.path, mode: .write)
    _ = try warehouse.measure(
      run: scored.run, detecting: profiles.run, detectors: Self.five + ",max-logit")
    for (detector, expression, rows) in [
      ("likelihood", "likelihood", 10), ("likelihood-ratio", "likelihood_ratio", 10),
      ("pattern-distance", "-hamming", 10), ("energy", "energy", 5),
      ("mahalanobis", "-mahalanobis", 5),
    ] {
      let found = try warehouse.connection.integer(
        """
        select count(*) from detector_scores as s
        join run on run.name = s.run join run as r on r.name = s.reference_run
        join layer on layer.position = s.layer_position and layer.name = s.layer
        join sample on sample.key = s.sample and sample.dataset_id = run.dataset_id
        join class on class.class_id = sample.class_id and class.name = s.class
        join prediction as p on p.run_id = run.run_id and p.sample_id = sample.sample_id
        join \(wideScores) as d on d.run_id = run.run_id and d.reference_run_id = r.run_id
          and d.layer_id = layer.layer_id and d.sample_id = sample.sample_id
        where s.detector = ? and s.score = \(expression) and s.correct = p.correct
        """, .text(detector))
      #expect(found == rows, "\(detector)")
    }
    #expect(try warehouse.connection.integer("select count(*) from detector_scores") == 45)
  }

  @Test func detectorsAreChosenAndReplaced() throws {
    let profiles = try setting([6, 6], seed: 1, keys: ["a", "b"])
    let scored = try setting([3, 2], seed: 2, keys: ["x", "y"])
    let warehouse = try Warehouse.open(profiles.path, mode: .write)
    func counts() throws -> [String: Int] {
      var rows = try warehouse.connection.prepare(
        "select name, count(*) from score join detector using (detector_id) group by name")
      var counts: [String: Int] = [:]
      while try rows.step() { counts[rows.text(0)] = rows.int(1) }
      return counts
    }
    _ = try warehouse.measure(run: scored.run, detecting: profiles.run, detectors: "knn:k=3,energy")
    #expect(try counts() == ["knn:k=3": 5, "energy": 5])
    _ = try warehouse.measure(run: scored.run, detecting: profiles.run, detectors: "knn:k=2,energy")
    #expect(try counts() == ["knn:k=3": 5, "knn:k=2": 5, "energy": 5])
    // What cannot be taught takes nothing's place but its own.
    let summary = try warehouse.measure(
      run: scored.run, detecting: profiles.run, detectors: "knn:k=50,energy")
    #expect(summary.rows == ["score": 5])
    #expect(summary.notes.contains { $0.hasPrefix("no knn in layer fc2: ") })
    let all = try warehouse.measure(run: scored.run, detecting: profiles.run)
    let named = Set(try counts().keys)
    // "no vim, react: why" or "no vim in layer fc2: why".
    let missing = all.notes.filter { $0.hasPrefix("no ") }.flatMap { note in
      note.dropFirst(3).prefix { $0 != ":" }.split { $0 == "," || $0 == " " }.map(String.init)
    }
    for detector in Detector.all where !detector.isOfFeatureMaps {
      #expect(named.contains(detector.name) != missing.contains(detector.name), "\(detector.name)")
    }
    #expect(try warehouse.verify(VerifyOptions(samples: 0)).filter { $0.status == .damaged } == [])
    for text in ["", "nothing", "knn:k=0", "energy,energy", "energy,gram"] {
      #expect(throws: (any Error).self) {
        try warehouse.measure(run: scored.run, detecting: profiles.run, detectors: text)
      }
    }
  }

  @Test func whatCannotTeachADetector() throws {
    let a = try setting([6, 6], seed: 1, keys: ["a", "b"])
    let twin = try setting([6, 6], seed: 2, keys: ["a", "b"])
    let b = try setting([3, 2], seed: 3, keys: ["x", "y"])
    let other = try setting([3, 2], seed: 4, keys: ["v", "w"], model: "bb")
    let warehouse = try Warehouse.open(a.path, mode: .write)
    func refuse(_ run: Int, _ reference: Int, _ part: String) {
      let error = #expect(throws: MeasureError.self) {
        try warehouse.measure(run: run, detecting: reference)
      }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
    refuse(a.run, a.run, "is given twice")
    refuse(a.run, twin.run, "share 12 samples: detectors are taught by a run over other samples")
    refuse(other.run, a.run, "detectors are between two runs of one model")
    try warehouse.connection.execute(
      "delete from run_layer where run_id = \(a.run) and layer_id = \(a.layers[1].id)")
    refuse(b.run, a.run, "has no layer fc2: capture the layers of run")
    try warehouse.connection.execute(
      "update run set perturbation = 'pgd' where run_id = \(a.run)")
    refuse(b.run, a.run, "is perturbed (pgd): detectors are taught by a clean run")
    try warehouse.connection.execute(
      "update run set completed_at = null where run_id = \(twin.run)")
    refuse(b.run, twin.run, "is not whole: complete its ingest")
    #expect(try warehouse.connection.integer("select count(*) from score") == 0)
  }
}
