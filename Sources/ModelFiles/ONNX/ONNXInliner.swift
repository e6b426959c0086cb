// Functions that an ONNX file defines, put in where they are called; nodes in the order in which they can be run.

internal import Basics
internal import WeightFiles

/// The nodes of a graph without calls of functions.
struct ONNXInliner {
  private let source: ByteSource
  private let model: ONNXModel
  private var functions: [String: ONNXFunction] = [:]
  private var nodes: [ONNXNode] = []
  private var budget: ONNXBudget
  private var calls = 0

  static let deepest = 32

  /// What surrounds a function's nodes.
  private struct Call {
    var names: [String: String] = [:]
    var attributes: [String: ONNXAttribute] = [:]
    var opsets: [String: Int]
    var prefix = ""
    var scope = ""
    var active: [String] = []
  }

  /// - Throws: `ModelFileError` for functions that call themselves.
  static func nodes(of model: ONNXModel, in source: ByteSource) throws -> [ONNXNode] {
    var inliner = ONNXInliner(source: source, model: model, budget: ONNXBudget(source))
    for function in model.functions {
      let key = Self.key(function.domain, function.name, function.overload)
      guard inliner.functions.updateValue(function, forKey: key) == nil else {
        throw source.refuse("every function once", "\(function.name.shown()) again")
      }
    }
    try inliner.add(model.graph.nodes, Call(opsets: model.opsets))
    return try sorted(
      inliner.nodes, given: Set(model.graph.constants.map(\.name) + model.graph.inputs.map(\.name)),
      in: source)
  }

  private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
    "\(domain)\n\(name)\n\(overload)"
  }

  private mutating func add(_ body: [ONNXNode], _ call: Call) throws {
    for var node in body {
      try budget.take(1 + node.inputs.count + node.outputs.count)
      node.inputs = node.inputs.map { Self.name($0, call) }
      node.outputs = node.outputs.map { Self.name($0, call) }
      if node.scope.isEmpty { node.scope = call.scope }
      for (name, attribute) in node.attributes {
        guard case .reference(let outer) = attribute.value else { continue }
        node.attributes[name] = call.attributes[outer]
      }
      node.opset = call.opsets[node.domain] ?? model.opsets[node.domain] ?? 0
      let key = Self.key(node.domain, node.operatorName, node.overload)
      if let function = functions[key] {
        try expand(function, key, node, call)
      } else {
        nodes.append(node)
      }
    }
  }

  private mutating func expand(
    _ function: ONNXFunction, _ key: String, _ node: ONNXNode, _ outer: Call
  ) throws {
    guard outer.active.count < Self.deepest, !outer.active.contains(key) else {
      throw source.refuse(
        "functions that do not call themselves, at most \(Self.deepest) deep",
        "another call of \(function.name.shown())")
    }
    guard node.inputs.count <= function.inputs.count, node.outputs.count <= function.outputs.count
    else {
      throw source.refuse(
        "\(function.inputs.count) inputs and \(function.outputs.count) outputs of "
          + function.name.shown(), "\(node.inputs.count) and \(node.outputs.count)")
    }
    calls += 1
    var inner = Call(opsets: function.opsets)
    inner.prefix = "\(function.name)/\(calls)/"
    inner.scope = node.scope
    inner.active = outer.active + [key]
    inner.attributes = function.defaults.merging(node.attributes) { $1 }
    for (position, name) in function.inputs.enumerated() {
      inner.names[name] = position < node.inputs.count ? node.inputs[position] : ""
    }
    var passed: [ONNXNode] = []
    for (name, value) in zip(function.outputs, node.outputs) where !value.isEmpty {
      if let input = inner.names[name] {
        passed.append(ONNXNode(passing: input, as: value, opset: node.opset))
      } else {
        inner.names[name] = value
      }
    }
    try add(function.nodes, inner)
    nodes += passed
  }

  private static func name(_ name: String, _ call: Call) -> String {
    name.isEmpty ? "" : call.names[name] ?? call.prefix + name
  }

  /// Each node behind those that make its inputs, in the file's order where that is possible.
  private static func sorted(
    _ nodes: [ONNXNode], given: Set<String>, in source: ByteSource
  ) throws -> [ONNXNode] {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard makers.updateValue(index, forKey: output) == nil, !given.contains(output) else {
          throw source.refuse("every value once", "\(output.shown()) again")
        }
      }
    }
    // 0: not seen, 1: begun, 2: done. No recursion: a chain is as long as the network.
    var states = [UInt8](repeating: 0, count: nodes.count)
    var result: [ONNXNode] = []
    result.reserveCapacity(nodes.count)
    for first in nodes.indices where states[first] == 0 {
      var path: [(node: Int, input: Int)] = [(first, 0)]
      states[first] = 1
      while let (node, input) = path.last {
        guard input < nodes[node].inputs.count else {
          states[node] = 2
          result.append(nodes[node])
          path.removeLast()
          continue
        }
        path[path.count - 1].input += 1
        let name = nodes[node].inputs[input]
        guard let maker = makers[name], states[maker] != 2 else { continue }
        guard states[maker] == 0 else {
          throw source.refuse("nodes without a circle", "one through \(name.shown())")
        }
        states[maker] = 1
        path.append((maker, 0))
      }
    }
    return result
  }
}
