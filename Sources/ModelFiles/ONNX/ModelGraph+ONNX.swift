// An ONNX file as a `ModelGraph`: initialisers and Constant nodes become constants, everything else goes through the table of
// operators.

internal import Basics
internal import WeightFiles

extension ModelGraph {
  /// Operator sets whose operators mean what the table says.
  static let opsets = 7...28

  static let exportONNX =
    "export it anew: torch.onnx.export(net.eval(), (x,), FILE, dynamo=True, dynamic_shapes=({0: torch.export.Dim(\"batch\")},))"

  /// - Throws: `ModelFileError` with the path, what was expected, what was found and what mends it.
  init(onnx source: ByteSource) throws {
    let model = try ONNXModel(source)
    guard model.hasGraph else { throw source.refuse("an ONNX model's graph", "none") }
    guard !model.graph.hasSparse else {
      throw source.refuse("dense constants", "sparse ones", mend: Self.exportONNX)
    }
    let version = model.opsets[""] ?? 0
    guard Self.opsets.contains(version) || model.opsets[""] == nil else {
      throw source.refuse(
        "ONNX operator set \(Self.opsets.lowerBound) to \(Self.opsets.upperBound)", "\(version)",
        mend: Self.exportONNX)
    }
    var reading = Reading(files: ONNXDataFiles(of: source))
    for tensor in model.graph.constants {
      try reading.add(tensor, as: tensor.name, named: tensor.name, in: source)
    }
    let inputs = try model.graph.inputs.filter { reading.constants.byName[$0.name] == nil }
      .map { try Self.input($0, in: source) }
    let nodes = try ONNXInliner.nodes(of: model, in: source)
    reading.used = Set(nodes.flatMap(\.inputs) + model.graph.outputs.map(\.name))
    for node in nodes { try reading.add(node, in: source) }
    self.init(
      format: "ONNX, operator set \(version)", inputs: inputs,
      outputs: model.graph.outputs.map(\.name), operations: reading.operations,
      constants: reading.constants.byName,
      metadata: model.metadata.merging(["producer": model.producer]) { own, _ in own })
    try check(in: source)
  }

  /// What has been read so far.
  private struct Reading {
    let files: ONNXDataFiles
    let constants = ONNXConstants()
    var operations: [Operation] = []
    /// Values that anybody reads.
    var used: Set<String> = []

    mutating func add(
      _ tensor: ONNXTensor, as value: String, named name: String, in source: ByteSource
    ) throws {
      let constant = try tensor.constant(name, files: files)
      guard constants.byName.updateValue(constant, forKey: value) == nil else {
        throw source.refuse("every constant once", "\(value.shown()) again")
      }
    }

    mutating func add(_ node: ONNXNode, in source: ByteSource) throws {
      let step = ONNXStep(node: node, constants: constants)
      switch node.origin {
      case "Constant":
        if try addConstant(step, in: source) { return }
      case "Identity":
        // The older exporter writes one weight of two names so.
        if let constant = step.constant(0), !step.output.isEmpty {
          constants.byName[step.output] = constant.renamed(step.output)
          return
        }
      case "ConstantOfShape":
        if let tensor = step.tensor("value") {
          let value = step.part("value")
          try add(tensor, as: value, named: value, in: source)
        }
      default: break
      }
      try add(translating: step)
    }

    private mutating func add(translating step: ONNXStep) throws {
      guard let translated = try ONNXOperator.find(step.node)?.translate(step),
        translated.give(step.node.outputs, readBy: used)
      else { return operations.append(step.unknown()) }
      let unread = step.unread
      operations +=
        unread.isEmpty ? translated : [step.unknown("expected it without \(listed(unread))")]
    }

    /// Whether the node's value is a tensor.
    private mutating func addConstant(_ step: ONNXStep, in source: ByteSource) throws -> Bool {
      let name = step.output
      func made(_ type: ElementType, _ shape: [Int], _ bytes: [UInt8]) -> ModelConstant {
        ModelConstant(name: name, type: type, shape: shape) { bytes }
      }
      guard step.node.attributes.count == 1 else { return false }
      switch step.node.attributes.first.map({ ($0.key, $0.value.value) }) {
      case ("value", .tensor(let tensor))?:
        try add(tensor, as: name, named: name, in: source)
        return true
      case ("value_int", .int(let value))?:
        constants.byName[name] = made(.int64, [], Self.bytes([value]))
      case ("value_ints", .ints(let values))?:
        constants.byName[name] = made(.int64, [values.count], Self.bytes(values))
      case ("value_float", .float(let value))?:
        constants.byName[name] = made(.float32, [], Self.bytes([value]))
      case ("value_floats", .floats(let values))?:
        constants.byName[name] = made(.float32, [values.count], Self.bytes(values))
      default: return false
      }
      return true
    }

    private static func bytes(_ integers: [Int]) -> [UInt8] {
      integers.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }

    private static func bytes(_ floats: [Float]) -> [UInt8] {
      floats.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      }
    }
  }

  private static func input(_ value: ONNXValue, in source: ByteSource) throws -> ModelInput {
    guard let code = value.typeCode, let type = ONNXTensor.types[code] else {
      throw source.refuse(
        "input \(value.name.shown()) to be a tensor of floats, whole numbers or bools",
        value.typeCode.map { "element type \(ONNXTensor.names[$0] ?? String($0))" } ?? "another",
        mend: exportONNX)
    }
    guard let sizes = value.sizes else {
      throw source.refuse(
        "input \(value.name.shown()) with its number of axes", "none", mend: exportONNX)
    }
    return ModelInput(name: value.name, sizes: sizes, type: type)
  }
}
