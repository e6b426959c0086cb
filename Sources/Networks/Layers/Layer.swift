// The layers there are, as architectures name them. What each of them is and does stands in its own file.

/// A layer with its settings, without parameters.
package enum Layer: Hashable, Sendable {
  /// The network's input; always and only node 0.
  case input
  case convolution(Convolution)
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
  case reinterpretation(Reinterpretation)
  /// A map becomes a vector, channels outermost, as PyTorch flattens.
  case flatten
  case fullyConnected(FullyConnected)
  case groupedConvolution(GroupedConvolution)
  case channelAffine(ChannelAffine)
  case activation(Activation)
  case parametricRectifier(ParametricRectifier)
  case adaptiveMaxPool(AdaptiveMaxPool)
  // Over tensors of any rank.
  case rearrangement(Rearrangement)
  case broadcast(Broadcast)
  /// A parameter as a value; it reads node 0 only to have a place in the graph.
  case constant(Constant)
  /// A value that is computed of parameters alone; where it needs none, it reads node 0 like a parameter.
  case derived(Derived)
  case join(Join)
  case layerNormalisation(LayerNormalisation)
  case groupNormalisation(GroupNormalisation)
  case softmax(Softmax)
  case batchedProduct(BatchedProduct)
  case reduction(Reduction)
  case attention(Attention)
  case resize(Resize)

  /// What it is and does.
  var kind: any LayerKind {
    switch self {
    case .input: InputLayer()
    case .convolution(let layer): layer
    case .batchNormalisation(let layer): layer
    case .maxPool(let layer): layer
    case .averagePool(let layer): layer
    case .adaptiveAveragePool(let layer): layer
    case .responseNormalisation(let layer): layer
    case .channelScaling(let layer): layer
    case .rectifier: Rectifier()
    case .dropout(let layer): layer
    case .sum: Sum()
    case .concatenation: Concatenation()
    case .shortcut(let layer): layer
    case .reinterpretation(let layer): layer
    case .flatten: Flatten()
    case .fullyConnected(let layer): layer
    case .groupedConvolution(let layer): layer
    case .channelAffine(let layer): layer
    case .activation(let layer): layer
    case .parametricRectifier(let layer): layer
    case .adaptiveMaxPool(let layer): layer
    case .rearrangement(let layer): layer
    case .broadcast(let layer): layer
    case .constant(let layer): layer
    case .derived(let layer): layer
    case .join(let layer): layer
    case .layerNormalisation(let layer): layer
    case .groupNormalisation(let layer): layer
    case .softmax(let layer): layer
    case .batchedProduct(let layer): layer
    case .reduction(let layer): layer
    case .attention(let layer): layer
    case .resize(let layer): layer
    }
  }
}

extension Layer {
  /// The name of the type that describes it.
  package var typeName: String { "\(type(of: kind))" }
}

/// One step of a network: a layer, applied to the outputs of earlier nodes.
package struct Node: Hashable, Sendable {
  package let name: String
  package let layer: Layer
  /// Positions of the nodes it reads, all smaller than its own.
  package let inputs: [Int]
  /// What files call its parameters, by the layer's own names; "name.weight" and so on where nothing stands here.
  package let parameterNames: [String: String]

  package init(
    _ name: String, _ layer: Layer, inputs: [Int], parameterNames: [String: String] = [:]
  ) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
    self.parameterNames = parameterNames
  }

  /// Whether it is the same for every sample, a parameter or computed of parameters alone.
  var isConstant: Bool {
    switch layer {
    case .constant, .derived: true
    default: false
    }
  }
  /// The nodes whose values it computes with.
  var reads: [Int] { isConstant ? [] : inputs }
}
