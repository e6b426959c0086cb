// ONNX's operators that have a translation. Each is an entry in one of the lists that `all` joins.

/// An operator from a version on, and what it becomes.
struct ONNXOperator: Sendable {
  typealias Translation = @Sendable (ONNXStep) throws -> [Operation]?

  let name: String
  let since: Int
  /// Nil for what the engine's operations cannot say: the operation is then an unknown one.
  let translate: Translation

  /// - Parameters:
  ///   - name: With its domain where that is not ONNX's own.
  ///   - since: The operator set from which on it means this.
  init(_ name: String, since: Int = 1, _ translate: @escaping Translation) {
    (self.name, self.since, self.translate) = (name, since, translate)
  }

  /// One that becomes one operation of the same arguments.
  ///
  /// - Parameters:
  ///   - inputs: By position.
  ///   - attributes: One that is not listed makes the operation an unknown one.
  ///   - with: What ONNX takes where an attribute is left out, if the kind takes something else.
  init(
    _ name: String, since: Int = 1, _ kind: OperationKind, _ inputs: [Slot] = ["input"],
    attributes: [String: Slot] = [:], with defaults: [String: Argument] = [:]
  ) {
    self.init(name, since: since) { step in
      step.plain(kind, inputs, attributes, defaults).map { [$0] }
    }
  }

  private static let all: [ONNXOperator] =
    products + normalisations + elementwise + arithmetic + reductions + shapes + parts + pools
    + contributed

  private static let byName = Dictionary(grouping: all, by: \.name)

  /// The entry of the node's version; operators of ONNX before 13 that changed afterwards have their own.
  static func find(_ node: ONNXNode) -> ONNXOperator? {
    byName[node.origin]?.filter { $0.since <= max(node.opset, 1) }.max { $0.since < $1.since }
  }
}

extension ONNXStep {
  func plain(
    _ kind: OperationKind, _ inputs: [Slot] = ["input"], _ attributes: [String: Slot] = [:],
    _ defaults: [String: Argument] = [:]
  ) -> Operation? {
    guard node.inputs.count <= inputs.count || node.inputs[inputs.count...].allSatisfy(\.isEmpty)
    else { return nil }
    var arguments = defaults
    for (position, slot) in inputs.enumerated() {
      if let argument = input(position) { slot.place(argument, in: &arguments) }
    }
    for name in node.attributes.keys {
      guard let slot = attributes[name] else { return nil }
      if case .ignored = slot {
        ignore(name)
        continue
      }
      guard let argument = argument(name), slot.allows(argument) else { return nil }
      slot.place(argument, in: &arguments)
    }
    return make(kind, arguments)
  }
}
