// What an architecture amounts to, layer by layer, without any memory for its parameters.

/// The card of an architecture: its layers in order, and their sums.
package struct ArchitectureSummary: Sendable {
  /// A node of the architecture.
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
      let kind = node.layer.kind
      let input = node.inputs.first.map { pass.shapes[$0] } ?? output
      let isFullyConnected = if case .fullyConnected = node.layer { true } else { false }
      return Layer(
        name: node.name, kind: kind.name, output: output,
        parameters: own.reduce(0) { $0 + ($1.role.isStatistic ? 0 : $1.count) },
        multiplyAdds: kind.multiplyAdds(input: input, output: output),
        interactions: isFullyConnected ? (input.count + 1) * output.count : 0,
        inputs: node.inputs.isEmpty ? 0 : input.count)
    }
  }
}

extension Window: CustomStringConvertible {
  package var description: String {
    let strides = columnStride == stride ? "\(stride)" : "\(stride) × \(columnStride)"
    let dilations =
      columnDilation == rowDilation ? "\(rowDilation)" : "\(rowDilation) × \(columnDilation)"
    return "\(height) × \(width)" + (strides != "1" ? ", stride \(strides)" : "")
      + (dilations != "1" ? ", dilation \(dilations)" : "")
  }
}
