// What a fully connected layer over tokens is taken of, for each sample.

internal import CKernels

/// One of a sample's tokens, in the order in which the layer has them, or their mean; or several, each a row of its own.
package enum TokenReduction: Hashable, Sendable {
  case first, last, mean
  /// From 0.
  case at(Int)
  case several([Int])
  case all

  /// How many rows a sample of so many tokens has.
  package func rows(of tokens: Int) -> Int {
    switch self {
    case .first, .last, .mean, .at: 1
    case .several(let positions): positions.count
    case .all: tokens
    }
  }

  /// `source`: tokens × `size`, `stride` floats from one to the next → `target`, rows × `size`.
  func apply(_ source: Floats, tokens: Int, size: Int, stride: Int, to target: Floats) {
    func copy(_ token: Int, toRow row: Int = 0) {
      precondition(token < tokens, "A position is below the number of tokens.")
      unsafe (target + row * size).update(from: source + token * stride, count: size)
    }
    switch self {
    case .first: copy(0)
    case .last: copy(tokens - 1)
    case .at(let position): copy(position)
    case .several(let positions):
      for (row, position) in positions.enumerated() { copy(position, toRow: row) }
    case .all:
      for token in 0..<tokens { copy(token, toRow: token) }
    case .mean:
      for i in 0..<size {
        var sum = 0.0
        for token in 0..<tokens { unsafe sum += Double(source[token * stride + i]) }
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

  /// Tokens of a sample that a lent layer works on; nil where it has one vector of each.
  func lentTokens(_ node: Int) -> Int? {
    isOverTokens(node) ? pass.shapes[node].positions : nil
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
