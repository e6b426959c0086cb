import ModelFiles
import Networks
import Testing
import WeightFiles

/// Graphs written down here, against formulas in Float64.
@Suite struct LoweringTests {
  /// A constant of floats.
  func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> ModelConstant {
    ModelConstant(name: name, type: .float32, shape: shape) {
      values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      }
    }
  }

  func graph(
    _ operations: [Operation], _ constants: [ModelConstant] = [],
    sizes: [ModelInput.Size] = [.open("n"), .fixed(3), .fixed(4), .fixed(4)], output: String = "y"
  ) -> ModelGraph {
    ModelGraph(
      format: "ONNX, opset 20",
      inputs: [ModelInput(name: "x", sizes: sizes, type: .float32)], outputs: [output],
      operations: operations,
      constants: Dictionary(uniqueKeysWithValues: constants.map { ($0.name, $0) }))
  }

  func run(_ graph: ModelGraph, _ inputs: [Float]) throws -> [Float] {
    let model = try ImportedModel(graph, path: "net.onnx")
    let network = try Network(model)
    return network.forward(inputs, count: inputs.count / model.architecture.input.count).logits
  }

  let image: [Float] = (0..<48).map { Float(($0 * 37) % 23) / 7 - 1 }

  @Test func flattenTakesChannelsOutermost() throws {
    let y = try run(
      graph([
        Operation(
          .flatten, origin: "Flatten", ["input": .value("x"), "start": .int(1)], outputs: ["y"])
      ]), image)
    #expect(y == image)
  }

  @Test func windowsAreRolledAndPutBack() throws {
    let roll: [String: Argument] = [
      "input": .value("x"), "shifts": .list([.int(1), .int(-1)]),
      "axes": .list([.int(2), .int(3)]),
    ]
    let y = try run(
      graph([
        Operation(.roll, origin: "roll", roll, outputs: ["r"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)], outputs: ["y"]),
      ]), image)
    for channel in 0..<3 {
      for row in 0..<4 {
        for column in 0..<4 {
          let expected = image[channel * 16 + (row + 3) % 4 * 4 + (column + 1) % 4]
          #expect(y[channel * 16 + row * 4 + column] == expected)
        }
      }
    }
  }

  @Test func shapesAreComputedWithTheBatchInThem() throws {
    // view(shape(x)[0], -1), as exporters write a flatten.
    let operations = [
      Operation(.shape, origin: "Shape", ["input": .value("x")], outputs: ["s"]),
      Operation(
        .gather, origin: "Gather", ["input": .value("s"), "indices": .int(0)], outputs: ["n"]),
      Operation(
        .unsqueeze, origin: "Unsqueeze", ["input": .value("n"), "axes": .list([.int(0)])],
        outputs: ["n1"]),
      Operation(
        .concatenate, origin: "Concat",
        ["inputs": .list([.value("n1"), .value("rest")]), "axis": .int(0)], outputs: ["shape"]),
      Operation(
        .reshape, origin: "Reshape", ["input": .value("x"), "shape": .value("shape")],
        outputs: ["y"]),
    ]
    let rest = ModelConstant(name: "rest", type: .int64, shape: [1]) {
      [UInt8](repeating: 255, count: 8)
    }
    #expect(try run(graph(operations, [rest]), image + image) == image + image)
  }

  @Test func aLinearLayerOverTokensIsAProductOfEach() throws {
    let weight: [Float] = [1, 2, 3, -1, 0.5, 0.25]
    let operations = [
      Operation(
        .flatten, origin: "flatten", ["input": .value("x"), "start": .int(2)], outputs: ["f"]),
      Operation(
        .transpose, origin: "permute",
        ["input": .value("f"), "order": .list([.int(0), .int(2), .int(1)])], outputs: ["t"]),
      Operation(
        .linear, origin: "linear",
        ["input": .value("t"), "weight": .value("fc.weight"), "bias": .value("fc.bias")],
        outputs: ["z"]),
      Operation(
        .flatten, origin: "flatten", ["input": .value("z"), "start": .int(1)], outputs: ["y"]),
    ]
    let model = try ImportedModel(
      graph(
        operations, [constant("fc.weight", [2, 3], weight), constant("fc.bias", [2], [10, 20])]),
      path: "net.onnx")
    #expect(model.weights.tensors["fc.weight"]?.shape == [2, 3])
    #expect(model.architecture.nodes.contains { $0.name == "fc" })
    let y = try Network(model).forward(image, count: 1).logits
    for token in 0..<16 {
      for output in 0..<2 {
        var sum = Double(output == 0 ? 10 : 20)
        for channel in 0..<3 {
          sum += Double(weight[output * 3 + channel]) * Double(image[channel * 16 + token])
        }
        #expect(abs(Double(y[token * 2 + output]) - sum) < 1e-5)
      }
    }
  }

  @Test func everyOperationThatIsNotRunIsNamedOnce() throws {
    let operations = [
      Operation(
        .unknown, origin: "GridSample", name: "n1", scope: "head", ["input": .value("x")],
        outputs: ["a"]),
      Operation(.rectifier, origin: "Relu", ["input": .value("a")], outputs: ["b"]),
      Operation(.unknown, origin: "GridSample", name: "n2", ["input": .value("x")], outputs: ["c"]),
      Operation(.unknown, origin: "NonZero", name: "n3", ["input": .value("x")], outputs: ["d"]),
      Operation(
        .concatenate, origin: "Concat",
        ["inputs": .list([.value("b"), .value("c"), .value("d")]), "axis": .int(1)], outputs: ["y"]),
    ]
    let error = #expect(throws: NetworkError.self) {
      try ImportedModel(graph(operations), path: "net.onnx")
    }
    #expect(
      error?.description
        == "net.onnx: expected operations that the engine runs, found 3 that it does not: "
        + "GridSample, 2 × (head, n2); NonZero, 1 × (n3)")
  }

  @Test func aBakedBatchIsRefusedWithTheCallThatAvoidsIt() {
    let error = #expect(throws: NetworkError.self) {
      try ImportedModel(
        graph([], sizes: [.fixed(2), .fixed(3), .fixed(4), .fixed(4)], output: "x"),
        path: "net.onnx")
    }
    #expect(error?.description.contains("dynamic_shapes") == true)
  }

  @Test func samplesAreKeptApart() {
    let error = #expect(throws: NetworkError.self) {
      try ImportedModel(
        graph([
          Operation(
            .sum, origin: "ReduceSum", ["input": .value("x"), "axes": .list([.int(0)])],
            outputs: ["y"])
        ]), path: "net.onnx")
    }
    #expect(error?.description.contains("axes within a sample") == true)
  }
}
