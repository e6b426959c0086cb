// What a layer is: a description without state. Memory and order of execution are decided elsewhere.

package enum Layer: Hashable, Sendable {
  /// The network's input; always and only node 0.
  case input
  case convolution(Convolution)
  case maxPool(MaxPool)
  case responseNormalisation(ResponseNormalisation)
  case rectifier
  /// A map becomes a vector, channels outermost, as PyTorch flattens.
  case flatten
  case fullyConnected(FullyConnected)

  func outputShape(for input: MapShape) -> MapShape {
    switch self {
    case .input, .responseNormalisation, .rectifier: input
    case .convolution(let layer): layer.outputShape(for: input)
    case .maxPool(let layer): layer.outputShape(for: input)
    case .flatten: MapShape(vector: input.count)
    case .fullyConnected(let layer): MapShape(vector: layer.outputs)
    }
  }
}

/// One step of a network: a layer, applied to the outputs of earlier nodes.
package struct Node: Hashable, Sendable {
  package let name: String
  package let layer: Layer
  /// Positions of the nodes it reads, all smaller than its own.
  package let inputs: [Int]

  package init(_ name: String, _ layer: Layer, inputs: [Int]) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
  }
}
