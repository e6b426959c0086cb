// ONNX's NodeProto and AttributeProto, and the module that an exporter says a node is of.

internal import Basics

/// One node.
struct ONNXNode {
  var inputs: [String] = []
  var outputs: [String] = []
  private(set) var name = ""
  private(set) var operatorName = ""
  private(set) var domain = ""
  private(set) var overload = ""
  var attributes: [String: ONNXAttribute] = [:]
  /// The module that it is part of, such as "features.0"; empty where the file does not say.
  var scope = ""
  /// The operators' version; 0 before it is known.
  var opset = 0

  init(_ message: ProtobufMessage, _ budget: inout ONNXBudget) throws {
    try budget.take()
    var (recorded, rule) = (String?.none, "")
    try message.fields { field in
      switch field.number {
      case 1, 2:
        try budget.take()
        if field.number == 1 {
          inputs.append(try field.text())
        } else {
          outputs.append(try field.text())
        }
      case 3: name = try field.text()
      case 4: operatorName = try field.text()
      case 5:
        try budget.take()
        let attribute = try ONNXAttribute(field.submessage())
        guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
          throw message.failure(
            message.range.lowerBound, "every attribute once", "\(attribute.name.shown()) again")
        }
      case 7: domain = ONNXModel.domain(try field.text())
      case 8: overload = try field.text()
      case 9:
        let (key, value) = try ONNXModel.pair(field.submessage())
        if key == "pkg.torch.onnx.name_scopes" { recorded = value }
        if key == "pkg.onnxscript.rewriter.rule_name" { rule = value }
      default: break
      }
    }
    scope = recorded.map(Self.scope(list:)) ?? Self.scope(path: name)
    // A convolution that took in the normalisation behind it has that one's scopes.
    if rule.contains("FuseBatchNorm"), inputs.count > 1, inputs[1].hasSuffix(".weight") {
      scope = String(inputs[1].dropLast(".weight".count))
    }
  }

  /// A function's output that is one of its inputs.
  init(passing input: String, as output: String, opset: Int) {
    (inputs, outputs, operatorName, self.opset) = ([input], [output], "Identity", opset)
  }

  /// As the file calls the operator, with its domain where that is not ONNX's own.
  var origin: String { domain.isEmpty ? operatorName : domain + "." + operatorName }

  /// Of a list as Python writes it, of modules from the outermost in and the node's name: `['', 'features', 'features.0', 'conv2d']`.
  static func scope(list: String) -> String {
    let names = list.split(separator: "'", omittingEmptySubsequences: false)
    // Every second part stands in quotes.
    let quoted = names.indices.filter { !$0.isMultiple(of: 2) }.map { names[$0] }.dropLast()
    return quoted.last.map { moduleName($0) } ?? ""
  }

  /// Of a node's name as the older exporter writes it: `/features/features.0/Conv` is of `features.0`, and
  /// `/layer1/layer1.0/conv1/Conv` of `layer1.0.conv1`.
  static func scope(path: String) -> String {
    guard path.hasPrefix("/") else { return "" }
    var modules: [Substring] = []
    for part in path.dropFirst().split(separator: "/").dropLast() {
      if let last = modules.last, part.hasPrefix(last + ".") { modules.removeLast() }
      modules.append(part)
    }
    return modules.joined(separator: ".")
  }

  /// Without what marks a module's second call, and empty for PyTorch's word for no module.
  static func moduleName(_ name: some StringProtocol) -> String {
    if name.hasPrefix("_empty_nn_module_stack") { return "" }
    let plain = name.prefix { $0 != "@" }
    return plain == "L__self__" ? "" : String(plain)
  }
}

/// A setting of a node.
struct ONNXAttribute {
  enum Value {
    case int(Int)
    case float(Float)
    case text(String)
    case ints([Int])
    case floats([Float])
    case texts([String])
    case tensor(ONNXTensor)
    /// Of the function's call that the node is in.
    case reference(String)
    /// Graphs, sparse tensors and types.
    case other
  }

  private(set) var name = ""
  private(set) var value = Value.other

  init(_ message: ProtobufMessage) throws {
    var kind: Int?
    var (int, float, text) = (0, Float(0), "")
    var (ints, floats, texts) = ([Int](), [Float](), [String]())
    var tensor: ONNXTensor?
    var reference: String?
    // Files of the first versions leave the type out.
    var seen: Int?
    try message.fields { field in
      switch field.number {
      case 1: name = try field.text()
      case 2: (float, seen) = (try field.float(), 1)
      case 3: (int, seen) = (try field.int(), 2)
      case 4:
        // Bytes that are no text are an attribute that no operator here has.
        text = (try? field.text()) ?? ""
        seen = 3
      case 5: (tensor, seen) = (try ONNXTensor(field.submessage()), 4)
      case 6: seen = 5
      case 7:
        try field.append(to: &floats)
        seen = 6
      case 8:
        try field.append(to: &ints)
        seen = 7
      case 9:
        texts.append((try? field.text()) ?? "")
        seen = 8
      case 20: kind = try field.int()
      case 21: reference = try field.text()
      default: break
      }
    }
    if let reference, !reference.isEmpty {
      value = .reference(reference)
      return
    }
    switch kind ?? seen {
    case 1: value = .float(float)
    case 2: value = .int(int)
    case 3: value = .text(text)
    case 4: value = tensor.map { .tensor($0) } ?? .other
    case 6: value = .floats(floats)
    case 7: value = .ints(ints)
    case 8: value = .texts(texts)
    default: value = .other
    }
  }
}
