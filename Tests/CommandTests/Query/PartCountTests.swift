// Class counts of parts of a run, which have no profiles until they are merged, add up to those of the run.

import Bits
import TestSupport
import Testing
import Warehouse

@Suite struct PartCountTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  /// A counter's place.
  private struct Place: Hashable {
    let layer: String
    let kind: ProfileKind
    let grouping: String
    let label: String
    let unit: Int
  }

  /// What is counted at every place, and at place −1 how many samples.
  private func counts(_ file: String) throws -> [Place: Int] {
    var warehouse = try Warehouse.open(scratch.path(file), mode: .readOnly)
    warehouse.stop { false }
    let run = try #require(try warehouse.runs().first)
    let keys = Dictionary(
      uniqueKeysWithValues: try warehouse.classes(dataSet: run.dataSetID).map { ($0.id, $0.key) })
    var found: [Place: Int] = [:]
    for layer in try warehouse.layers(run: run.id) {
      let groupings = try warehouse.countedGroupings(run: run, layer: layer)
      #expect(groupings == [.true, .permuted])
      for kind in ProfileKind.allCases {
        try warehouse.forEachCountedPart(
          run: run, layer: layer, kind: kind, groupings: groupings
        ) { part in
          func place(_ unit: Int) throws -> Place {
            Place(
              layer: layer.name, kind: kind, grouping: part.grouping.name,
              label: try #require(keys[part.classID]), unit: unit)
          }
          if part.rows.lowerBound == 0 { found[try place(-1), default: 0] += part.samples }
          for (index, count) in part.counters.enumerated() {
            found[try place(part.rows.lowerBound * part.columns + index), default: 0] += Int(count)
          }
        }
      }
    }
    return found
  }

  @Test(arguments: [[], ["--bitsets", "derived", "--profiles", "streamed"]])
  func `Counts of parts add up to those of the run`(policy: [String]) throws {
    func ingest(_ file: String, _ options: [String]) throws {
      let result = try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:900",
          "--layers", "last:1", "--name", "run", "--into", file,
        ] + policy + options, directory: scratch.root)
      expectSuccess(result)
    }
    try ingest("whole.db", [])
    var sum: [Place: Int] = [:]
    for part in 1...3 {
      try ingest("\(part).db", ["--shard", "\(part)/3"])
      let own = try counts("\(part).db")
      #expect(own.count > 10_000)
      sum.merge(own) { $0 + $1 }
    }
    let whole = try counts("whole.db")
    #expect(whole.count > 30_000 && sum == whole)
  }
}
