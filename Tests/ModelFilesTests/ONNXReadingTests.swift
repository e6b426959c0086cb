// ONNX files of both of PyTorch's exporters, of old operator sets and with functions: what comes out of them.

import ModelFiles
import Testing

struct ONNXReadingTests {
  private func kinds(_ name: String) throws -> [OperationKind: Int] {
    try ModelGraph.read(fixture(name)).operations.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
  }

  @Test(arguments: ["dynamo", "external", "legacy"])
  func convolutionsAreRead(form: String) throws {
    let graph = try ModelGraph.read(fixture("convolutions.\(form).onnx"))
    #expect(
      graph.operations.map(\.kind) == [
        .convolution, .clip, .convolution, .hardSwish, .add, .maxPool,
        form == "legacy" ? .adaptiveAveragePool : .mean,
        form == "legacy" ? .flattenToMatrix : .reshape,
        .gemm,
      ])
    #expect(
      graph.operations.map(\.scope) == [
        "stem.0", "stem.2", "block.0", "block.2", "", "pool", "", "", "fc",
      ])
    #expect(graph.inputs.map(\.name) == ["input"])
    #expect(graph.inputs.map(\.sizes) == [[.open("batch"), .fixed(3), .fixed(8), .fixed(8)]])
    #expect(graph.inputs.map { "\($0.type)" } == ["float32"])
    #expect(graph.outputs == ["logits"])
    #expect(graph.operations[2].arguments["groups"] == .int(4))
    #expect(graph.operations[8].arguments["b"] == .value("fc.weight"))
    #expect(graph.constants["fc.weight"]?.name == "fc.weight")
    #expect(graph.constants["fc.weight"]?.shape == [5, 4])
    #expect(graph.metadata["producer"] == "pytorch")
  }

  @Test(arguments: ["convolutions", "transformer"])
  func externalWeightsAreTheSame(name: String) throws {
    let inside = try ModelGraph.read(fixture(name + ".dynamo.onnx"))
    let outside = try ModelGraph.read(fixture(name + ".external.onnx"))
    #expect(inside.operations.map(\.arguments) == outside.operations.map(\.arguments))
    #expect(Set(inside.constants.keys) == Set(outside.constants.keys))
    for (key, constant) in inside.constants {
      #expect(try constant.floats() == outside.constants[key]?.floats())
    }
  }

  @Test func transformersAreRead() throws {
    for form in ["dynamo", "legacy"] {
      let found = try kinds("transformer.\(form).onnx")
      #expect(found[.unknown] == nil)
      #expect(found[.matrixProduct] == 6 && found[.softmax] == 1 && found[.layerNormalisation] == 2)
    }
    let graph = try ModelGraph.read(fixture("transformer.dynamo.onnx"))
    let product = graph.operations.first { $0.kind == .matrixProduct }
    #expect(product?.scope == "attn.qkv")
  }

  @Test func oldOperatorSetsMeanWhatTheyMeant() throws {
    let graph = try ModelGraph.read(fixture("old.onnx"))
    #expect(graph.inputs.map(\.name) == ["x"])
    let byKind = Dictionary(grouping: graph.operations, by: \.kind)
    func arguments(_ kind: OperationKind) -> [String: Argument]? { byKind[kind]?.first?.arguments }
    #expect(arguments(.clip)?["maximum"] == .float(0.75))
    #expect(arguments(.hardSigmoid)?["alpha"] == .float(0.2))
    #expect(arguments(.slice)?["starts"] == .list([.int(1)]))
    #expect(arguments(.pad)?["before"] == .list([.int(0), .int(0), .int(1), .int(2)]))
    #expect(arguments(.pad)?["after"] == .list([.int(0), .int(0), .int(3), .int(4)]))
    #expect(arguments(.resize)?["scales"] == .list([.float(2), .float(2)]))
    #expect(arguments(.resize)?["coordinates"] == .text("asymmetric"))
    #expect(arguments(.mean)?["keepDimensions"] == .bool(true))
    #expect(arguments(.squeeze)?["axes"] == .list([.int(2), .int(3)]))
    // Over all axes from the first on: through a matrix and back.
    #expect(
      graph.operations.suffix(4).map(\.kind) == [.shape, .flattenToMatrix, .softmax, .reshape])
    #expect(graph.operations.last?.outputs == ["y"])
  }

  @Test func everyFieldOfNumbersIsRead() throws {
    let constants = try ModelGraph.read(fixture("tensors.onnx")).constants
    let quarters: [Float] = [-1.25, 0, 0.5, 64]
    for name in [
      "float32", "float16", "float64", "bfloat16", "float32-raw", "float16-raw", "float64-raw",
      "again",
    ] {
      #expect(try constants[name]?.floats() == quarters, "\(name)")
      #expect(constants[name]?.shape == [2, 2])
    }
    for name in ["int64", "int32", "int16", "int8"] {
      #expect(try constants[name]?.integers() == [-7, 0, 100], "\(name)")
      #expect(try constants[name + "-raw"]?.floats() == [-7, 0, 100], "\(name)")
    }
    #expect(try constants["uint8"]?.integers() == [7, 0, 200])
    #expect(try constants["bool"]?.integers() == [1, 0, 1])
    #expect(try constants["empty"]?.floats() == [] && constants["empty"]?.shape == [0, 3])
    #expect(try constants["scalar"]?.integers() == [5] && constants["scalar"]?.shape == [])
    #expect(try constants["value_int"]?.integers() == [-3])
    #expect(try constants["value_ints"]?.integers() == [1, -2])
    #expect(try constants["value_float"]?.floats() == [0.25])
    #expect(try constants["value_floats"]?.floats() == [0.5, -1.5])
    #expect(try constants["value"]?.floats() == [1.5, 2.5])
    #expect(throws: ModelFileError.self) { try constants["float32"]?.integers() }
  }

  @Test func functionsArePutIn() throws {
    let graph = try ModelGraph.read(fixture("functions.onnx"))
    let slopes = graph.operations.compactMap { $0.arguments["slope"] }
    #expect(slopes == [.float(0.25), .float(0.5), .float(0.125), .float(0.5)])
    #expect(graph.operations.map(\.scope) == ["body.0", "body.0", "", "", "", ""])
    #expect(graph.operations.last?.arguments == ["a": .value("second"), "b": .value("same")])
  }

  @Test func unknownOperatorsAreNoErrors() throws {
    let nodes = [
      Message.node("If", ["x"], ["a", "b"]), Message.node("Fancy", ["a"], ["y"], domain: "house"),
      Message.node("QuantizeLinear", ["b"], ["unread"]),
    ]
    let graph = try ModelGraph(decoding: Message.model(nodes).bytes, path: "model")
    #expect(graph.operations.map(\.kind) == [.unknown, .unknown, .unknown])
    #expect(graph.operations.map(\.origin) == ["If", "house.Fancy", "QuantizeLinear"])
    #expect(graph.operations[0].outputs == ["a", "b"])
  }

  /// Statistics that only training reads are no part of the translation, unless somebody reads them.
  @Test func outputsThatAreReadAreGiven() throws {
    func kinds(_ result: String) throws -> [OperationKind] {
      let nodes = [
        Message.node("LayerNormalization", ["x", "x"], ["normal", "mean"]),
        Message.node("Relu", [result], ["y"]),
      ]
      return try ModelGraph(decoding: Message.model(nodes).bytes, path: "model").operations.map(
        \.kind)
    }
    #expect(try kinds("normal") == [.layerNormalisation, .rectifier])
    #expect(try kinds("mean") == [.unknown, .rectifier])
  }
}
