// What identifies the network of a model file: its tensors and its program, not what the file calls its values. Leaves out
// files of built-in networks (SwinRecognitionTests).

import ModelFiles
import Networks
import Testing
import WeightFiles

struct ModelIdentityTests {
  /// A linear layer of a standardised map, times a constant that no parameter is.
  private func hash(
    values: [String] = ["x", "n", "f", "s", "y"], epsilon: Double = 1e-5, factor: Float = 2,
    activation: OperationKind = .gelu, weight: Float = 1, weightName: String = "head.weight",
    side: Int = 4, swapped: Bool = false
  ) throws -> String {
    let tests = LoweringTests()
    let count = 3 * side * side
    let operands: [String: Argument] = ["a": .value(values[3]), "b": .value("factor")]
    let graph = ModelGraph(
      format: "ONNX, opset 20",
      inputs: [
        ModelInput(
          name: values[0], sizes: [.open("n"), .fixed(3), .fixed(side), .fixed(side)],
          type: .float32)
      ], outputs: [values[4]],
      operations: [
        Operation(
          .layerNormalisation, origin: "",
          ["input": .value(values[0]), "axis": .int(1), "epsilon": .float(epsilon)],
          outputs: [values[1]]),
        Operation(
          .flatten, origin: "", ["input": .value(values[1]), "start": .int(1)],
          outputs: [values[2]]),
        Operation(
          .linear, origin: "", ["input": .value(values[2]), "weight": .value("w")],
          outputs: [values[3]]),
        Operation(activation, origin: "", ["input": .value(values[3])], outputs: ["active"]),
        Operation(
          .multiply, origin: "",
          swapped ? operands : operands.merging(["a": .value("active")]) { $1 },
          outputs: [values[4]]),
      ],
      constants: [
        "w": tests.constant(weightName, [2, count], [Float](repeating: weight, count: 2 * count)),
        "factor": tests.constant("factor", [1, 2], [factor, 1]),
      ])
    return try ImportedModel(graph, path: "net.onnx").sha256
  }

  @Test func itIsOfTensorsAndProgramNotOfValuesNames() throws {
    let own = try hash()
    #expect(try hash(values: ["image", "1", "2", "3", "logits"]) == own)
    let others = try [
      hash(epsilon: 1e-6), hash(factor: 3), hash(activation: .silu), hash(weight: 2),
      hash(weightName: "fc.weight"), hash(side: 5), hash(swapped: true),
    ]
    #expect(Set(others + [own]).count == others.count + 1)
  }
}
