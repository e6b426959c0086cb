// Rows come out of the views as they went in.

import Reports
import SQLiteKit
import Testing

@Suite struct ReportReaderTests {
  @Test func completeRunsAndTheirProvenance() throws {
    let data = try ReportReader.read(try SmallWarehouse.filled(), runs: [], isChecking: false)
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

  @Test(arguments: [
    (#"{"tags": ["x"]}"#, ["tags: 1, the last x"]),
    (#"{"tags": ["x", "\"y{"], "n": 2}"#, ["tags: 2, the last \"y{", "n: 2"]),
    (
      #"{"a": [1, 2.5], "b": [true], "c": [null], "d": []}"#,
      ["a: 2, the last 2.5", "b: 1, the last yes"]
    ),
    (
      #"{"a": [[3, 4]], "b": [1, {"k": [5]}]}"#,
      ["a: 1, the last 0 3, 1 4", "b: 2, the last k [5]"]
    ),
    (#"[7]"#, ["0: 7"]), (#""text""#, [": text"]), ("null", []),
  ])
  func trainingRecordsOfAnyJSON(_ training: String, _ lines: [String]) throws {
    let connection = try SmallWarehouse.filled()
    try connection.run("update model set training = ?", .text(training))
    #expect(
      try ReportReader.read(connection, runs: ["first"], isChecking: false).runs[0].info.training
        == lines)
  }

  @Test func theLastLayerIsTheModels() throws {
    let connection = try SmallWarehouse.filled()
    var run = try ReportReader.read(connection, runs: ["first"], isChecking: false).runs[0]
    #expect(run.info.lastPosition == 1 && run.info.lastLayer == "fc2")
    #expect(run.ranks.count == 9 && run.overlaps.count == 9)
    try connection.execute(
      """
      insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias)
      values (99, 1, 2, 'fc3', 3, 3, 1)
      """)
    run = try ReportReader.read(connection, runs: ["first"], isChecking: false).runs[0]
    #expect(run.info.lastPosition == 2 && run.info.lastLayer == "fc3")
    #expect(run.layers.count == 2 && run.ranks.isEmpty && run.overlaps.isEmpty)
  }

  @Test func measuresOfALayer() throws {
    let data = try ReportReader.read(
      try SmallWarehouse.filled(), runs: ["second <&>"], isChecking: false)
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

  /// However they lie in the file, and by whole tables as by runs.
  @Test func replicatesOfRuns() throws {
    let connection = try SmallWarehouse.filled()
    for (run, model, measures) in [
      (1, 1, ["rank", "separation"]), (2, 2, ["separation", "rank"]),
    ] {
      for replicate in [2, 0, 1] {
        for measure in measures {
          let isRank = measure == "rank"
          try connection.run(
            """
            insert into replicate (run_id, layer_id, kind, measure, rule, class_id, replicate, value, method, seed,
              n_replicates)
            select ?1, min(layer_id), ?2, ?3, ?4, ?5, ?6, ?7, 'grouped-bootstrap', 7, 3 from layer where model_id = ?8
            """, .integer(run), .text(isRank ? "input" : "interaction"), .text(measure),
            isRank ? .text("1e-2") : .null, isRank ? .integer(2) : .null, .integer(replicate),
            .real(Double(10 * run + replicate)), .integer(model))
        }
      }
    }
    let all = try ReportReader.read(connection, runs: [], isChecking: false)
    for (index, name) in ["first", "second <&>"].enumerated() {
      let one = try ReportReader.read(connection, runs: [name], isChecking: false).runs[0]
      let expected = Replicates(
        seed: 7, method: "grouped-bootstrap",
        values: (0..<3).map { Double(10 * (index + 1) + $0) })
      let keys = [
        ReplicateKey(layer: 0, measure: "separation"),
        ReplicateKey(layer: 0, kind: "input", measure: "rank", rule: "1e-2", classPosition: 1),
      ]
      #expect(one.replicates.count == 2)
      for key in keys { #expect(one.replicates[key] == expected, "\(name), \(key.measure)") }
      #expect(all.runs.first { $0.info.name == name }?.replicates == one.replicates)
    }
  }

  @Test func divergencesBetweenChosenRunsOnly() throws {
    let all = try ReportReader.read(try SmallWarehouse.filled(), runs: [], isChecking: false)
    #expect(all.between.count == 1)
    #expect(all.between[0].from == 2 && all.between[0].to == 3)
    #expect(all.between[0].matrix[0, 0] == 0.75)
    let one = try ReportReader.read(
      try SmallWarehouse.filled(), runs: ["shifted", "first"], isChecking: false)
    #expect(one.runs.map(\.info.name) == ["shifted", "first"])
    #expect(one.between.isEmpty)
  }

  @Test func anEmptyWarehouseIsAClearError() throws {
    let error = #expect(throws: ReportError.self) {
      try ReportReader.read(try SmallWarehouse.empty(), runs: [], isChecking: false)
    }
    #expect(error?.description.contains("no complete run") == true)
  }

  @Test(arguments: [("nowhere", "no run 'nowhere'"), ("unfinished", "not complete")])
  func otherRunsAreClearErrors(_ name: String, _ text: String) throws {
    let error = #expect(throws: ReportError.self) {
      try ReportReader.read(try SmallWarehouse.filled(), runs: [name], isChecking: false)
    }
    #expect(error?.description.contains(text) == true)
  }
}
