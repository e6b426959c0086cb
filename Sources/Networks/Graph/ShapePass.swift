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

  fileprivate init(_ parameter: LayerParameter, of node: Node, at position: Int) {
    name = node.parameterNames[parameter.name] ?? "\(node.name).\(parameter.name)"
    role = parameter.role
    self.node = position
    shape = parameter.shape
    fanIn = parameter.fanIn
    fanOut = parameter.fanOut
  }
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
      let kind = node.layer.kind
      shapes.append(kind.outputShape(for: inputs))
      let own = kind.parameters(of: inputs[0]).map { Parameter($0, of: node, at: position) }
      parametersOfNode.append(Array(parameters.count..<parameters.count + own.count))
      parameters += own
      switch kind.placement {
      case .perSample: perSample.append(true)
      case .perBlock: perSample.append(false)
      case .asItsInput: perSample.append(perSample[node.inputs[0]])
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
}
