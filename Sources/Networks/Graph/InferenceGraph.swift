// The graph that inference and attacks run. It computes what the whole architecture computes in
// evaluation.

/// An architecture without dropout, its batch normalisation folded into the convolutions before it, or a factor and an
/// addend for every channel where it reads anything else, or what others read as well:
/// w' = w · weight / √(variance + ε), b' = b · weight / √(variance + ε) + bias − mean · weight /
/// √(variance + ε).
struct InferenceGraph: Sendable {
  let architecture: Architecture
  /// Node → the node of the whole architecture whose parameters it has.
  let sources: [Int]
  /// Node → the batch normalisation of the whole architecture that is folded into it, or that it stands for.
  let normalisations: [Int?]

  init(_ whole: Architecture) {
    var nodes: [Node] = []
    var sources: [Int] = []
    var normalisations: [Int?] = []
    // Where each of the whole architecture's outputs is found.
    var positions: [Int] = []
    var readers = [Int](repeating: 0, count: whole.nodes.count)
    for input in whole.nodes.flatMap(\.inputs) { readers[input] += 1 }
    for (position, node) in whole.nodes.enumerated() {
      switch node.layer {
      case .dropout: positions.append(positions[node.inputs[0]])
      case .batchNormalisation:
        let source = node.inputs[0]
        let target = positions[source]
        guard readers[source] == 1, let biased = whole.nodes[source].layer.biased else {
          positions.append(nodes.count)
          nodes.append(Node(node.name, .channelAffine(ChannelAffine()), inputs: [target]))
          sources.append(position)
          normalisations.append(position)
          continue
        }
        nodes[target] = Node(
          nodes[target].name, biased, inputs: nodes[target].inputs,
          parameterNames: nodes[target].parameterNames)
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

extension Layer {
  /// The same convolution with a bias; nil for other layers.
  fileprivate var biased: Layer? {
    switch self {
    case .convolution(let layer): .convolution(layer.withBias)
    case .groupedConvolution(let layer):
      .groupedConvolution(
        GroupedConvolution(outputs: layer.outputs, window: layer.window, groups: layer.groups))
    default: nil
    }
  }
}
