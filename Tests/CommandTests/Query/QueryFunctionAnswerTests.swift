// The saved queries that call engram functions, against the same worked out in plain Swift from each sample's bits
// and vectors.

import Bits
import Foundation
import Queries
import SQLiteKit
import Testing
import Warehouse

@Suite struct QueryFunctionAnswerTests {
  private struct Sample {
    let key: String
    let label: Int
    let predicted: Int
    let confidence: Double
    let z: [Float]
    /// Row-major.
    let bits: [Bool]
  }

  private static let limit = 7
  private let warehouse: String
  /// Of the run `memorised`, which is wrong about most, and its layer fc3.
  private var samples: [Sample] = []
  private let classes: [String]

  init() throws {
    try registerEngramFunctions()
    warehouse = try SharedStudy.get().warehouse
    classes = try rows(
      warehouse, "select distinct name from class where dataset_id = 1 order by position"
    )
    .map { row in if case .text(let name) = row[0] { name } else { "" } }
    let found = try rows(
      warehouse,
      """
      select sample.key, truth.position, guess.position, confidence, z, bits
      from prediction join run using (run_id) join sample using (sample_id)
      join class as truth on truth.class_id = sample.class_id
      join class as guess on guess.class_id = prediction.class_id
      join activation using (run_id, sample_id) join significance using (run_id, layer_id, sample_id)
      join layer using (layer_id)
      where run.name = 'memorised' and layer.name = 'fc3' order by sample.position
      """)
    for row in found {
      guard case .text(let key) = row[0], case .integer(let label) = row[1],
        case .integer(let predicted) = row[2], case .real(let confidence) = row[3],
        case .blob(let z) = row[4], case .blob(let bits) = row[5]
      else { continue }
      let dense = try Significance.dense(bits.span.bytes)
      samples.append(
        Sample(
          key: key, label: label, predicted: predicted, confidence: confidence,
          z: try FloatVector.decode(z.span.bytes, count: 10),
          bits: (0..<1930).map { dense[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }))
    }
    try #require(samples.count == SharedStudy.samples && classes.count == 10)
  }

  /// A saved query's rows without run and layer, which are as chosen.
  private func ask(_ name: String, _ parameters: [String: Value] = [:]) throws -> [[Value]] {
    let query = try #require(try SavedQuery.all().first { $0.name == name })
    let connection = try Connection.open(warehouse, mode: .readOnly)
    var statement = try connection.prepare(query.sql)
    var columns: [String] = []
    for column in 0..<statement.columnCount { columns.append(statement.columnName(column)) }
    #expect(columns == query.columns)
    for (parameter, value) in parameters.merging(
      ["run": "memorised", "layer": "fc3"], uniquingKeysWith: { a, _ in a })
    {
      try statement.bind(value, named: ":" + parameter)
    }
    var rows: [[Value]] = []
    while try statement.step() {
      #expect(statement.text(0) == "memorised" && statement.text(1) == "fc3")
      var row: [Value] = []
      for column in 2..<statement.columnCount { row.append(statement.value(column)) }
      rows.append(row)
    }
    return rows
  }

  private func expect(_ found: [[Value]], _ expected: [[Value]]) {
    #expect(found.count == expected.count)
    for (row, other) in zip(found, expected) {
      let agree =
        row.count == other.count
        && zip(row, other).allSatisfy { a, b in
          guard case .real(let x) = a, case .real(let y) = b else { return a == b }
          // Likelihoods are sums of rounded weights, margins differences of two.
          return abs(x - y) <= 1e-5 * max(1, abs(y))
        }
      #expect(agree, "\(row), expected \(other)")
    }
  }

  private func order<Key: Comparable>(_ scores: [(Key, Int)]) -> [Int] {
    scores.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map(\.1)
  }

  @Test func `Samples by neurons and by distance`() throws {
    for (neurons, group) in [("3", [3]), ("[1,4,9]", [1, 4, 9])] {
      let scores = samples.indices.map { index in
        (group.reduce(0.0) { $0 + Double(samples[index].z[$1]) } / Double(group.count), index)
      }
      let top = order(scores).prefix(Self.limit)
      expect(
        try ask("top_samples", ["neurons": .text(neurons), "limit": .integer(Self.limit)]),
        top.map { index in
          let sample = samples[index]
          return [
            .text(sample.key), .text(classes[sample.label]), .text(classes[sample.predicted]),
            .real(scores[index].0),
          ]
        })
    }
    let given = samples[11]
    func squares(_ a: [Float], _ b: [Float]) -> Double {
      var sum = 0.0
      for (x, y) in zip(a, b) { sum += (Double(x) - Double(y)) * (Double(x) - Double(y)) }
      return sum
    }
    let distances: [(Double, Int)] = samples.indices.filter { $0 != 11 }.map {
      (-squares(samples[$0].z, given.z).squareRoot(), $0)
    }
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      var sum = 0.0
      for (x, y) in zip(a, b) { sum += Double(x) * Double(y) }
      return sum
    }
    expect(
      try ask("nearest_samples", ["sample": .text(given.key), "limit": .integer(Self.limit)]),
      order(distances).prefix(Self.limit).map { index in
        let sample = samples[index]
        let distance = squares(sample.z, given.z).squareRoot()
        let lengths = (dot(sample.z, sample.z) * dot(given.z, given.z)).squareRoot()
        return [
          .text(sample.key), .text(classes[sample.label]), .text(classes[sample.predicted]),
          .real(distance), .real(dot(sample.z, given.z) / lengths),
        ]
      })
  }

  @Test func `Samples without a distance come last`() throws {
    let scratch = try TemporaryDirectory()
    let copy = scratch.path("w.db")
    try SharedStudy.get().copyWarehouse(to: copy)
    let broken = FloatVector.encode(([.infinity] + [Float](repeating: 0, count: 9)).span)
    try Connection.open(copy, mode: .readWrite).run(
      """
      update activation set z = ? where (run_id, layer_id, sample_id) = (
        select run_id, layer_id, sample_id from run join layer on layer.name = 'fc3' and layer.model_id = run.model_id
        join sample on sample.dataset_id = run.dataset_id where run.name = 'memorised' and sample.key = ?)
      """, .blob(broken), .text(samples[20].key))
    let asked = try runCommand(
      "engram-query",
      [
        copy, "nearest_samples", "--run", "memorised", "--layer", "fc3", "--sample",
        samples[11].key,
        "--limit", "-1", "--format", "csv",
      ])
    let lines = asked.output.split(separator: "\r\n")
    #expect(lines.count == samples.count)
    #expect(
      lines.last?.contains("\(samples[20].key),") == true && lines.last?.hasSuffix(",,") == true)
  }

  /// k of every class and interaction, and N.
  private var counts: (counts: [[Int]], samples: [Int]) {
    var counts = classes.map { _ in [Int](repeating: 0, count: 1930) }
    var sizes = classes.map { _ in 0 }
    for sample in samples {
      sizes[sample.label] += 1
      for (index, bit) in sample.bits.enumerated() where bit { counts[sample.label][index] += 1 }
    }
    return (counts, sizes)
  }

  /// By sample, then class; each sample left out of its own class's profile.
  private var likelihoods: [[Double]] {
    let (counts, sizes) = counts
    return samples.map { sample in
      classes.indices.map { label in
        let own = label == sample.label
        let size = Double(sizes[label] - (own ? 1 : 0))
        return sample.bits.indices.reduce(0.0) { sum, index in
          let count = counts[label][index] - (own && sample.bits[index] ? 1 : 0)
          let p = (Double(count) + 0.5) / (size + 1)
          return sum + (sample.bits[index] ? log(p) : log(1 - p))
        }
      }
    }
  }

  @Test func `Samples by likelihood`() throws {
    let likelihoods = likelihoods
    let own = samples.indices.map { likelihoods[$0][samples[$0].label] }
    let misfits = samples.indices.compactMap { index -> (Double, Int)? in
      let margin = (likelihoods[index].max() ?? 0) - own[index]
      return margin > 0 ? (margin, index) : nil
    }
    #expect(!misfits.isEmpty)
    expect(
      try ask("misfits", ["limit": -1]),
      order(misfits).map { index in
        let best =
          likelihoods[index].indices.max { likelihoods[index][$0] < likelihoods[index][$1] } ?? 0
        let sample = samples[index]
        return [
          .text(sample.key), .text(classes[sample.label]), .text(classes[best]),
          .text(classes[sample.predicted]),
          .real(likelihoods[index][best] - own[index]),
        ]
      })
    let suspicious = samples.indices.compactMap { index -> (Double, Int)? in
      let sample = samples[index]
      let isWrong = sample.predicted != sample.label && sample.confidence >= 0.12
      return isWrong && likelihoods[index][sample.predicted] > own[index]
        ? (sample.confidence, index) : nil
    }
    expect(
      try ask("suspicious_labels", ["confidence": 0.12, "limit": -1]),
      order(suspicious).map { index in
        let sample = samples[index]
        return [
          .text(sample.key), .text(classes[sample.label]), .text(classes[sample.predicted]),
          .real(sample.confidence),
          .real(likelihoods[index][sample.predicted] - own[index]),
        ]
      })
    let label = 4
    let typical = order(samples.indices.filter { samples[$0].label == label }.map { (own[$0], $0) })
    expect(
      try ask("typical_samples", ["class": .text(classes[label]), "limit": 2]),
      typical.prefix(2).enumerated().map { place, index in
        [
          .text(classes[label]), .integer(place + 1), .text(samples[index].key),
          .text(classes[samples[index].predicted]), .real(own[index]),
        ]
      })
    #expect(try ask("typical_samples").count == 30)
  }

  @Test func `Interactions that tell classes apart, and silent neurons`() throws {
    let (counts, sizes) = counts
    let (a, b) = (2, 7)
    let shares = (0..<1930).map { index -> (Double, Int) in
      let p = (Double(counts[a][index]) + 0.5) / (Double(sizes[a]) + 1)
      let q = (Double(counts[b][index]) + 0.5) / (Double(sizes[b]) + 1)
      return ((p - q) * log(p * (1 - q) / (q * (1 - p))), index)
    }
    let found = try ask(
      "separating_interactions",
      ["class": .text(classes[a]), "other_class": .text(classes[b]), "limit": -1])
    #expect(found.count == 1930)
    // Equal shares may come in either order by their last bits: by interaction.
    var byPlace: [Int: [Value]] = [:]
    var last = Double.infinity
    for row in found {
      guard case .integer(let output) = row[2], case .integer(let input) = row[3],
        case .real(let kl) = row[6]
      else { continue }
      #expect(kl <= last)
      last = kl
      byPlace[output * 193 + input] = row
    }
    for (kl, index) in shares {
      expect(
        [byPlace[index] ?? []],
        [
          [
            .text(classes[a]), .text(classes[b]), .integer(index / 193), .integer(index % 193),
            .real(Double(counts[a][index]) / Double(sizes[a])),
            .real(Double(counts[b][index]) / Double(sizes[b])), .real(kl),
          ]
        ])
    }
    let silent = (0..<10).compactMap { neuron -> [Value]? in
      let on = samples.count { $0.z[neuron] > 0 }
      guard on == 0 || on == samples.count else { return nil }
      return [.integer(neuron), on == 0 ? "dead" : "always on", .integer(samples.count)]
    }
    expect(try ask("silent_neurons"), silent)
    // fc2 is wide enough to have some.
    let wide = try rows(
      warehouse,
      """
      select count(*) from (
        select e.position from run join activation using (run_id) join layer using (layer_id), engram_elements(z) as e
        where run.name = 'memorised' and layer.name = 'fc2'
        group by e.position having sum(e.value > 0) in (0, 60))
      """)
    let query = try #require(try SavedQuery.all().first { $0.name == "silent_neurons" })
    let connection = try Connection.open(warehouse, mode: .readOnly)
    var statement = try connection.prepare(
      "select count(*) from (\(query.sql.split(separator: ";")[0]))")
    try statement.bind("memorised", named: ":run")
    try statement.bind("fc2", named: ":layer")
    _ = try statement.step()
    #expect(.integer(statement.int(0)) == wide[0][0] && statement.int(0) > 0)
  }
}
