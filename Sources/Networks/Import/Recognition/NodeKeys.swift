// What nodes compute, as numbers that are equal where layer, parameters and inputs are.

/// Numbers for what nodes compute: equal where layer, parameters and inputs are.
struct NodeKeys {
  private struct Content: Hashable {
    let layer: Layer
    /// Of the map that the layer reads, where it reads one.
    let shape: MapShape?
    let parameters: [String]
    let inputs: [Int]
  }

  private var known: [Content: Int] = [:]

  mutating func key(of architecture: Architecture) -> Int? {
    let pass = ShapePass(architecture)
    var keys: [Int] = []
    // Node → what it reads and in which order, where it only moves elements.
    var moves: [(key: Int, layer: Rearrangement)?] = []
    // Concatenation → what stands one behind the other in it.
    var parts: [[Int]?] = []
    for (position, node) in architecture.nodes.enumerated() {
      var layer = node.layer
      var inputs = node.inputs.map { keys[$0] }
      var move: (key: Int, layer: Rearrangement)?
      var own: [Int]?
      let isVector = node.inputs.first.map { pass.shapes[$0].isVector } ?? false
      if case .shortcut(let shortcut) = layer {
        layer = .rearrangement(
          shortcut.rearrangement(
            of: pass.shapes[node.inputs[0]], to: pass.shapes[position]))
      }
      switch layer {
      case .flatten where !isVector: break
      case .dropout, .flatten, .reinterpretation:
        // Of one value they change the shape alone.
        keys.append(inputs[0])
        moves.append(moves[node.inputs[0]])
        parts.append(parts[node.inputs[0]])
        continue
      case .sum: inputs.sort()
      case .concatenation:
        if let scaling = architecture.scaling(at: position, pass) {
          (layer, inputs) = (.channelScaling(scaling.layer), [keys[scaling.source]])
        } else {
          inputs = node.inputs.flatMap { parts[$0] ?? [keys[$0]] }
          own = inputs
        }
      case .rearrangement(let second):
        // Two moves, one behind the other, are one.
        move = (inputs[0], second)
        if let before = moves[node.inputs[0]], let whole = second.following(before.layer) {
          move = (before.key, whole)
          (layer, inputs) = (.rearrangement(whole), [before.key])
        }
      default: break
      }
      let content = Content(
        layer: layer,
        shape: layer.shape(
          reading: node.inputs.first.map { pass.shapes[$0] }, giving: pass.shapes[position]),
        parameters: pass.parametersOfNode[position].map { pass.parameters[$0].name },
        inputs: inputs)
      let key = known[content] ?? known.count
      known[content] = key
      keys.append(key)
      moves.append(move)
      parts.append(own)
    }
    return keys.last
  }
}

extension Layer {
  /// What it takes its input for where rows, columns and channels count, which a reshaping changes; nil where it looks at
  /// single elements, or at rows whose sizes are among its settings.
  func shape(reading input: MapShape?, giving output: MapShape) -> MapShape? {
    switch self {
    case .convolution(let layer): layer.isOverTokens ? nil : input
    case .input, .dropout, .sum, .rectifier, .activation, .reinterpretation, .fullyConnected,
      .rearrangement, .broadcast, .constant, .derived, .join, .layerNormalisation, .softmax,
      .batchedProduct, .reduction, .attention:
      nil
    // Channels that are put together in steps or at once, and scaled one by one or together.
    case .concatenation, .channelScaling:
      MapShape(channels: 1, height: output.height, width: output.width)
    default: input
    }
  }
}

extension Shortcut {
  /// As files have it: rows and columns picked, zero channels padded.
  fileprivate func rearrangement(of input: MapShape, to output: MapShape) -> Rearrangement {
    var indices = [Int32](repeating: -1, count: output.count)
    let before = (output.channels - input.channels) / 2
    for row in 0..<output.height {
      for column in 0..<output.width {
        let to = (row * output.width + column) * output.channels + before
        let from = (row * stride * input.width + column * stride) * input.channels
        for channel in 0..<input.channels { indices[to + channel] = Int32(from + channel) }
      }
    }
    return Rearrangement(indices: indices, inputCount: input.count, output: output)
  }
}

extension Architecture {
  /// What a concatenation is of all channels of one map, each multiplied and added to by itself: torchvision's
  /// `transform_input`.
  fileprivate func scaling(
    at position: Int, _ pass: ShapePass
  ) -> (layer: ChannelScaling, source: Int)? {
    var (factors, offsets, sources): ([Float], [Float], Set<Int>) = ([], [], [])
    // What computes an input of a node, of whatever shape.
    func source(_ node: Node, _ which: Int = 0) -> Node {
      let source = nodes[node.inputs[which]]
      if case .reinterpretation = source.layer { return nodes[source.inputs[0]] }
      return source
    }
    for channel in nodes[position].inputs.indices {
      let added = source(nodes[position], channel)
      guard case .activation(let sum) = added.layer, case .affine(1, let offset) = sum.function
      else { return nil }
      let multiplied = source(added)
      guard case .activation(let product) = multiplied.layer,
        case .affine(let factor, 0) = product.function
      else { return nil }
      let picked = source(multiplied)
      guard case .rearrangement(let layer) = picked.layer else { return nil }
      let map = pass.shapes[picked.inputs[0]]
      guard map.channels == nodes[position].inputs.count,
        layer
          == Rearrangement(
            sizes: [map.positions, map.channels], picks: [nil, [channel]], output: layer.output)
      else { return nil }
      factors.append(factor)
      offsets.append(offset)
      sources.insert(picked.inputs[0])
    }
    guard let source = sources.first, sources.count == 1 else { return nil }
    return (ChannelScaling(factors: factors, offsets: offsets), source)
  }
}
