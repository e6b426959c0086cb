// Whether a file's network is one of the built-in ones: then it is run as that, to the same bits, and runs of it are the same
// runs as those of its .pth.

internal import WeightFiles

extension Architecture {
  /// The built-in architecture that computes the same of the same parameters, by every layer, setting and name; nil where none does.
  func recognised(with tensors: [String: Tensor]) -> Architecture? {
    let shapes = tensors.mapValues(\.shape)
    guard let classes = ShapePass(self).shapes.last?.count else { return nil }
    for name in Self.known {
      guard
        let candidate = try? Architecture.named(name, classes: classes, side: input.height),
        candidate.input == input, candidate.weightNeeds.shapes == shapes
      else { continue }
      var keys = NodeKeys()
      if keys.key(of: self) == keys.key(of: candidate) { return candidate }
    }
    return nil
  }
}

/// Numbers for what nodes compute: equal where layer, parameters and inputs are.
private struct NodeKeys {
  private struct Content: Hashable {
    let layer: Layer
    let parameters: [String]
    let inputs: [Int]
  }

  private var known: [Content: Int] = [:]

  mutating func key(of architecture: Architecture) -> Int? {
    let pass = ShapePass(architecture)
    var keys: [Int] = []
    // Node → what it reads and in which order, where it only moves elements.
    var moves: [(key: Int, layer: Rearrangement)?] = []
    for (position, node) in architecture.nodes.enumerated() {
      var layer = node.layer
      var inputs = node.inputs.map { keys[$0] }
      var move: (key: Int, layer: Rearrangement)?
      let isVector = node.inputs.first.map { pass.shapes[$0].isVector } ?? false
      switch layer {
      case .flatten where !isVector: break
      case .dropout, .flatten, .reinterpretation:
        // Of one value they change the shape alone.
        keys.append(inputs[0])
        moves.append(moves[node.inputs[0]])
        continue
      case .sum: inputs.sort()
      case .rearrangement(let own):
        // Two moves, one behind the other, are one.
        move = (inputs[0], own)
        if let before = moves[node.inputs[0]], let whole = own.following(before.layer) {
          move = (before.key, whole)
          (layer, inputs) = (.rearrangement(whole), [before.key])
        }
      default: break
      }
      let content = Content(
        layer: layer, parameters: pass.parametersOfNode[position].map { pass.parameters[$0].name },
        inputs: inputs)
      let key = known[content] ?? known.count
      known[content] = key
      keys.append(key)
      moves.append(move)
    }
    return keys.last
  }
}
