// A node of an exported program as its translation sees it. torch/_export/serde/schema.py, Node and Argument.

internal import Basics
internal import WeightFiles

/// A call of an operator: arguments by the names of its schema, and what makes operations of it.
struct PT2Step {
  /// Such as "aten.conv2d.default".
  let target: String
  private let name: String
  /// The module that it is part of.
  private let scope: String
  /// None is left out.
  var arguments: [String: Argument] = [:]
  /// In the schema's order.
  private(set) var order: [String] = []
  let outputs: [String]
  /// Of the outputs that are tensors, and of the first argument, by name.
  let tensors: [String: PT2Tensor]
  /// Whether an argument is what no operation has: a graph, an object.
  private(set) var isForeign = false

  /// - Parameter tensors: Of all values of the graph.
  init(_ node: JSONValue, _ tensors: JSONValue?, in source: ByteSource) throws {
    guard let target = node["target"]?.text, let inputs = node["inputs"]?.array,
      let outputs = node["outputs"]?.array
    else { throw source.refuse("nodes with a target, inputs and outputs", "another") }
    self.target = target.hasPrefix("torch.ops.") ? String(target.dropFirst(10)) : target
    self.outputs = outputs.flatMap(Self.names)
    name = node["name"]?.text ?? self.outputs.first ?? ""
    scope = Self.scope(node["metadata"]?["nn_module_stack"]?.text ?? "")
    var known: [String: PT2Tensor] = [:]
    for output in self.outputs { known[output] = PT2Tensor(tensors?[output]) }
    if let first = inputs.first?["arg"].map(Self.names)?.first, !first.isEmpty {
      known[first] = PT2Tensor(tensors?[first])
    }
    self.tensors = known
    for input in inputs {
      guard let name = input["name"]?.text, let union = input["arg"]?.union else {
        throw source.refuse("arguments with a name, of \(target.shown())", "another")
      }
      order.append(name)
      if union.name == "as_none" || Self.placed.contains(union.name) { continue }
      if let argument = Self.argument(union.name, union.value) {
        arguments[name] = argument
      } else {
        isForeign = true
      }
    }
  }

  /// What says where a tensor is and how it lies, not what it holds.
  private static let placed: Set<String> = ["as_device", "as_layout", "as_memory_format"]

  /// Nil for what no operation has.
  private static func argument(_ kind: String, _ value: JSONValue) -> Argument? {
    func list(_ kind: String) -> Argument? {
      guard let array = value.array else { return nil }
      let list = array.compactMap { argument(kind, $0) }
      return list.count == array.count ? .list(list) : nil
    }
    switch kind {
    case "as_tensor": return value["name"]?.text.map { .value($0) }
    case "as_tensors": return list("as_tensor")
    case "as_optional_tensors": return list("as_optional_tensor")
    case "as_optional_tensor":
      guard let union = value.union else { return nil }
      return union.name == "as_none" ? .list([]) : argument(union.name, union.value)
    case "as_int": return value.int.map { .int($0) }
    case "as_ints": return list("as_int")
    case "as_float": return float(value).map { .float($0) }
    case "as_floats": return list("as_float")
    case "as_string": return value.text.map { .text($0) }
    case "as_bool": return value.bool.map { .bool($0) }
    case "as_bools": return list("as_bool")
    case "as_sym_int", "as_sym_float", "as_sym_bool":
      return value.union.flatMap { argument($0.name, $0.value) }
    case "as_name": return value.text.map { .value($0) }
    case "as_sym_ints": return list("as_sym_int")
    case "as_sym_floats": return list("as_sym_float")
    case "as_scalar_type":
      return value.int.flatMap { PT2Tensor.types[$0] }.map { .text($0.rawValue) }
    default: return nil
    }
  }

  /// Numbers that JSON lacks are texts.
  private static func float(_ value: JSONValue) -> Double? {
    switch value {
    case .double(let double): double
    case .int(let int): Double(int)
    case .text("Infinity"): .infinity
    case .text("-Infinity"): -.infinity
    case .text("NaN"): .nan
    default: nil
    }
  }

  /// Of an argument that is a value or several: also what a graph gives and takes.
  static func names(_ argument: JSONValue) -> [String] {
    guard let union = argument.union else { return [] }
    switch union.name {
    case "as_tensor", "as_token", "as_custom_obj": return [union.value["name"]?.text ?? ""]
    case "as_sym_int", "as_sym_float", "as_sym_bool": return [union.value["as_name"]?.text ?? ""]
    case "as_tensors": return (union.value.array ?? []).map { $0["name"]?.text ?? "" }
    case "as_optional_tensor": return names(union.value)
    case "as_optional_tensors": return (union.value.array ?? []).flatMap(names)
    case "as_none": return [""]
    default: return []
    }
  }

  /// Of a stack of modules from the outermost in, each as key, path and class.
  private static func scope(_ stack: String) -> String {
    guard let last = stack.split(separator: ";").last else { return "" }
    let parts = last.split(separator: ",", omittingEmptySubsequences: false)
    return parts.count > 1 ? ONNXNode.moduleName(parts[1]) : ""
  }

  /// The first output: an operator's others are training's.
  var output: String { outputs.first ?? "" }

  /// The type of the first output as the file has it.
  var outputType: Argument { .text((tensors[output]?.type ?? .float32).rawValue) }

  /// Nil where the file does not say.
  var outputShape: [Int]? { tensors[output]?.shape }

  /// What the translation has read.
  private let read = SlotsRead()

  subscript(_ name: String) -> Argument? { argument(name) { $0 } }

  /// An argument of the kind that `body` takes; one of another kind stays unread.
  private func argument<Value>(_ name: String, _ body: (Argument) -> Value?) -> Value? {
    guard let value = arguments[name].flatMap(body) else { return nil }
    read.note(name)
    return value
  }

  /// What has no meaning in evaluation, or is said by the sizes and types of what comes out.
  func ignore(_ names: String...) {
    for name in names { read.note(name) }
  }

  /// Arguments that the translation has not read.
  var unread: [String] { order.filter { arguments[$0] != nil && !read.names.contains($0) } }

  func int(_ name: String) -> Int? {
    argument(name) { if case .int(let value) = $0 { value } else { nil } }
  }

  func flag(_ name: String) -> Bool {
    argument(name) { if case .bool(let value) = $0 { value } else { nil } } ?? false
  }

  func text(_ name: String) -> String? {
    argument(name) { if case .text(let value) = $0 { value } else { nil } }
  }

  func list(_ name: String) -> [Argument]? {
    argument(name) { if case .list(let values) = $0 { values } else { nil } }
  }

  /// A number, whole or not.
  func number(_ name: String) -> Double? {
    argument(name) { argument in
      switch argument {
      case .int(let value): Double(value)
      case .float(let value): value
      default: nil
      }
    }
  }

  func part(_ name: String) -> String { "\(output)/\(name)" }

  /// - Parameter outputs: The node's first where left out.
  func make(
    _ kind: OperationKind, _ arguments: [String: Argument?], to outputs: [String]? = nil
  ) -> Operation {
    Operation(
      kind, origin: target, name: name, scope: scope, arguments.compactMapValues { $0 },
      outputs: outputs ?? [output])
  }

  /// One operation of the same arguments; nil where one has no slot.
  func plain(
    _ kind: OperationKind, _ slots: [String: Slot], with defaults: [String: Argument] = [:]
  ) -> Operation? {
    var result = defaults
    for (name, argument) in arguments {
      guard let slot = slots[name], slot.allows(argument) else { return nil }
      read.note(name)
      slot.place(argument, in: &result)
    }
    return make(kind, result)
  }

  func unknown(_ reason: String? = nil) -> Operation {
    let values = order.compactMap { arguments[$0] }
    return make(
      .unknown, ["inputs": .list(values), "reason": reason.map { .text($0) }], to: outputs)
  }
}
