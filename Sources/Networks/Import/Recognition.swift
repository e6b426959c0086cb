// Whether a file's network is one of the built-in ones: then it is run as that, to the same bits, and runs of it are the same
// runs as those of its .pth.

internal import WeightFiles

extension Architecture {
  /// The built-in architecture that computes the same of the same parameters, by every layer, setting and name; nil where none does.
  func recognised(with tensors: [String: Tensor]) -> Architecture? {
    let shapes = tensors.mapValues(\.shape)
    guard let classes = nodes.last.map({ $0.layer }), case .fullyConnected(let layer) = classes
    else {
      return nil
    }
    for name in Self.known {
      guard
        let candidate = try? Architecture.named(name, classes: layer.outputs, side: input.height),
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
    for (position, node) in architecture.nodes.enumerated() {
      var inputs = node.inputs.map { keys[$0] }
      switch node.layer {
      case .dropout, .flatten, .reinterpretation:
        // Of one value they change the place alone.
        keys.append(inputs[0])
        continue
      case .sum: inputs.sort()
      default: break
      }
      let content = Content(
        layer: node.layer,
        parameters: pass.parametersOfNode[position].map { pass.parameters[$0].name },
        inputs: inputs)
      let key = known[content] ?? known.count
      known[content] = key
      keys.append(key)
    }
    return keys.last
  }
}
