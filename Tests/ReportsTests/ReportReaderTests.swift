// Rows come out of the views as they went in.

import Reports
import SQLiteKit
import Testing

@Suite struct ReportReaderTests {
  @Test func completeRunsAndTheirProvenance() throws {
    let data = try ReportReader.read(try SmallWarehouse.filled(), runs: [])
    #expect(data.runs.map(\.info.name) == ["first", "second <&>", "shifted"])
    let info = data.runs[1].info
    #expect(info.state == "best")
    #expect(info.weightsHash == "hash2")
    #expect(info.parameters == 77)
    #expect(info.dataset == "shapes:test")
    #expect(info.samples == 6)
    #expect(info.accuracy == 1.0 / 3)
    #expect(info.loss == 1.25)
    #expect(info.permutationSeed == 42)
    #expect(
      info.training == [
        "epochs: 3", "learning_rate: 0.01", "log: 2, the last loss 1.5",
      ])
    #expect(data.runs[0].info.training.isEmpty)
  }

  @Test func measuresOfALayer() throws {
    let data = try ReportReader.read(try SmallWarehouse.filled(), runs: ["second <&>"])
    let run = data.runs[0]
    #expect(run.accuracies.map(\.correct) == [2, 0, 0])
    #expect(run.layers.map(\.name) == ["fc1", "fc2"])
    let layer = run.layers[1]
    #expect(layer.inputs == 4 && layer.outputs == 3)
    let sparsity = try #require(layer.neuron.sparsity)
    #expect(sparsity.histogram == [0.5] + Array(repeating: 0, count: 18) + [0.5])
    #expect(sparsity.always == 0.125)
    let separation = try #require(layer.interaction.separation)
    #expect(abs(separation.separation - 2.2) < 1e-12)
    #expect(abs((separation.floor ?? 0) - 0.01) < 1e-12)
    #expect(abs(separation.entropy - 0.2) < 1e-12)
    #expect(abs((separation.relative ?? 0) - 11) < 1e-9)
    let matrix = try #require(layer.matrix)
    #expect(matrix.names == ["a", SmallWarehouse.hostile, "c"])
    #expect(matrix[0, 2] == 1.3)
    #expect(matrix[2, 0] == 3.1)
    #expect(abs((matrix[1, 1] ?? 0) - 0.2) < 1e-12)
    #expect(run.ranks.count == 9)
    #expect(run.ranks.allSatisfy { $0.isLimited && $0.tolerance == nil && $0.dimension == 4 })
    #expect(run.overlaps.count == 9)
    #expect(run.overlaps[0].entanglement == -1)
    #expect(run.overlaps[0].ranks == (3, 3, 7))
  }

  @Test func divergencesBetweenChosenRunsOnly() throws {
    let all = try ReportReader.read(try SmallWarehouse.filled(), runs: [])
    #expect(all.between.count == 1)
    #expect(all.between[0].from == 2 && all.between[0].to == 3)
    #expect(all.between[0].matrix[0, 0] == 0.75)
    let one = try ReportReader.read(try SmallWarehouse.filled(), runs: ["shifted", "first"])
    #expect(one.runs.map(\.info.name) == ["shifted", "first"])
    #expect(one.between.isEmpty)
  }

  @Test func anEmptyWarehouseIsAClearError() throws {
    let error = #expect(throws: ReportError.self) {
      try ReportReader.read(try SmallWarehouse.empty(), runs: [])
    }
    #expect(error?.description.contains("no complete run") == true)
  }

  @Test(arguments: [("nowhere", "no run 'nowhere'"), ("unfinished", "not complete")])
  func otherRunsAreClearErrors(_ name: String, _ text: String) throws {
    let error = #expect(throws: ReportError.self) {
      try ReportReader.read(try SmallWarehouse.filled(), runs: [name])
    }
    #expect(error?.description.contains(text) == true)
  }
}
