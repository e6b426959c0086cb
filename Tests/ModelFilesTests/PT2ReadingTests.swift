// Exported programs before decomposition and after: names, sizes, and what is written in place.

import ModelFiles
import Testing

struct PT2ReadingTests {
  @Test func convolutionsAreRead() throws {
    let graph = try ModelGraph.read(fixture("convolutions.pt2"))
    #expect(
      graph.operations.map(\.kind) == [
        .convolution, .batchNormalisation, .clip, .convolution, .batchNormalisation, .hardSwish,
        .add, .maxPool, .adaptiveAveragePool, .flatten, .linear,
      ])
    #expect(
      graph.operations.map(\.scope) == [
        "stem.0", "stem.1", "stem.2", "block.0", "block.1", "block.2", "", "pool", "", "", "fc",
      ])
    let names = Set(graph.constants.values.map(\.name))
    #expect(names.isSuperset(of: ["stem.0.weight", "stem.1.running_var", "fc.bias"]))
    #expect(graph.inputs.map(\.sizes) == [[.open("s77"), .fixed(3), .fixed(8), .fixed(8)]])
    #expect(graph.operations[2].arguments["maximum"] == .float(6))
    #expect(graph.metadata["classes.txt"] == "a\nb\n")
    #expect(graph.metadata["producer"]?.hasPrefix("PyTorch 2.") == true)
    #expect(graph.operations[7].arguments["kernel"] == .list([.int(3), .int(3)]))
  }

  @Test func bakedBatchesAreFixed() throws {
    let graph = try ModelGraph.read(fixture("fixed.pt2"))
    #expect(graph.inputs.map(\.sizes) == [[.fixed(2), .fixed(3), .fixed(8), .fixed(8)]])
  }

  @Test func transformersAreRead() throws {
    let graph = try ModelGraph.read(fixture("transformer.pt2"))
    let linear = graph.operations.filter { $0.kind == .linear }
    #expect(linear.map(\.scope) == ["attn.qkv", "attn.proj", "mlp.0", "mlp.3", "head"])
    let weights = linear.compactMap { operation -> String? in
      guard case .value(let name)? = operation.arguments["weight"] else { return nil }
      return graph.constants[name]?.name
    }
    #expect(weights == linear.map { $0.scope + ".weight" })
    #expect(graph.operations.contains { $0.kind == .attention })
    // A part of each index is an operation of its own.
    let parts = graph.operations.filter { $0.origin == "aten.unbind.int" }
    #expect(parts.map { $0.arguments["index"] } == [.int(0), .int(1), .int(2)])
    let expand = graph.operations.first { $0.kind == .expand }
    #expect(expand?.arguments["shape"] == .list([.value("sym_size_int_1"), .int(-1), .int(-1)]))
  }

  @Test(arguments: ["convolutions", "transformer"])
  func decomposedProgramsAreRead(name: String) throws {
    let whole = try ModelGraph.read(fixture(name + ".pt2"))
    let decomposed = try ModelGraph.read(fixture(name + ".decomposed.pt2"))
    #expect(!decomposed.operations.contains { $0.kind == .unknown })
    let names = Set(whole.constants.values.map(\.name))
    #expect(names == Set(decomposed.constants.values.map(\.name)))
    for constant in whole.constants.values {
      let other = decomposed.constants.values.first { $0.name == constant.name }
      #expect(try constant.floats() == other?.floats())
    }
  }

  /// The same weights by whatever way.
  @Test func weightsAreThoseOfONNX() throws {
    let program = try ModelGraph.read(fixture("transformer.pt2"))
    let model = try ModelGraph.read(fixture("transformer.dynamo.onnx"))
    for constant in program.constants.values {
      guard let other = model.constants[constant.name] else { continue }
      #expect(try constant.floats() == other.floats() && constant.shape == other.shape)
    }
    #expect(model.constants["positions"] != nil)
  }

  @Test func writtenTensorsBecomeNewValues() throws {
    let graph = try ModelGraph.read(fixture("written.pt2"))
    #expect(!graph.operations.contains { $0.kind == .unknown })
    // Four parts of a mask, each through a view of a view, and a row of it.
    let replaced = graph.operations.filter { $0.kind == .replaceSlice }
    #expect(replaced.count == 9)
    // A view is made again when its tensor was written: nobody reads what it was.
    let rectified = graph.operations.firstIndex { $0.kind == .rectifier }
    let views = graph.operations.indices.filter {
      graph.operations[$0].origin == "aten.view.default"
    }
    #expect(views.count == 2 && rectified.map { views[0] < $0 && $0 < views[1] } == true)
    let product = graph.operations.first { $0.kind == .multiply }
    #expect(product?.arguments["a"] == .value(graph.operations[views[1]].outputs[0]))
  }

  @Test func constantsAreWhatModulesHold() throws {
    let graph = try ModelGraph.read(fixture("written.pt2"))
    let constants = graph.constants.values
    func floats(_ name: String) throws -> [Float]? {
      try constants.first { $0.name == name }?.floats()
    }
    #expect(try floats("offset") == [0, 1, 2, 3])
    #expect(try floats("first.weight") == floats("second.weight"))
    // Strides that are not its sizes': the formula runs over the turned matrix's rows.
    let turned = try #require(try floats("turned"))
    let expected = try Expected.read()
    #expect(turned == expected.turned)
  }

  /// Pooling over depth, windows as columns, identity matrices, scaled sums and differences.
  @Test func operatorsInPartsAreRead() throws {
    let graph = try ModelGraph.read(fixture("operators.pt2"))
    func all(_ kind: OperationKind) -> [[String: Argument]] {
      graph.operations.filter { $0.kind == kind }.map(\.arguments)
    }
    #expect(all(.unknown).isEmpty)
    #expect(all(.averagePool).map { $0["kernel"] } == [.list([.int(2), .int(1)])])
    #expect(all(.averagePool).map { $0["stride"] } == [.list([.int(1), .int(1)])])
    #expect(all(.unfold).map { $0["axis"] } == [.int(2), .int(3)])
    #expect(all(.unfold).map { $0["step"] } == [.int(2), .int(1)])
    #expect(all(.unfold).map { $0["size"] } == [.int(3), .int(3)])
    let padding = all(.pad).first { $0["axes"] == .list([.int(2), .int(3)]) }
    #expect(padding?["before"] == .list([.int(1), .int(0)]))
    #expect(
      all(.full).map { $0["shape"] } == [
        .list([.int(4), .int(3)]), .list([.int(3), .int(3)]),
      ])
    #expect(all(.triangle).map { $0["upper"] } == [.bool(true), nil, .bool(true), nil])
    #expect(all(.subtract).map { $0["alpha"] } == [.float(0.5), .int(3)])
    #expect(all(.subtract).last?["a"] == .value("abs_1"))
    #expect(all(.add).compactMap { $0["alpha"] } == [.int(2)])
  }
}
