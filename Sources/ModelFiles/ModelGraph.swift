// What a model file says, whatever its format: named operations over named values, and constants. Nothing is run, and no
// shape is worked out here.

package import WeightFiles

/// A network as a file has it. Operations stand in an order in which each one's operands were computed before it.
package struct ModelGraph: Sendable {
  /// Such as "ONNX, opset 20" or "PyTorch exported program".
  package var format: String
  package var inputs: [ModelInput]
  /// Names of values.
  package var outputs: [String]
  package var operations: [Operation]
  /// By the name of the value.
  package var constants: [String: ModelConstant]
  /// What the file says of itself, in its own words.
  package var metadata: [String: String]

  package init(
    format: String, inputs: [ModelInput] = [], outputs: [String] = [],
    operations: [Operation] = [], constants: [String: ModelConstant] = [:],
    metadata: [String: String] = [:]
  ) {
    self.format = format
    self.inputs = inputs
    self.outputs = outputs
    self.operations = operations
    self.constants = constants
    self.metadata = metadata
  }
}

/// What a caller hands to the network.
package struct ModelInput: Sendable, Hashable {
  /// How large one axis is.
  package enum Size: Sendable, Hashable {
    case fixed(Int)
    /// Known when the network is run; the name that the file gives it.
    case open(String)
  }

  package let name: String
  package let sizes: [Size]
  package let type: ElementType

  package init(name: String, sizes: [Size], type: ElementType) {
    self.name = name
    self.sizes = sizes
    self.type = type
  }
}

/// One step. What its kind means, and which arguments it has, stands at `OperationKind`.
package struct Operation: Sendable {
  package var kind: OperationKind
  /// As the file calls it: "Conv", "aten.conv2d.default".
  package var origin: String
  /// The node's own name in the file.
  package var name: String
  /// The module that it is part of, such as "features.0"; empty where the file does not say.
  package var scope: String
  package var arguments: [String: Argument]
  /// Names of values; an output that nobody reads may be empty.
  package var outputs: [String]

  package init(
    _ kind: OperationKind, origin: String, name: String = "", scope: String = "",
    _ arguments: [String: Argument] = [:], outputs: [String]
  ) {
    self.kind = kind
    self.origin = origin
    self.name = name
    self.scope = scope
    self.arguments = arguments
    self.outputs = outputs
  }
}

/// An operand or a setting. A setting may be a value too: the file computes shapes as it computes maps.
package indirect enum Argument: Sendable, Hashable {
  /// Of this name: an input, a constant or an earlier operation's output.
  case value(String)
  case int(Int)
  case float(Double)
  case bool(Bool)
  case text(String)
  case list([Argument])
}
