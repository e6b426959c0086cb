// The graph that inference and attacks run. It computes what the whole architecture computes in
// evaluation.

/// An architecture without dropout, its batch normalisation folded into the convolutions before it:
/// w' = w · weight / √(variance + ε), b' = b · weight / √(variance + ε) + bias − mean · weight /
/// √(variance + ε).
struct InferenceGraph: Sendable {
  let architecture: Architecture
  /// Node → the node of the whole architecture whose parameters it has.
  let sources: [Int]
  /// Node → the batch normalisation of the whole architecture that is folded into it.
  let normalisations: [Int?]

  init(_ whole: Architecture) {
    var nodes: [Node] = []
    var sources: [Int] = []
    var normalisations: [Int?] = []
    // Where each of the whole architecture's outputs is found.
    var positions: [Int] = []
    for (position, node) in whole.nodes.enumerated() {
      switch node.layer {
      case .dropout: positions.append(positions[node.inputs[0]])
      case .batchNormalisation:
        let target = positions[node.inputs[0]]
        guard case .convolution(let layer) = nodes[target].layer else {
          preconditionFailure("Batch normalisation reads a convolution.")
        }
        nodes[target] = Node(
          nodes[target].name,
          .convolution(layer.withBias),
          inputs: nodes[target].inputs, parameterNames: nodes[target].parameterNames)
        normalisations[target] = position
        positions.append(target)
      default:
        positions.append(nodes.count)
        nodes.append(
          Node(
            node.name, node.layer, inputs: node.inputs.map { positions[$0] },
            parameterNames: node.parameterNames))
        sources.append(position)
        normalisations.append(nil)
      }
    }
    architecture = Architecture(
      name: whole.name, input: whole.input, nodes: nodes, initialisation: whole.initialisation,
      unusedParameters: whole.unusedParameters)
    self.sources = sources
    self.normalisations = normalisations
  }
}
