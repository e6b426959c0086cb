// The samples that come first by some neurons: by an index as by all activations, and as plain SQL has it.

import Bits
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct SampleSearchTests {
  private let scratch: Scratch
  private let setting: MeasureSetting

  init() throws {
    scratch = try Scratch()
    setting = try MeasureSetting(
      path: scratch.path("w.db"), sizes: [1500, 1000], seed: 11, keys: ["a", "b"], bitsets: .derived
    ) { _, generator in (0..<4).map { _ in Float(generator.below(9)) } }
    try Warehouse.open(setting.path, mode: .write).complete(run: setting.run)
  }

  private func rows(_ sql: String) throws -> [String] {
    let warehouse = try Warehouse.open(setting.path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(sql)
    var found: [String] = []
    while try rows.step() {
      found.append((0..<rows.columnCount).map { "\(rows.value($0))" }.joined(separator: " "))
    }
    return found
  }

  private func index() throws {
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    let summary = try warehouse.makeIndex(run: setting.run, layer: setting.layers[0])
    #expect(summary.neurons == 4 && summary.samples == 2500)
    #expect(5 * summary.bytes < summary.activationBytes)
  }

  /// Puts numbers in place of z of fc1.
  private func replace(_ value: (_ sample: Int, _ neuron: Int) -> Float) throws {
    let vectors = (0..<2500).map { sample in
      let z = (0..<4).map { value(sample, $0) }
      return FloatVector.encode(z.span)
    }
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    for (sample, z) in vectors.enumerated() {
      try warehouse.connection.run(
        """
        update activation set z = ? where layer_id = ? and run_id = ?
          and sample_id = (select sample_id from sample where position = ?)
        """, .blob(z), .integer(setting.layers[0].id), .integer(setting.run), .integer(sample))
    }
  }

  private static let groups = ["0", "[2]", "[3,0,1]", "all", "[1,1]"]
  private static let counts = [1, 20, 700, -1]

  private func statements() -> [String] {
    Self.groups.flatMap { group in
      Self.counts.flatMap { count in
        [
          "select rank, sample_id, score from engram_top_samples(\(setting.run), 'fc1', '\(group)', \(count))",
          """
          select rank, sample_id, distance, cosine
          from engram_nearest_samples(\(setting.run), 'fc1', 17, '\(group)', \(count))
          """,
        ]
      }
    }
  }

  /// Numbers that repeat, numbers that hardly do, and some that are none.
  private enum Values: CaseIterable {
    case repeating, distinct, partlyFinite, givenIsNot

    func value(_ sample: Int, _ neuron: Int) -> Float {
      switch self {
      case .repeating: return Float((sample * 31 + neuron * 7) % 5)
      case .distinct: return sin(Float(sample * 4 + neuron) * 12.9898) * 43.7
      case .partlyFinite:
        if sample % 11 == neuron { return .nan }
        return sample % 13 == neuron ? .infinity : Float((sample * 7919 + neuron) % 2503)
      case .givenIsNot: return sample == 17 ? .nan : Float(sample % 7)
      }
    }
  }

  @Test(arguments: Values.allCases)
  private func `An index finds what all activations say`(values: Values) throws {
    try replace(values.value)
    let statements = statements()
    let scanned = try statements.map { try rows($0) }
    try index()
    for (statement, expected) in zip(statements, scanned) {
      #expect(try rows(statement) == expected, "\(statement)")
    }
    // And what SQL says without either.
    let plain = try rows(
      """
      select row_number() over (order by max(engram_element(z, 2)) desc nulls last, position), sample_id,
        engram_element(z, 2)
      from activation join sample using (sample_id)
      where run_id = \(setting.run) and layer_id = \(setting.layers[0].id) group by sample_id order by 1 limit 20
      """)
    #expect(
      try rows(
        "select rank, sample_id, score from engram_top_samples(\(setting.run), 'fc1', 2, 20)")
        == plain)
    guard values != .givenIsNot else { return }
    let distances = try rows(
      """
      select other.sample_id, engram_distance(other.z, given.z)
      from activation as given join activation as other using (run_id, layer_id) join sample on
        sample.sample_id = other.sample_id
      where run_id = \(setting.run) and layer_id = \(setting.layers[0].id) and given.sample_id = 17
        and other.sample_id <> 17
      order by 2 nulls last, position limit 20
      """)
    #expect(
      try rows(
        "select sample_id, distance from engram_nearest_samples(\(setting.run), 'fc1', 17, 'all', 20)"
      ) == distances)
  }

  @Test func `What it reads is few samples`() throws {
    try replace(Values.distinct.value)
    try index()
    // Without the activations of the others the answer is the same.
    let statement =
      "select sample_id, score from engram_top_samples(\(setting.run), 'fc1', '[0,2]', 5)"
    let expected = try rows(statement)
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    try warehouse.connection.execute(
      """
      update activation set z = x'' where layer_id = \(setting.layers[0].id)
        and engram_element(z, 0) + engram_element(z, 2) < 40
      """)
    #expect(try warehouse.connection.integer("select changes()") ?? 0 > 1500)
    #expect(try rows(statement) == expected)
  }

  @Test func `Wrong arguments and a wrong index are told`() throws {
    func complaint(_ call: String) -> String {
      do {
        return "\(try rows("select * from \(call)"))"
      } catch { return "\(error)" }
    }
    let run = setting.run
    #expect(try rows("select * from engram_top_samples(\(run), 'fc1', 0, 0)").isEmpty)
    for (call, part) in [
      ("engram_top_samples(99, 'fc1', 0, 5)", "argument 1 is 99, not a run"),
      ("engram_top_samples(\(run), 'fc9', 0, 5)", "argument 2 is 'fc9', not a layer of the run"),
      (
        "engram_top_samples(\(run), 'fc1', 4, 5)",
        "argument 3 is neuron 4, not one of the layer (0 to 3)"
      ),
      (
        "engram_top_samples(\(run), 'fc1', 'x', 5)",
        "argument 3 is 'x', not a neuron, a JSON array of neurons or 'all'"
      ),
      ("engram_top_samples(\(run), 'fc1', '[1.5]', 5)", "argument 3 is '[1.5]', not a neuron"),
      ("engram_top_samples(\(run), 'fc1', '[]', 5)", "argument 3 names no neuron"),
      (
        "engram_nearest_samples(\(run), 'fc1', 9999, 'all', 5)",
        "argument 3 is 9999, of which the run has no z in the layer"
      ),
    ] {
      #expect(complaint(call).contains(part), "\(complaint(call))")
    }
    try index()
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    for change in [
      "update activation_index set n_samples = 2400, last_position = 2399",
      "update activation_index set codes = x'00'", "update activation_index set edges = x'00'",
    ] {
      try warehouse.connection.execute("savepoint changed")
      try warehouse.connection.execute(change)
      var complaint = ""
      do {
        var rows = try warehouse.connection.prepare(
          "select * from engram_top_samples(\(run), 'fc1', 0, 5)")
        while try rows.step() {}
      } catch { complaint = "\(error)" }
      #expect(complaint.contains("engram-ingest index makes it anew"), "\(change): \(complaint)")
      try warehouse.connection.execute("rollback to changed; release changed")
    }
  }
}
