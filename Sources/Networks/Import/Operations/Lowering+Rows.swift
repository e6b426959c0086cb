// Convolution and pooling over one axis: over maps of one row.

internal import ModelFiles

extension Lowering {
  /// A handler of maps that takes values of channels × positions, too.
  static func alsoOverRows(_ handler: @escaping Handler) -> Handler {
    { lowering, operation in
      guard case .view(let x)? = try operation.value("input"), x.sizes.count == 3 else {
        return try handler(lowering, operation)
      }
      let raised = try lowering.raised(operation, x)
      return try handler(lowering, raised).map { result in
        guard case .view(let map) = result else { return result }
        return .view(map.without([2]))
      }
    }
  }

  /// The same operation with an axis of one row in front of the positions: of its input, its weights and its settings.
  private func raised(_ operation: LoweredOperation, _ x: View) throws -> LoweredOperation {
    var raised = operation.operation
    func replace(_ name: String, _ value: LoweredValue) {
      let stored = "\(raised.outputs.first ?? "")/\(name) of rows"
      set(stored, value)
      raised.arguments[name] = .value(stored)
    }
    var map = x
    map.sizes.insert(1, at: 2)
    map.strides.insert(0, at: 2)
    replace("input", .view(map))
    if let weight = try operation.folded("weight") {
      guard weight.shape.count == 3 else {
        throw NetworkError("expected a convolution over positions, found weights \(weight.shape)")
      }
      replace(
        "weight", .folded(try weight.reshaped(to: weight.shape.dropLast() + [1, weight.shape[2]])))
    }
    for name in ["kernel", "stride", "dilation", "size"] {
      guard let list = try operation.ints(name), list.count == 1 else { continue }
      raised.arguments[name] = .list([.int(1), .int(list[0])])
    }
    if operation.text("padding") == nil, let list = try operation.ints("padding") {
      let both = list.count == 1 ? [0, list[0]] : [0, list.first ?? 0, 0, list.last ?? 0]
      raised.arguments["padding"] = .list(both.map { .int($0) })
    }
    return LoweredOperation(operation: raised, lowering: self)
  }
}
