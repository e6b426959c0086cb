// ONNX's GraphProto, FunctionProto and ValueInfoProto, as far as a network needs them. Fields by their numbers in
// onnx.proto3; no sparse tensors, no graphs within nodes.

internal import WeightFiles

/// A GraphProto.
struct ONNXGraph {
  private(set) var nodes: [ONNXNode] = []
  private(set) var constants: [ONNXTensor] = []
  private(set) var inputs: [ONNXValue] = []
  private(set) var outputs: [ONNXValue] = []
  private(set) var hasSparse = false

  init() {}

  init(_ message: ProtobufMessage, _ budget: inout ONNXBudget) throws {
    try message.fields { field in
      switch field.number {
      case 1: nodes.append(try ONNXNode(field.submessage(), &budget))
      case 5:
        try budget.take()
        constants.append(try ONNXTensor(field.submessage()))
      case 11, 12:
        try budget.take()
        let value = try ONNXValue(field.submessage())
        if field.number == 11 { inputs.append(value) } else { outputs.append(value) }
      case 15: hasSparse = true
      default: break
      }
    }
  }
}

/// A FunctionProto: an operator that the file defines by others.
struct ONNXFunction {
  private(set) var name = ""
  private(set) var domain = ""
  private(set) var overload = ""
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []
  private(set) var nodes: [ONNXNode] = []
  /// Of the operators in it.
  private(set) var opsets: [String: Int] = [:]
  /// What an attribute is that a call leaves out.
  private(set) var defaults: [String: ONNXAttribute] = [:]

  init(_ message: ProtobufMessage, _ budget: inout ONNXBudget) throws {
    try message.fields { field in
      switch field.number {
      case 1: name = try field.text()
      case 4, 5:
        try budget.take()
        if field.number == 4 {
          inputs.append(try field.text())
        } else {
          outputs.append(try field.text())
        }
      case 7: nodes.append(try ONNXNode(field.submessage(), &budget))
      case 9:
        let (domain, version) = try ONNXModel.opset(field.submessage())
        opsets[domain] = version
      case 10: domain = ONNXModel.domain(try field.text())
      case 11:
        try budget.take()
        let attribute = try ONNXAttribute(field.submessage())
        defaults[attribute.name] = attribute
      case 13: overload = try field.text()
      default: break
      }
    }
  }
}

/// A ValueInfoProto: what the file says of an input or output.
struct ONNXValue {
  private(set) var name = ""
  /// ONNX's number of the element type; nil for sequences, maps and what has no type.
  private(set) var typeCode: Int?
  /// Nil where the file does not say how many axes there are.
  private(set) var sizes: [ModelInput.Size]?

  init(_ message: ProtobufMessage) throws {
    try message.fields { field in
      switch field.number {
      case 1: name = try field.text()
      case 2:
        try field.submessage().fields { type in
          guard type.number == 1 else { return }
          try type.submessage().fields { part in
            switch part.number {
            case 1: typeCode = try part.int()
            case 2: sizes = try Self.sizes(part.submessage())
            default: break
            }
          }
        }
      default: break
      }
    }
  }

  private static func sizes(_ shape: ProtobufMessage) throws -> [ModelInput.Size] {
    var sizes: [ModelInput.Size] = []
    try shape.fields { field in
      guard field.number == 1 else { return }
      guard sizes.count < 64 else {
        throw shape.failure(shape.range.lowerBound, "at most 64 axes", "more")
      }
      var size = ModelInput.Size.open("")
      try field.submessage().fields { part in
        switch part.number {
        // Some exporters write −1 or 0 for what is open.
        case 1: if case let fixed = try part.int(), fixed > 0 { size = .fixed(fixed) }
        case 2: size = .open(try part.text())
        default: break
        }
      }
      sizes.append(size)
    }
    return sizes
  }
}
