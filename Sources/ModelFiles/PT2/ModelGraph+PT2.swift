// An exported program as a `ModelGraph`: parameters and buffers become constants by their modules' names, calls go through
// the table of operators.

internal import Basics
internal import WeightFiles

extension ModelGraph {
  /// - Throws: `ModelFileError` with the path, what was expected, what was found and what mends it.
  init(pt2 source: ByteSource) throws {
    let archive = try PT2Archive(source)
    let program = try archive.program()
    let major = program["schema_version"]?["major"]?.int
    guard major == 8 else {
      throw source.refuse(
        "a program of schema version 8", major.map(String.init) ?? "none", mend: PT2Archive.mend)
    }
    let module = program["graph_module"]
    guard let graph = module?["graph"], let nodes = graph["nodes"]?.array,
      let inputs = module?["signature"]?["input_specs"]?.array,
      let outputs = module?["signature"]?["output_specs"]?.array
    else {
      throw source.refuse("a program's graph and signature", "other JSON", mend: PT2Archive.mend)
    }
    let tensors = graph["tensor_values"]
    var reading = try PT2Reading(archive)
    for input in inputs { try reading.add(input: input, tensors) }
    let given = outputs.compactMap { $0["user_output"]?["arg"] }.flatMap(PT2Step.names)
      .filter { !$0.isEmpty }
    let steps = try nodes.map { try PT2Step($0, tensors, in: source) }
    reading.used = Set(steps.flatMap { $0.arguments.values.flatMap(\.values) } + given)
    for step in steps { try reading.add(step) }
    let names = given.map { reading.value($0) }
    let torch = program["torch_version"]?.text ?? "?"
    self.init(
      format: "PyTorch exported program", inputs: reading.inputs, outputs: names,
      operations: reading.operations, constants: reading.constants,
      metadata: try archive.extras().merging(["producer": "PyTorch \(torch)"]) { own, _ in own })
    try check(in: source)
  }
}

/// What has been read of a program so far.
private struct PT2Reading {
  private let archive: PT2Archive
  private let weights: [String: JSONValue]
  private let others: [String: JSONValue]
  private(set) var inputs: [ModelInput] = []
  private(set) var constants: [String: ModelConstant] = [:]
  private(set) var operations: [Operation] = []
  private var aliases = PT2Aliases()
  /// Values that anybody reads.
  var used: Set<String> = []

  init(_ archive: PT2Archive) throws {
    self.archive = archive
    weights = try archive.payload("weights")
    others = try archive.payload("constants")
  }

  private var source: ByteSource { archive.source }

  /// An InputSpec.
  mutating func add(input: JSONValue, _ tensors: JSONValue?) throws {
    guard let (kind, spec) = input.union else {
      throw source.refuse("inputs of a known kind", "others", mend: PT2Archive.mend)
    }
    switch kind {
    case "parameter": try add(constant: spec, spec["parameter_name"])
    case "buffer": try add(constant: spec, spec["buffer_name"])
    case "tensor_constant": try add(constant: spec, spec["tensor_constant_name"])
    case "user_input":
      guard let union = spec["arg"]?.union, union.name == "as_tensor",
        let name = union.value["name"]?.text, let tensor = PT2Tensor(tensors?[name])
      else {
        throw source.refuse("inputs that are tensors", "another", mend: PT2Archive.mend)
      }
      guard let type = tensor.type else {
        throw source.refuse(
          "input \(name.shown()) of floats, whole numbers or bools",
          "PyTorch's type \(tensor.typeCode)")
      }
      inputs.append(ModelInput(name: name, sizes: tensor.sizes, type: type))
    // Whoever takes an object or a token is an unknown operation.
    default: break
    }
  }

  private mutating func add(constant spec: JSONValue, _ name: JSONValue?) throws {
    guard let value = spec["arg"]?["name"]?.text, let name = name?.text else {
      throw source.refuse("parameters and buffers with names", "one without")
    }
    let isWeight = weights[name] != nil
    guard let payload = weights[name] ?? others[name] else {
      throw source.refuse("the values of \(name.shown())", "none")
    }
    guard payload["use_pickle"]?.bool == false, let path = payload["path_name"]?.text,
      let tensor = PT2Tensor(payload["tensor_meta"])
    else {
      throw source.refuse("\(name.shown()) as raw bytes", "a pickle", mend: PT2Archive.mend)
    }
    let range = try archive.range(isWeight ? "weights" : "constants", path)
    let constant = try tensor.constant(name, in: source, range)
    guard constants.updateValue(constant, forKey: value) == nil else {
      throw source.refuse("every value once", "\(value.shown()) again")
    }
  }

  mutating func add(_ step: PT2Step) throws {
    var step = step
    let first = step.order.first.flatMap { step.arguments[$0] }
    for name in step.order { step.arguments[name] = step.arguments[name].map { now($0) } }
    let entry = step.isForeign ? nil : PT2Operator.find(step.target)
    var translated = try entry?.operator.translate(step).flatMap {
      $0.give(step.outputs, readBy: used) ? $0 : nil
    }
    let unread = translated == nil ? [] : step.unread
    if !unread.isEmpty { translated = nil }
    let made =
      translated
      ?? [step.unknown(unread.isEmpty ? nil : "expected it without \(listed(unread))")]
    operations += made
    guard operations.count <= 1 << 20 else {
      throw source.refuse("at most \(1 << 20) operations", "more")
    }
    guard translated != nil, let entry, case .value(let operand)? = first else { return }
    if entry.isInPlace, !step.output.isEmpty {
      aliases.write(step.output, into: operand)
    } else if entry.operator.isView, let view = made.last {
      for (number, output) in step.outputs.enumerated() where !output.isEmpty {
        // Of several parts each is its own operation, or none that can be made again.
        let own =
          made.count == step.outputs.count
          ? made[number] : step.outputs.count == 1 ? view : step.unknown()
        guard aliases.add(view: output, of: operand, by: own) else {
          throw source.refuse(
            "views of views at most \(PT2Aliases.deepest) deep", "more at \(output.shown())")
        }
      }
    }
  }

  /// The value that a name stands for after what was written in place.
  mutating func value(_ name: String) -> String { aliases.value(name, adding: &operations) }

  private mutating func now(_ argument: Argument) -> Argument {
    switch argument {
    case .value(let name): return .value(value(name))
    case .list(let list):
      var result: [Argument] = []
      for element in list { result.append(now(element)) }
      return .list(result)
    case .int, .float, .bool, .text: return argument
    }
  }
}
