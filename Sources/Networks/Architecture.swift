// An architecture is a table of layer descriptions. Weights are no part of it.

/// The nodes of a network in the order of execution; the last one is its output.
package struct Architecture: Hashable, Sendable {
  package let name: String
  package let input: MapShape
  package let nodes: [Node]

  package init(name: String, input: MapShape, nodes: [Node]) {
    precondition(nodes.first?.layer == .input, "Node 0 is the input.")
    for (position, node) in nodes.enumerated().dropFirst() {
      precondition(
        node.layer != .input && node.inputs.count == 1
          && node.inputs.allSatisfy { (0..<position).contains($0) },
        "Node \(node.name) reads one earlier node.")
    }
    precondition(
      Set(nodes.map(\.name)).count == nodes.count, "Nodes have names of their own.")
    self.name = name
    self.input = input
    self.nodes = nodes
  }

  /// A chain: every layer reads the one before it.
  package init(name: String, input: MapShape, chain: [(name: String, layer: Layer)]) {
    let nodes = chain.enumerated().map { Node($1.name, $1.layer, inputs: [$0]) }
    self.init(name: name, input: input, nodes: [Node("input", .input, inputs: [])] + nodes)
  }

  private static let all = [alexNetCIFAR, alexNet]

  package static var known: [String] { all.map(\.name) }

  /// The architecture of that name.
  ///
  /// - Throws: `NetworkError`, which lists the known names.
  package static func named(_ name: String) throws -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      throw NetworkError(
        "Unknown architecture \"\(name)\"; known are: \(known.joined(separator: ", ")).")
    }
    return found
  }
}
