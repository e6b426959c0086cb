// A node of ONNX as its translation sees it.

internal import WeightFiles

/// The constants of a model that have been met; shared, for there are thousands.
final class ONNXConstants {
  var byName: [String: ModelConstant] = [:]
}

/// A node, its inputs by position and its attributes by name, and what makes operations of it.
struct ONNXStep {
  let node: ONNXNode
  let constants: ONNXConstants

  /// Whether the input is there.
  func has(_ position: Int) -> Bool {
    position < node.inputs.count && !node.inputs[position].isEmpty
  }

  func input(_ position: Int) -> Argument? { has(position) ? .value(node.inputs[position]) : nil }

  var inputs: [Argument] { node.inputs.filter { !$0.isEmpty }.map { .value($0) } }

  func constant(_ position: Int) -> ModelConstant? {
    has(position) ? constants.byName[node.inputs[position]] : nil
  }

  /// Of an input that the file holds: sizes, axes and their like.
  func integers(_ position: Int) throws -> [Int]? {
    guard let constant = constant(position), constant.count <= 1 << 16,
      constant.type.isInteger
    else { return nil }
    return try constant.integers()
  }

  func int(_ name: String) -> Int? {
    if case .int(let value)? = node.attributes[name]?.value { value } else { nil }
  }

  func flag(_ name: String) -> Bool { int(name).map { $0 != 0 } ?? false }

  func ints(_ name: String) -> [Int]? {
    if case .ints(let values)? = node.attributes[name]?.value { values } else { nil }
  }

  func float(_ name: String) -> Double? {
    if case .float(let value)? = node.attributes[name]?.value { Double(value) } else { nil }
  }

  func floats(_ name: String) -> [Double]? {
    if case .floats(let values)? = node.attributes[name]?.value {
      values.map(Double.init)
    } else {
      nil
    }
  }

  func text(_ name: String) -> String? {
    if case .text(let value)? = node.attributes[name]?.value { value } else { nil }
  }

  /// An attribute as an argument; nil where there is none, or none that an argument can be.
  func argument(_ name: String) -> Argument? {
    switch node.attributes[name]?.value {
    case .int(let value): .int(value)
    case .float(let value): .float(Double(value))
    case .text(let value): .text(value)
    case .ints(let values): .ints(values)
    case .floats(let values): .list(values.map { .float(Double($0)) })
    case .texts(let values): .list(values.map { .text($0) })
    case .tensor, .reference, .other, nil: nil
    }
  }

  /// The value that the node is for; an operator's other outputs are training's.
  var output: String { node.outputs.first ?? "" }

  /// A name for a value between the node's inputs and its outputs.
  func part(_ name: String) -> String { "\(output)/\(name)" }

  /// - Parameter outputs: The node's first where left out.
  func make(
    _ kind: OperationKind, _ arguments: [String: Argument?], to outputs: [String]? = nil
  ) -> Operation {
    Operation(
      kind, origin: node.origin, name: node.name, scope: node.scope,
      arguments.compactMapValues { $0 }, outputs: outputs ?? [output])
  }

  /// What no translation takes; operands are kept for what is said of it.
  func unknown() -> Operation {
    make(.unknown, ["inputs": .list(inputs)], to: node.outputs)
  }
}

extension ElementType {
  /// Whether bools or whole numbers.
  var isInteger: Bool { integers([]) != nil }
}
