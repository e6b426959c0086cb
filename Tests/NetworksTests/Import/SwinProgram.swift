// Swin Transformers as torch.export writes torchvision's: windows padded, rolled, cut and put together, attention in products,
// sums and a softmax. Weights are by formula.

import Basics
import ModelFiles
import Networks
import WeightFiles

/// The tiny form of either version over images of 64 × 64, two classes. What a test changes is changed in the last block of
/// the first stage, whose windows are shifted and, in the first version, padded.
struct SwinProgram {
  var isSecond = false
  var shift: Int?
  var rollsRight = false
  var epsilon = 1e-5
  var scale: Double?
  var function: [String: Argument] = [:]
  var masked: Float? = -100
  /// Which of a window's tokens is the query of an entry of the table, which the key.
  var swapsTokens = false
  var mergesRowsFirst = true
  // Of the second version.
  var largestLogarithm = 4.605170185988092
  var leastNorm = 1e-12
  var factor = 16.0
  var keepsKeyBias = false
  /// A weight that is computed of the file's.
  var doubles: String?

  var operations: [ModelFiles.Operation] = []
  var constants: [String: ModelConstant] = [:]
  var isChanged = false

  init(isSecond: Bool) { self.isSecond = isSecond }

  var known: String { isSecond ? "swin_v2_t" : "swin_t" }
  var window: Int { isSecond ? 8 : 7 }
  var tokens: Int { window * window }

  mutating func graph() throws -> ModelGraph {
    let known = try Architecture.named(known, classes: 2, side: 64)
    for (place, need) in known.weightNeeds.shapes.sorted(by: { $0.key < $1.key }).enumerated() {
      constants[need.key] = Self.weight(need.key, need.value, place: place)
    }
    let sizes: [ModelInput.Size] = [.open("n"), .fixed(3), .fixed(64), .fixed(64)]
    let output = network()
    return ModelGraph(
      format: "PyTorch exported program",
      inputs: [ModelInput(name: "x", sizes: sizes, type: .float32)], outputs: [output],
      operations: operations, constants: constants)
  }

  /// All that a state dict has.
  func stateDict() throws -> WeightFile {
    var tensors: [String: Tensor] = [:]
    for (name, constant) in constants where !name.hasPrefix("lifted") {
      tensors[name] = Tensor(
        shape: constant.shape,
        values: constant.type == .int64
          ? try constant.integers().map(Float.init) : try constant.floats())
    }
    return WeightFile(tensors: tensors)
  }

  // Constants

  private static let numbers: [UInt8] = {
    var generator = SplitMix64(seed: 3)
    return (0..<2_400_000).flatMap { _ in bytes(generator.symmetric() / 8) }
  }()

  private static func bytes(_ value: Float) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
  }

  /// A part of the same numbers for each, from another place on.
  private static func weight(_ name: String, _ shape: [Int], place: Int) -> ModelConstant {
    let count = shape.reduce(1, *)
    return ModelConstant(name: name, type: .float32, shape: shape) {
      Array(numbers[16 * place..<16 * place + 4 * count])
    }
  }

  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> Argument {
    constants[name] = ModelConstant(name: name, type: .float32, shape: shape) {
      values.flatMap(Self.bytes)
    }
    return .value(name)
  }

  /// For every query and key the row of the table.
  mutating func index(_ name: String, swapped: Bool) -> Argument {
    let (window, tokens) = (window, tokens)
    let places = (0..<tokens * tokens).map { pair in
      let (query, key) = swapped ? (pair % tokens, pair / tokens) : (pair / tokens, pair % tokens)
      let rows = query / window - key / window + window - 1
      return rows * (2 * window - 1) + query % window - key % window + window - 1
    }
    constants[name] = ModelConstant(name: name, type: .int64, shape: [places.count]) {
      places.flatMap { place in (0..<8).map { UInt8(truncatingIfNeeded: place >> (8 * $0)) } }
    }
    return .value(name)
  }

  // Operations

  mutating func add(_ kind: OperationKind, _ arguments: [String: Argument]) -> Argument {
    let output = "v\(operations.count)"
    operations.append(
      ModelFiles.Operation(kind, origin: "\(kind)", arguments, outputs: [output]))
    return .value(output)
  }

  func ints(_ list: Int...) -> Argument { .list(list.map { .int($0) }) }

  mutating func reshaped(_ x: Argument, _ sizes: Int...) -> Argument {
    add(.reshape, ["input": x, "shape": .list(sizes.map { .int($0) })])
  }

  mutating func transposed(_ x: Argument, _ order: Int...) -> Argument {
    add(.transpose, ["input": x, "order": .list(order.map { .int($0) })])
  }

  mutating func linear(_ x: Argument, _ name: String, bias: Argument?) -> Argument {
    var weight = Argument.value("\(name).weight")
    if doubles == name { weight = add(.multiply, ["a": weight, "b": .float(2)]) }
    var arguments = ["input": x, "weight": weight]
    arguments["bias"] = bias
    return add(.linear, arguments)
  }

  mutating func linear(_ x: Argument, _ name: String) -> Argument {
    linear(x, name, bias: .value("\(name).bias"))
  }

  mutating func normalised(_ x: Argument, _ name: String) -> Argument {
    add(
      .layerNormalisation,
      [
        "input": x, "weight": .value("\(name).weight"), "bias": .value("\(name).bias"),
        "epsilon": .float(isChanged ? epsilon : 1e-5),
      ])
  }

  // The network

  mutating func network() -> String {
    var x = add(
      .convolution,
      [
        "input": .value("x"), "weight": .value("features.0.0.weight"),
        "bias": .value("features.0.0.bias"), "stride": ints(4, 4),
      ])
    x = normalised(transposed(x, 0, 2, 3, 1), "features.0.2")
    for stage in 0..<4 {
      let (side, width) = (16 >> stage, 96 << stage)
      if stage > 0 { x = merged(x, "features.\(2 * stage)", side: 2 * side) }
      for block in 0..<(stage == 2 ? 6 : 2) {
        isChanged = (stage, block) == (0, 1)
        x = self.block(
          x, "features.\(2 * stage + 1).\(block)", side: side, width: width,
          shift: block % 2 == 0 || side <= window ? 0 : isChanged ? shift ?? window / 2 : window / 2
        )
        isChanged = false
      }
    }
    x = transposed(normalised(x, "norm"), 0, 3, 1, 2)
    x = add(.adaptiveAveragePool, ["input": x, "size": ints(1, 1)])
    x = linear(add(.flatten, ["input": x, "start": .int(1)]), "head")
    guard case .value(let output) = x else { return "" }
    return output
  }

  mutating func merged(_ x: Argument, _ name: String, side: Int) -> Argument {
    var parts: [Argument] = []
    for part in 0..<4 {
      let (row, column) = mergesRowsFirst ? (part % 2, part / 2) : (part / 2, part % 2)
      parts.append(
        add(
          .slice,
          [
            "input": x, "axes": ints(1, 2), "starts": ints(row, column), "ends": ints(side, side),
            "steps": ints(2, 2),
          ]))
    }
    let whole = add(.concatenate, ["inputs": .list(parts), "axis": .int(-1)])
    guard !isSecond else {
      return normalised(linear(whole, "\(name).reduction", bias: nil), "\(name).norm")
    }
    return linear(normalised(whole, "\(name).norm"), "\(name).reduction", bias: nil)
  }

  mutating func block(
    _ x: Argument, _ name: String, side: Int, width: Int, shift: Int
  ) -> Argument {
    var y = isSecond ? x : normalised(x, "\(name).norm1")
    y = attended(y, "\(name).attn", side: side, width: width, shift: shift)
    if isSecond { y = normalised(y, "\(name).norm1") }
    let sum = add(.add, ["a": x, "b": y])
    y = linear(isSecond ? sum : normalised(sum, "\(name).norm2"), "\(name).mlp.0")
    y = add(.gelu, (isChanged ? function : [:]).merging(["input": y]) { $1 })
    y = linear(y, "\(name).mlp.3")
    return add(.add, ["a": sum, "b": isSecond ? normalised(y, "\(name).norm2") : y])
  }
}
