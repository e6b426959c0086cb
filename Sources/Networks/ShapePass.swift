// The shape pass: everything about an architecture that can be known before memory is allocated.

/// One named tensor of parameters within the network's flat storage.
struct Parameter: Hashable, Sendable {
  let name: String
  /// As in files, PyTorch's order.
  let shape: [Int]
  let offset: Int
  /// Inputs that feed one output: initial values lie within ±1 / √fanIn.
  let fanIn: Int

  var count: Int { shape.reduce(1, *) }
}

/// A run of nodes that are executed sample by sample (maps stay in the cache), or one by one over a
/// whole block (fully connected layers: one product for all samples).
struct Segment: Hashable, Sendable {
  let nodes: Range<Int>
  let isPerSample: Bool
}

struct ShapePass: Sendable {
  let shapes: [MapShape]
  let parameters: [Parameter]
  /// Node → positions of its weight and bias in `parameters`.
  let parametersOfNode: [[Int]]
  let parameterCount: Int
  let segments: [Segment]
  /// Node → its segment.
  let segmentOfNode: [Int]

  init(_ architecture: Architecture) {
    var shapes: [MapShape] = []
    var parameters: [Parameter] = []
    var parametersOfNode: [[Int]] = []
    var perSample: [Bool] = []
    for node in architecture.nodes {
      let input = node.inputs.first.map { shapes[$0] } ?? architecture.input
      shapes.append(node.layer.outputShape(for: input))
      var own: [Int] = []
      for (suffix, shape) in Self.parameterShapes(node, input: input) {
        let offset = parameters.last.map { $0.offset + $0.count.alignedFloats } ?? 0
        own.append(parameters.count)
        parameters.append(
          Parameter(
            name: "\(node.name).\(suffix)", shape: shape, offset: offset,
            fanIn: Self.parameterShapes(node, input: input)[0].shape.dropFirst().reduce(1, *)))
      }
      parametersOfNode.append(own)
      switch node.layer {
      case .fullyConnected: perSample.append(false)
      case .rectifier: perSample.append(perSample[node.inputs[0]])
      default: perSample.append(true)
      }
    }
    self.shapes = shapes
    self.parameters = parameters
    self.parametersOfNode = parametersOfNode
    parameterCount = parameters.last.map { $0.offset + $0.count.alignedFloats } ?? 0

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

  private static func parameterShapes(
    _ node: Node, input: MapShape
  ) -> [(suffix: String, shape: [Int])] {
    switch node.layer {
    case .convolution(let layer):
      [
        ("weight", [layer.outputs, input.channels, layer.window.height, layer.window.width]),
        ("bias", [layer.outputs]),
      ]
    case .fullyConnected(let layer):
      [("weight", [layer.outputs, fullyConnectedInputs(node, input)]), ("bias", [layer.outputs])]
    default: []
    }
  }

  private static func fullyConnectedInputs(_ node: Node, _ input: MapShape) -> Int {
    precondition(input.isVector, "\(node.name) reads a map; put a flatten before it.")
    return input.count
  }
}
