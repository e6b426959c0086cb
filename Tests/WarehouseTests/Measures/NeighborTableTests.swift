// engram_neighbors against all distances between the samples of a run, in more samples than it takes at a time.

import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct NeighborTableTests {
  private let scratch: Scratch
  private let setting: MeasureSetting
  private var samples: [Int] = []

  init() throws {
    scratch = try Scratch()
    // More than 1,024, with vectors that repeat.
    setting = try MeasureSetting(
      path: scratch.path("w.db"), sizes: [600, 500], seed: 3, keys: ["a", "b"]
    ) { label, generator in
      (0..<4).map { _ in Float(generator.below(120) + 40 * label) / 8 }
    }
    try Warehouse.open(setting.path, mode: .write).complete(run: setting.run)
    let connection = try Connection.open(setting.path, mode: .readOnly)
    var rows = try connection.prepare(
      "select sample_id from prediction join sample using (sample_id) where run_id = ? order by position"
    )
    try rows.bind(setting.run, at: 1)
    while try rows.step() { samples.append(rows.int(0)) }
    try #require(samples.count == 1100)
  }

  private struct Neighbor {
    let rank: Int
    let sample: Int
    let distance: Double
  }

  private func neighbors(_ arguments: String) throws -> [Int: [Neighbor]] {
    let warehouse = try Warehouse.open(setting.path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(
      "select sample_id, rank, neighbor_id, distance from engram_neighbors(\(arguments))")
    var found: [Int: [Neighbor]] = [:]
    var last = 0
    while try rows.step() {
      #expect(rows.int(0) >= last)
      last = rows.int(0)
      found[last, default: []].append(
        Neighbor(rank: rows.int(1), sample: rows.int(2), distance: rows.double(3)))
    }
    return found
  }

  @Test(arguments: ["", ", 'euclidean'", ", 'normalized'"])
  func `Every sample has its nearest others`(metric: String) throws {
    let points = setting.inputs.map { x -> [Double] in
      let norm = x.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return x.map { metric.contains("normal") ? (norm > 0 ? Double($0) / norm : 0) : Double($0) }
    }
    func distance(_ a: Int, _ b: Int) -> Double {
      zip(points[a], points[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    let place = Dictionary(uniqueKeysWithValues: samples.enumerated().map { ($1, $0) })
    let found = try neighbors("\(setting.run), 'fc2', 7\(metric)")
    #expect(found.count == samples.count)
    for index in stride(from: 0, to: samples.count, by: 13) {
      let own = try #require(found[samples[index]])
      let expected = samples.indices.filter { $0 != index }.map { distance(index, $0) }.sorted()
      #expect(own.map(\.rank) == Array(1...7) && Set(own.map(\.sample)).count == 7)
      for (neighbor, nearest) in zip(own, expected) {
        #expect(neighbor.sample != samples[index])
        #expect(neighbor.distance == distance(index, try #require(place[neighbor.sample])))
        #expect(abs(neighbor.distance - nearest) <= 1e-7 * max(1, nearest))
      }
    }
  }

  @Test func `Few samples, none, and what is not there`() throws {
    let warehouse = try Warehouse.open(setting.path, mode: .write)
    #expect(try neighbors("\(setting.run), 'fc2', 5000")[samples[0]]?.count == 1099)
    #expect(try neighbors("\(setting.run), 'fc2', null").isEmpty)
    for (arguments, expected) in [
      ("99, 'fc2', 5", "argument 1 is 99, not a run"),
      ("\(setting.run), 'fc9', 5", "argument 2 is 'fc9', not a layer of the run"),
      ("\(setting.run), 'fc2', 0", "argument 3 is 0, not a number of samples"),
      (
        "\(setting.run), 'fc2', 5, 'cosine'",
        "argument 4 is 'cosine', not a metric (euclidean, normalized)"
      ),
    ] {
      do {
        _ = try neighbors(arguments)
        Issue.record("\(arguments) is answered")
      } catch let error as SQLiteError {
        #expect(error.message == "engram_neighbors: \(expected)")
      }
    }
    // One that is not finite has none, and is none.
    try warehouse.connection.run(
      "update activation set x = engram_sparse(?) where run_id = ? and layer_id = ? and sample_id = ?",
      .blob([0, 0, 0xC0, 0x7F] + [UInt8](repeating: 0, count: 12)), .integer(setting.run),
      .integer(setting.layers[1].id), .integer(samples[5]))
    let rest = try neighbors("\(setting.run), 'fc2', 3")
    #expect(rest[samples[5]] == nil && rest.count == 1099)
    #expect(!rest.values.joined().contains { $0.sample == samples[5] })
    try warehouse.connection.execute(
      "delete from activation where sample_id <> \(samples[0])")
    #expect(try neighbors("\(setting.run), 'fc2', 3").isEmpty)
  }
}
