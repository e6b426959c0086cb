import Glibc
import ModelFiles
import Networks
import Testing
import WeightFiles

/// What is computed of constants before the network runs, and constants that layers read.
@Suite struct FoldingTests {
  private func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> ModelConstant {
    ModelConstant(name: name, type: .float32, shape: shape) {
      values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      }
    }
  }

  private func ints(_ list: [Int]) -> Argument { .list(list.map { .int($0) }) }

  private func run(
    _ operations: [Operation], _ constants: [ModelConstant], _ image: [Float]
  ) throws -> [Float] {
    let graph = ModelGraph(
      format: "ONNX, opset 20",
      inputs: [
        ModelInput(
          name: "x", sizes: [.open("n"), .fixed(3), .fixed(4), .fixed(4)], type: .float32)
      ], outputs: ["y"], operations: operations,
      constants: Dictionary(uniqueKeysWithValues: constants.map { ($0.name, $0) }))
    let network = try Network(ImportedModel(graph, path: "net.onnx"))
    return network.forward(image, count: 1).logits
  }

  /// The `count` numbers that the operations make of "a" and "b" and call "c".
  private func folded(
    _ operations: [Operation], _ constants: [ModelConstant], count: Int
  ) throws -> [Float] {
    let slice: [String: Argument] = [
      "input": .value("f"), "starts": ints([0]), "ends": ints([count]), "axes": ints([1]),
    ]
    return try run(
      operations + [
        Operation(
          .flatten, origin: "Flatten", ["input": .value("x"), "start": .int(1)], outputs: ["f"]),
        Operation(.slice, origin: "Slice", slice, outputs: ["s"]),
        Operation(.multiply, origin: "Mul", ["a": .value("s"), "b": .float(0)], outputs: ["z"]),
        Operation(
          .reshape, origin: "Reshape", ["input": .value("c"), "shape": ints([1, count])],
          outputs: ["r"]),
        Operation(.add, origin: "Add", ["a": .value("z"), "b": .value("r")], outputs: ["y"]),
      ], constants, [Float](repeating: 1, count: 48))
  }

  @Test func aShapeGivesThePartThatIsAskedFor() throws {
    let a = constant("a", [2, 3, 4], [Float](repeating: 0, count: 24))
    let cases: [(Int, Int, [Float])] = [(1, 3, [3, 4]), (-3, -1, [2, 3]), (2, 9, [4])]
    for (start, end, sizes) in cases {
      let shape: [String: Argument] = [
        "input": .value("a"), "start": .int(start), "end": .int(end),
      ]
      let c = try folded(
        [Operation(.shape, origin: "Shape", shape, outputs: ["c"])], [a], count: sizes.count)
      #expect(c == sizes)
    }
  }

  @Test func aRemainderHasTheSignOfEitherSide() throws {
    let (a, b) = (constant("a", [3], [-4.5, 7.5, 5]), constant("b", [3], [2, -3, 8]))
    let cases: [(Bool, [Float])] = [(true, [-0.5, 1.5, 5]), (false, [1.5, -1.5, 5])]
    for (truncates, expected) in cases {
      let remainder: [String: Argument] = [
        "a": .value("a"), "b": .value("b"), "truncates": .bool(truncates),
      ]
      let c = try folded(
        [Operation(.remainder, origin: "Mod", remainder, outputs: ["c"])], [a, b], count: 3)
      #expect(c == expected)
    }
  }

  @Test func constantsAreFlattenedToMatrices() throws {
    let a = constant("a", [2, 3, 2], [Float](repeating: 0, count: 12))
    let cases: [(Int, [Float])] = [(0, [1, 12]), (1, [2, 6]), (-1, [6, 2]), (3, [12, 1])]
    for (axis, sizes) in cases {
      let flat: [String: Argument] = ["input": .value("a"), "axis": .int(axis)]
      let c = try folded(
        [
          Operation(.flattenToMatrix, origin: "Flatten", flat, outputs: ["m"]),
          Operation(.shape, origin: "Shape", ["input": .value("m")], outputs: ["c"]),
        ], [a], count: 2)
      #expect(c == sizes)
    }
  }

  @Test func reductionsOfNothingHaveTheirRows() throws {
    let a = constant("a", [2, 0], [])
    for (kind, expected) in [(.sum, 0), (.productOver, 1)] as [(OperationKind, Float)] {
      let over: [String: Argument] = ["input": .value("a"), "axes": ints([1])]
      let c = try folded([Operation(kind, origin: "Reduce", over, outputs: ["c"])], [a], count: 2)
      #expect(c == [expected, expected])
    }
  }

  @Test func oneNumberStandsForAllElements() throws {
    let full: [String: Argument] = [
      "shape": ints([3]), "value": .float(2.5), "type": .text("float32"),
    ]
    let c = try folded(
      [Operation(.full, origin: "ConstantOfShape", full, outputs: ["c"])], [], count: 3)
    #expect(c == [2.5, 2.5, 2.5])
  }

  @Test(arguments: [[1 << 40, 1 << 40], [1 << 40, 1 << 40, 0], [1 << 14, 1 << 14]])
  func hugeConstantsAreRefusedBeforeTheyAreMade(shape: [Int]) throws {
    let a = constant("a", [1], [1])
    let full: [String: Argument] = ["shape": ints(shape), "value": .float(1)]
    let expand: [String: Argument] = ["input": .value("a"), "shape": ints(shape)]
    for operation in [
      Operation(.full, origin: "ConstantOfShape", full, outputs: ["c"]),
      Operation(.expand, origin: "Expand", expand, outputs: ["c"]),
    ] {
      #expect(throws: NetworkError.self) { try folded([operation], [a], count: 1) }
    }
  }

  /// No convolution's weights: they stay in the order of the file.
  @Test func parametersOfANormalisationMayHaveFourAxes() throws {
    let image = (0..<48).map { Float(($0 * 37) % 23) / 7 - 1 }
    let weight = (0..<48).map { Float(($0 * 29) % 17) / 5 - 1 }
    let bias = (0..<48).map { Float(($0 * 31) % 19) / 6 - 1 }
    let normalisation: [String: Argument] = [
      "input": .value("r"), "weight": .value("w"), "bias": .value("b"), "axis": .int(1),
      "epsilon": .float(1e-5),
    ]
    let y = try run(
      [
        Operation(
          .reshape, origin: "Reshape",
          ["input": .value("x"), "shape": ints([0, 2, 3, 2, 4]), "zeroCopies": .bool(true)],
          outputs: ["r"]),
        Operation(.layerNormalisation, origin: "LayerNormalization", normalisation, outputs: ["n"]),
        Operation(
          .flatten, origin: "Flatten", ["input": .value("n"), "start": .int(1)], outputs: ["y"]),
      ], [constant("w", [2, 3, 2, 4], weight), constant("b", [2, 3, 2, 4], bias)], image)
    let mean = image.reduce(0) { $0 + Double($1) } / 48
    let variance = image.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 48
    for i in 0..<48 {
      let normal = (Double(image[i]) - mean) / (variance + 1e-5).squareRoot()
      #expect(abs(Double(y[i]) - (normal * Double(weight[i]) + Double(bias[i]))) < 1e-5)
    }
  }

  /// A query that sees no key gives 0.
  @Test func truthValuesOfAMaskSayWhichKeysAreSeen() throws {
    let image = (0..<48).map { Float(($0 * 37) % 23) / 7 - 1 }
    let seen = (0..<16).map { $0 < 4 ? false : $0 % 3 != 1 }
    let mask = ModelConstant(name: "m", type: .bool, shape: [4, 4]) { seen.map { $0 ? 1 : 0 } }
    let attention: [String: Argument] = [
      "query": .value("x"), "key": .value("x"), "value": .value("x"), "mask": .value("m"),
      "scale": .float(0.5),
    ]
    let y = try run(
      [
        Operation(.attention, origin: "Attention", attention, outputs: ["a"]),
        Operation(
          .flatten, origin: "Flatten", ["input": .value("a"), "start": .int(1)], outputs: ["y"]),
      ], [mask], image)
    for head in 0..<3 {
      let rows = (0..<4).map { row in (0..<4).map { Double(image[head * 16 + row * 4 + $0]) } }
      for query in 0..<4 {
        let weights = (0..<4).map { key -> Double in
          let score = zip(rows[query], rows[key]).reduce(0) { $0 + $1.0 * $1.1 }
          return seen[query * 4 + key] ? exp(0.5 * score) : 0
        }
        let total = weights.reduce(0, +)
        for column in 0..<4 {
          let sum = (0..<4).reduce(0) { $0 + weights[$1] * rows[$1][column] }
          let expected = total == 0 ? 0 : sum / total
          #expect(abs(Double(y[head * 16 + query * 4 + column]) - expected) < 1e-5)
        }
      }
    }
  }
}
