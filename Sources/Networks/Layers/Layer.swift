// What a layer is: a description without state. Memory and order of execution are decided
// elsewhere.

package enum Layer: Hashable, Sendable {
  /// The network's input; always and only node 0.
  case input
  case convolution(Convolution)
  /// Reads a convolution that nothing else reads.
  case batchNormalisation(BatchNormalisation)
  case maxPool(MaxPool)
  case averagePool(AveragePool)
  case adaptiveAveragePool(AdaptiveAveragePool)
  case responseNormalisation(ResponseNormalisation)
  case channelScaling(ChannelScaling)
  case rectifier
  case dropout(Dropout)
  /// The elementwise sum of two maps of one shape.
  case sum
  /// The channels of several maps of one height and width, one after the other.
  case concatenation
  case shortcut(Shortcut)
  /// A map becomes a vector, channels outermost, as PyTorch flattens.
  case flatten
  case fullyConnected(FullyConnected)

  /// - Precondition: As many inputs as the layer reads, of shapes that fit.
  func outputShape(for inputs: [MapShape]) -> MapShape {
    switch self {
    case .sum:
      precondition(inputs.allSatisfy { $0 == inputs[0] }, "A sum's terms have one shape.")
    case .concatenation:
      precondition(
        inputs.allSatisfy { ($0.height, $0.width) == (inputs[0].height, inputs[0].width) },
        "Concatenated maps have one height and width.")
      return MapShape(
        channels: inputs.reduce(0) { $0 + $1.channels }, height: inputs[0].height,
        width: inputs[0].width)
    case .convolution(let layer): return layer.outputShape(for: inputs[0])
    case .maxPool(let layer): return layer.outputShape(for: inputs[0])
    case .averagePool(let layer): return layer.outputShape(for: inputs[0])
    case .adaptiveAveragePool(let layer): return layer.outputShape(for: inputs[0])
    case .shortcut(let layer): return layer.outputShape(for: inputs[0])
    case .flatten: return MapShape(vector: inputs[0].count)
    case .fullyConnected(let layer): return MapShape(vector: layer.outputs)
    case .input, .batchNormalisation, .responseNormalisation, .channelScaling, .rectifier,
      .dropout:
      break
    }
    return inputs[0]
  }

  /// How many earlier nodes it reads.
  var inputCounts: ClosedRange<Int> {
    switch self {
    case .input: 0...0
    case .sum: 2...2
    case .concatenation: 2...64
    default: 1...1
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
