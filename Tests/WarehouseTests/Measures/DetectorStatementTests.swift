// Detectors as SQL: the statements of Schema/Detectors.md give what `measure --detect` stores; and the table of nearest
// samples against all distances, while what it reads changes.

import Analytics
import Bits
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DetectorStatementTests {
  private let scratch: Scratch
  private let teaching: MeasureSetting
  private let scored: MeasureSetting

  /// Runs "run" of two data sets over one model: the one that teaches is called "reference".
  init() throws {
    scratch = try Scratch()
    func setting(_ sizes: [Int], _ seed: UInt64, _ keys: [String], _ path: String) throws
      -> MeasureSetting
    {
      try MeasureSetting(path: path, sizes: sizes, seed: seed, keys: keys) { label, generator in
        (0..<4).map { _ in Float(generator.below(900) + 100 * label) / 64 }
      }
    }
    teaching = try setting([12, 9, 0, 14], 1, ["a", "b", "c", "d"], scratch.path("w.db"))
    let warehouse = try Warehouse.open(teaching.path, mode: .write)
    try warehouse.complete(run: teaching.run)
    try warehouse.connection.execute("update run set name = 'reference'")
    scored = try setting([14, 13, 12], 2, ["x", "y", "z"], scratch.path("w.db"))
    try Warehouse.open(scored.path, mode: .write).complete(run: scored.run)
  }

  private func statements() throws -> [(detectors: [String], sql: String)] {
    let page = try String(
      contentsOfFile: packageDirectory() + "/Schema/Detectors.md", encoding: .utf8)
    return page.matches(of: /```sql\n-- ([^\n]+)\n((?:[^`]|\n)+?);\n```/).map {
      ($0.1.split(separator: ", ").map(String.init), String($0.2))
    }
  }

  @Test func `The page's statements are the scores`() throws {
    let warehouse = try Warehouse.open(scored.path, mode: .write)
    var seen: Set<String> = []
    for (detectors, sql) in try statements() {
      let names = detectors.map { $0 == "knn" ? "knn:k=7" : $0 }
      seen.formUnion(detectors)
      _ = try warehouse.measure(
        run: scored.run, detecting: teaching.run, detectors: names.joined(separator: ","))
      var bound = sql
      for (name, value) in [
        (":run", "'run'"), (":reference", "'reference'"), (":layer", "'fc2'"), (":k", "7"),
      ] {
        bound = bound.split(separator: name, omittingEmptySubsequences: false).joined(
          separator: value)
      }
      var rows = try warehouse.connection.prepare(bound)
      var count = 0
      while try rows.step() {
        count += 1
        for (column, name) in names.enumerated() {
          let found = rows.double(1 + column)
          var stored = try warehouse.connection.prepare(
            """
            select score from score join detector using (detector_id)
            where name = ? and sample_id = ? and run_id = ?
            """)
          try stored.bind([.text(name), .integer(rows.int(0)), .integer(scored.run)])
          #expect(try stored.step())
          let expected = stored.double(0)
          #expect(abs(found - expected) <= 1e-9 * abs(expected), "\(name): \(found), \(expected)")
        }
      }
      #expect(count == 39, "\(detectors)")
    }
    #expect(
      seen == [
        "energy", "max-softmax", "max-logit", "entropy", "mahalanobis", "relative-mahalanobis++",
        "knn",
      ])
  }

  private func nearest(
    _ warehouse: borrowing Warehouse, _ arguments: String, _ vector: [Float]
  ) throws -> [(sample: Int, distance: Double)] {
    var rows = try warehouse.connection.prepare(
      "select rank, sample_id, distance from engram_knn_distance(\(arguments))")
    try rows.bind([.blob(FloatVector.encode(vector.span))])
    var found: [(Int, Double)] = []
    while try rows.step() {
      #expect(rows.int(0) == found.count + 1)
      found.append((rows.int(1), rows.double(2)))
    }
    return found
  }

  /// Every sample of the teaching run with its distance, nearest first.
  private func all(
    _ warehouse: borrowing Warehouse, _ vector: [Float], normalized: Bool
  ) throws -> [(sample: Int, distance: Double)] {
    func scaled(_ x: [Float]) -> [Double] {
      let norm = x.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return x.map { normalized ? (norm > 0 ? Double($0) / norm : 0) : Double($0) }
    }
    var rows = try warehouse.connection.prepare(
      "select sample_id from prediction join sample using (sample_id) where run_id = ? order by position"
    )
    try rows.bind(teaching.run, at: 1)
    var samples: [Int] = []
    while try rows.step() { samples.append(rows.int(0)) }
    let query = scaled(vector)
    return zip(samples, teaching.inputs).map { sample, x in
      (
        sample,
        zip(query, scaled(x)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      )
    }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  @Test func `Neighbours are those of all distances`() throws {
    let warehouse = try Warehouse.open(scored.path, mode: .write)
    let vectors: [[Float]] = [
      [1, 2, 3, 4], [0, 0, 0, 0], teaching.inputs[3], [-5, 1e6, 0.25, 3],
    ]
    for vector in vectors {
      for (metric, isNormalized) in [
        ("", false), (", 'euclidean'", false), (", 'normalized'", true),
      ] {
        let expected = try all(warehouse, vector, normalized: isNormalized)
        for k in [1, 5, 35, 1000] {
          for place in ["'reference', 'fc2'", "\(teaching.run), \(teaching.layers[1].id)"] {
            let found = try nearest(warehouse, "\(place), ?, \(k)\(metric)", vector)
            // All x̂ are at 1 of nothing, but for rounding.
            if !isNormalized || vector.contains(where: { $0 != 0 }) {
              #expect(found.map(\.sample) == expected.prefix(k).map(\.sample))
            }
            #expect(found.count == min(k, 35))
            #expect(
              zip(found, expected).allSatisfy {
                abs($0.distance - $1.distance) <= 1e-12 * $1.distance
              })
          }
        }
      }
    }
    #expect(try nearest(warehouse, "'reference', 'fc2', ?, 5", [1, .nan, 2, 3]).isEmpty)
    #expect(try nearest(warehouse, "'reference', 'fc2', ?, null", [1, 2, 3, 4]).isEmpty)
  }

  @Test func `What is not there is an error`() throws {
    let warehouse = try Warehouse.open(scored.path, mode: .write)
    func message(_ arguments: String, _ vector: [Float] = [1, 2, 3, 4]) -> String {
      do { _ = try nearest(warehouse, arguments, vector) } catch {
        return (error as? SQLiteError)?.message ?? "\(error)"
      }
      return ""
    }
    for (arguments, expected) in [
      ("'referenc', 'fc2', ?, 5", "argument 1 is 'referenc', not a run"),
      ("99, 'fc2', ?, 5", "argument 1 is 99, not a run"),
      ("x'00', 'fc2', ?, 5", "argument 1 is neither an integer nor a text"),
      ("'reference', 'fc9', ?, 5", "argument 2 is 'fc9', not a layer of the run"),
      ("'reference', 99, ?, 5", "argument 2 is 99, not a layer of the run"),
      ("'reference', 'fc1', ?, 5", "argument 3 has 4 elements, the layer 5 inputs"),
      ("'reference', 'fc2', ?, 0", "argument 4 is 0, not a number of samples"),
      ("'reference', 'fc2', ?, 2.0", "argument 4 is not an integer"),
      (
        "'reference', 'fc2', ?, 5, 'cosine'",
        "argument 5 is 'cosine', not a metric (euclidean, normalized)"
      ),
    ] { #expect(message(arguments) == "engram_knn_distance: \(expected)") }
    #expect(
      message("'reference', 'fc2', ?, 5", [1, 2])
        == "engram_knn_distance: argument 3 has 2 elements, the layer 4 inputs")
    // A run that is begun, a database that is no warehouse.
    try warehouse.connection.execute("delete from activation where run_id = \(teaching.run)")
    #expect(
      message("'reference', 'fc2', ?, 5")
        == "engram_knn_distance: argument 1 is a run without samples of the layer")
    let empty = try Connection.open(":memory:", mode: .create)
    #expect(throws: SQLiteError.self) {
      var rows = try empty.prepare("select * from engram_knn_distance('a', 'b', x'00000000', 1)")
      _ = try rows.step()
    }
  }

  /// x is kept from call to call, but not beyond a change: another connection's, its own, or one that is taken back.
  @Test func `What is kept is what is there`() throws {
    let warehouse = try Warehouse.open(scored.path, mode: .write)
    let vector: [Float] = [-50, -50, -50, -50]
    func first() throws -> (sample: Int, distance: Double) {
      try #require(try nearest(warehouse, "'reference', 'fc2', ?, 1", vector).first)
    }
    let before = try first()
    let last = try #require(try all(warehouse, vector, normalized: false).last)
    #expect(before.sample != last.sample)
    let blob = FloatVector.encode(vector.span)
    func move(_ connection: borrowing Connection) throws {
      try connection.run(
        "update activation set x = engram_sparse(?) where run_id = ? and layer_id = ? and sample_id = ?",
        .blob(blob), .integer(teaching.run), .integer(teaching.layers[1].id), .integer(last.sample))
    }
    func isMoved() throws -> Bool {
      let found = try first()
      #expect(found.sample == (found.distance == 0 ? last.sample : before.sample))
      return found.distance == 0
    }
    // Its own change, taken back as a whole and by a savepoint.
    try warehouse.connection.execute("begin")
    #expect(try !isMoved())
    try move(warehouse.connection)
    #expect(try isMoved())
    try warehouse.connection.execute("rollback")
    #expect(try !isMoved())
    try warehouse.connection.execute("begin; savepoint s")
    try move(warehouse.connection)
    #expect(try isMoved())
    try warehouse.connection.execute("rollback to s")
    #expect(try !isMoved())
    try warehouse.connection.execute("commit")
    #expect(try !isMoved())
    // Another connection's.
    let other = try Connection.open(scored.path, mode: .readWrite)
    try move(other)
    #expect(try isMoved())
  }

  @Test func `It joins, and stands in subqueries`() throws {
    let warehouse = try Warehouse.open(scored.path, mode: .write)
    let own = "vector where run_id = \(scored.run) and layer_id = \(scored.layers[1].id)"
    let joined = """
      select group_concat(round(d, 9)) from (select v.sample_id, max(distance) as d
      from (select * from \(own)) as v, engram_knn_distance('reference', 'fc2', v.x, 3) group by 1 order by 1)
      """
    let nested = """
      select group_concat(round(d, 9)) from (select sample_id,
      (select max(distance) from engram_knn_distance('reference', 'fc2', x, 3)) as d from \(own) order by 1)
      """
    let value = try warehouse.connection.first(joined)
    #expect(try warehouse.connection.first(nested) == value)
    guard case .text(let text)? = value else { return #expect(Bool(false), "no text") }
    #expect(text.split(separator: ",").count == 39)
    // While the statement itself writes.
    try warehouse.connection.execute("create temp table t as \(joined)")
    #expect(try warehouse.connection.first("select * from t") == value)
  }
}
