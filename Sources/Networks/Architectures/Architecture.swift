// An architecture is a table of layer descriptions. Weights are no part of it.

/// The nodes of a network in the order of execution; the last one is its output.
package struct Architecture: Hashable, Sendable {
  package let name: String
  package let input: MapShape
  package let nodes: [Node]
  /// What untrained parameters are drawn from.
  package let initialisation: Initialisation
  /// Parameters beginning with one of these may stand in weight files and are not used.
  package let unusedParameters: [String]

  package init(
    name: String, input: MapShape, nodes: [Node], initialisation: Initialisation = .standard,
    unusedParameters: [String] = []
  ) {
    precondition(nodes.first?.layer == .input, "Node 0 is the input.")
    for (position, node) in nodes.enumerated().dropFirst() {
      precondition(
        node.layer != .input && node.layer.kind.inputCounts.contains(node.inputs.count)
          && node.inputs.allSatisfy { (0..<position).contains($0) },
        "Node \(node.name) reads earlier nodes, as many as its layer takes.")
    }
    precondition(
      Set(nodes.map(\.name)).count == nodes.count, "Nodes have names of their own.")
    // What leads to no output would have no gradient.
    let read = Set(nodes.flatMap(\.inputs))
    precondition(
      nodes.indices.dropLast().allSatisfy(read.contains), "All nodes but the last are read.")
    self.name = name
    self.input = input
    self.nodes = nodes
    self.initialisation = initialisation
    self.unusedParameters = unusedParameters
  }

  /// A chain: every layer reads the one before it.
  package init(
    name: String, input: MapShape, chain: [(name: String, layer: Layer)],
    initialisation: Initialisation = .standard
  ) {
    let nodes = chain.enumerated().map { Node($1.name, $1.layer, inputs: [$0]) }
    self.init(
      name: name, input: input, nodes: [Node("input", .input, inputs: [])] + nodes,
      initialisation: initialisation)
  }

  /// The last layer with parameters, whose outputs are the classes.
  var outputLayer: String {
    nodes.last {
      switch $0.layer {
      case .convolution, .fullyConnected: true
      default: false
      }
    }?.name ?? ""
  }
}
