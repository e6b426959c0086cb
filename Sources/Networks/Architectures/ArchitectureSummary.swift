// What an architecture amounts to, layer by layer, without any memory for its parameters.

package struct ArchitectureSummary: Sendable {
  package struct Layer: Sendable {
    package let name: String
    /// Such as "convolution 3 × 3, stride 2".
    package let kind: String
    package let output: MapShape
    /// Trained ones: weights and biases, those of batch normalisation with them.
    package let parameters: Int
    /// Of one sample: one for each weight that an output is computed with.
    package let multiplyAdds: Int
    /// Of a fully connected layer, (inputs + 1) · outputs; 0 elsewhere.
    package let interactions: Int
    package let inputs: Int
  }

  package let architecture: Architecture
  package let layers: [Layer]

  package var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  package var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }
  package var fullyConnected: [Layer] { layers.filter { $0.interactions > 0 } }

  package init(_ architecture: Architecture) {
    let pass = ShapePass(architecture)
    self.architecture = architecture
    layers = architecture.nodes.indices.map { position in
      let node = architecture.nodes[position]
      let output = pass.shapes[position]
      let own = pass.parametersOfNode[position].map { pass.parameters[$0] }
      let weights = own.first { $0.role == .weight }?.count ?? 0
      let inputs = node.inputs.first.map { pass.shapes[$0].count } ?? 0
      var multiplyAdds = 0
      var interactions = 0
      switch node.layer {
      case .convolution: multiplyAdds = weights * output.positions
      case .fullyConnected:
        multiplyAdds = weights
        interactions = (inputs + 1) * output.count
      default: break
      }
      return Layer(
        name: node.name, kind: node.layer.kind, output: output,
        parameters: own.reduce(0) { $0 + ($1.role.isStatistic ? 0 : $1.count) },
        multiplyAdds: multiplyAdds, interactions: interactions, inputs: inputs)
    }
  }
}

extension Layer {
  fileprivate var kind: String {
    switch self {
    case .input: "input"
    case .convolution(let layer): "convolution \(layer.window)"
    case .batchNormalisation: "batch normalisation"
    case .maxPool(let layer): "max pool \(layer.window)"
    case .averagePool(let layer): "average pool \(layer.window)"
    case .adaptiveAveragePool(let layer): "average pool to \(layer.height) × \(layer.width)"
    case .responseNormalisation: "response normalisation"
    case .channelScaling: "channel scaling"
    case .rectifier: "rectifier"
    case .dropout(let layer): "dropout \(layer.probability)"
    case .sum: "sum"
    case .concatenation: "concatenation"
    case .shortcut(let layer): "shortcut, stride \(layer.stride)"
    case .flatten: "flatten"
    case .fullyConnected: "fully connected"
    }
  }
}

extension Window: CustomStringConvertible {
  package var description: String {
    "\(height) × \(width)" + (stride > 1 ? ", stride \(stride)" : "")
  }
}
