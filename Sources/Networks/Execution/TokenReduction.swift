// What a fully connected layer over tokens is taken of, for each sample.

internal import CKernels

/// One of a sample's tokens, in the order in which the layer has them, or their mean.
package enum TokenReduction: Hashable, Sendable {
  case first, last, mean
  /// From 0.
  case at(Int)

  /// `source`: tokens × `size` → `target`, `size`.
  func apply(_ source: Floats, tokens: Int, size: Int, to target: Floats) {
    switch self {
    case .first: unsafe target.update(from: source, count: size)
    case .last: unsafe target.update(from: source + (tokens - 1) * size, count: size)
    case .at(let position): unsafe target.update(from: source + position * size, count: size)
    case .mean:
      for i in 0..<size {
        var sum = 0.0
        for token in 0..<tokens { unsafe sum += Double(source[token * size + i]) }
        unsafe target[i] = Float(sum / Double(tokens))
      }
    }
  }
}

extension Architecture {
  /// Whether any layer works over tokens.
  package var hasTokens: Bool {
    nodes.contains {
      if case .convolution(let layer) = $0.layer { layer.isOverTokens } else { false }
    }
  }

  /// The same with its linear layers over tokens lent, as fully connected layers of one token.
  func lendingTokens() -> Architecture {
    Architecture(
      name: name, input: input,
      nodes: nodes.map { node in
        guard case .convolution(let layer) = node.layer, layer.isOverTokens else { return node }
        return Node(
          node.name, .convolution(layer.lent), inputs: node.inputs,
          parameterNames: node.parameterNames)
      }, initialisation: initialisation, unusedParameters: unusedParameters)
  }
}

extension Program {
  /// Fully connected layers, and those over tokens that are lent, in order.
  var lentNodes: [Int] {
    nodes.indices.filter {
      switch nodes[$0].layer {
      case .fullyConnected: true
      case .convolution(let layer): layer.isLent
      default: false
      }
    }
  }

  func isOverTokens(_ node: Int) -> Bool {
    if case .convolution(let layer) = nodes[node].layer { layer.isLent } else { false }
  }

  /// Inputs and outputs of a lent layer.
  func lentSizes(_ node: Int) -> (inputs: Int, outputs: Int) {
    let (input, output) = (pass.shapes[nodes[node].inputs[0]], pass.shapes[node])
    return isOverTokens(node)
      ? (input.channels, output.channels) : (input.count, output.count)
  }
}
