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

  /// What the translation has read.
  private let read = SlotsRead()

  init(node: ONNXNode, constants: ONNXConstants) {
    (self.node, self.constants) = (node, constants)
  }

  /// Whether the input is there.
  func has(_ position: Int) -> Bool {
    read.note(position)
    return position < node.inputs.count && !node.inputs[position].isEmpty
  }

  func input(_ position: Int) -> Argument? { has(position) ? .value(node.inputs[position]) : nil }

  var inputs: [Argument] { node.inputs.indices.compactMap(input) }

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

  /// What has no meaning in evaluation.
  func ignore(_ names: String..., inputs: Int...) {
    for name in names { read.note(name) }
    for position in inputs { read.note(position) }
  }

  /// Attributes that the translation has not read, and inputs by number.
  var unread: [String] {
    node.attributes.keys.filter { !read.names.contains($0) }.sorted()
      + node.inputs.indices.filter { !node.inputs[$0].isEmpty && !read.positions.contains($0) }
      .map { "input \($0 + 1)" }
  }

  /// An attribute of the type that `body` takes; one of another type stays unread.
  private func attribute<Value>(
    _ name: String, _ body: (ONNXAttribute.Value) -> Value?
  ) -> Value? {
    guard let value = (node.attributes[name]?.value).flatMap(body) else { return nil }
    read.note(name)
    return value
  }

  func int(_ name: String) -> Int? {
    attribute(name) { if case .int(let value) = $0 { value } else { nil } }
  }

  func flag(_ name: String) -> Bool { int(name).map { $0 != 0 } ?? false }

  func ints(_ name: String) -> [Int]? {
    attribute(name) { if case .ints(let values) = $0 { values } else { nil } }
  }

  func float(_ name: String) -> Double? {
    attribute(name) { if case .float(let value) = $0 { Double(value) } else { nil } }
  }

  func floats(_ name: String) -> [Double]? {
    attribute(name) { if case .floats(let values) = $0 { values.map(Double.init) } else { nil } }
  }

  func text(_ name: String) -> String? {
    attribute(name) { if case .text(let value) = $0 { value } else { nil } }
  }

  func tensor(_ name: String) -> ONNXTensor? {
    attribute(name) { if case .tensor(let value) = $0 { value } else { nil } }
  }

  /// An attribute as an argument; nil where there is none, or none that an argument can be.
  func argument(_ name: String) -> Argument? {
    attribute(name) { value in
      switch value {
      case .int(let value): .int(value)
      case .float(let value): .float(Double(value))
      case .text(let value): .text(value)
      case .ints(let values): .ints(values)
      case .floats(let values): .list(values.map { .float(Double($0)) })
      case .texts(let values): .list(values.map { .text($0) })
      case .tensor, .reference, .other: nil
      }
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
  func unknown(_ reason: String? = nil) -> Operation {
    make(
      .unknown, ["inputs": .list(inputs), "reason": reason.map { .text($0) }], to: node.outputs)
  }
}

extension ElementType {
  /// Whether bools or whole numbers.
  var isInteger: Bool { integers([]) != nil }
}
