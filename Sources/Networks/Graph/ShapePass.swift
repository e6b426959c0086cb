// The shape pass: everything about an architecture that can be known before memory is allocated.

/// One named tensor of parameters within the network's flat storage.
struct Parameter: Hashable, Sendable {
  enum Role: Hashable, Sendable {
    case weight, bias
    /// Follows what batches show, and has no gradient.
    case runningMean, runningVariance

    var isStatistic: Bool { self == .runningMean || self == .runningVariance }
  }

  let name: String
  let role: Role
  let node: Int
  /// As in files, PyTorch's order.
  let shape: [Int]
  fileprivate(set) var offset = 0
  /// Inputs that feed one output.
  let fanIn: Int
  /// Outputs that one input feeds.
  let fanOut: Int

  var count: Int { shape.reduce(1, *) }
}

/// A run of nodes that are executed sample by sample (maps stay in the cache), or one by one over a
/// whole block: fully connected layers, for one product of all samples, and batch normalisation.
struct Segment: Hashable, Sendable {
  let nodes: Range<Int>
  let isPerSample: Bool
}

struct ShapePass: Sendable {
  let shapes: [MapShape]
  let parameters: [Parameter]
  /// Node → positions of its tensors in `parameters`: weight, then bias where it has one.
  let parametersOfNode: [[Int]]
  /// Floats of the storage. Those that have gradients come first.
  let parameterCount: Int
  let trainedCount: Int
  let segments: [Segment]
  /// Node → its segment.
  let segmentOfNode: [Int]

  init(_ architecture: Architecture) {
    var shapes: [MapShape] = []
    var parameters: [Parameter] = []
    var parametersOfNode: [[Int]] = []
    var perSample: [Bool] = []
    for (position, node) in architecture.nodes.enumerated() {
      let inputs = node.inputs.isEmpty ? [architecture.input] : node.inputs.map { shapes[$0] }
      shapes.append(node.layer.outputShape(for: inputs))
      let own = Self.parameters(node, position, input: inputs[0])
      parametersOfNode.append(Array(parameters.count..<parameters.count + own.count))
      parameters += own
      switch node.layer {
      case .fullyConnected, .batchNormalisation: perSample.append(false)
      case .rectifier, .dropout: perSample.append(perSample[node.inputs[0]])
      default: perSample.append(true)
      }
    }
    var next = 0
    var trainedCount = 0
    for isStatistic in [false, true] {
      for position in parameters.indices
      where parameters[position].role.isStatistic == isStatistic {
        parameters[position].offset = next
        next += parameters[position].count.alignedFloats
      }
      if !isStatistic { trainedCount = next }
    }
    self.shapes = shapes
    self.parameters = parameters
    self.parametersOfNode = parametersOfNode
    self.trainedCount = trainedCount
    parameterCount = next

    var segments: [Segment] = []
    var segmentOfNode: [Int] = []
    for node in perSample.indices {
      if let last = segments.last, last.isPerSample == perSample[node] {
        segments[segments.count - 1] = Segment(
          nodes: last.nodes.lowerBound..<(node + 1), isPerSample: last.isPerSample)
      } else {
        segments.append(Segment(nodes: node..<(node + 1), isPerSample: perSample[node]))
      }
      segmentOfNode.append(segments.count - 1)
    }
    self.segments = segments
    self.segmentOfNode = segmentOfNode
  }

  func parameter(_ role: Parameter.Role, of node: Int) -> Parameter? {
    parametersOfNode[node].lazy.map { parameters[$0] }.first { $0.role == role }
  }

  private static func parameters(_ node: Node, _ position: Int, input: MapShape) -> [Parameter] {
    func parameter(
      _ suffix: String, _ role: Parameter.Role, _ shape: [Int], fanIn: Int = 1, fanOut: Int = 1
    ) -> Parameter {
      Parameter(
        name: "\(node.name).\(suffix)", role: role, node: position, shape: shape, fanIn: fanIn,
        fanOut: fanOut)
    }
    switch node.layer {
    case .convolution(let layer):
      let taps = layer.window.height * layer.window.width
      let fans = (input.channels * taps, layer.outputs * taps)
      let weight = parameter(
        "weight", .weight,
        [layer.outputs, input.channels, layer.window.height, layer.window.width],
        fanIn: fans.0, fanOut: fans.1)
      let bias = parameter("bias", .bias, [layer.outputs], fanIn: fans.0)
      return layer.hasBias ? [weight, bias] : [weight]
    case .fullyConnected(let layer):
      precondition(input.isVector, "\(node.name) reads a map; put a flatten before it.")
      return [
        parameter(
          "weight", .weight, [layer.outputs, input.count], fanIn: input.count,
          fanOut: layer.outputs),
        parameter("bias", .bias, [layer.outputs], fanIn: input.count),
      ]
    case .batchNormalisation:
      return [
        parameter("weight", .weight, [input.channels]),
        parameter("bias", .bias, [input.channels]),
        parameter("running_mean", .runningMean, [input.channels]),
        parameter("running_var", .runningVariance, [input.channels]),
      ]
    default: return []
    }
  }
}
