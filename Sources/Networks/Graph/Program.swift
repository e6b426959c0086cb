// An architecture made ready to run: shapes, memory plans, convolution plans. Immutable and shared
// by all workers.

/// Samples per block. Work is always cut into blocks of this size, the last one padded, so that
/// results depend neither on the batch nor on the number of threads.
let blockSize = 32

func blockCount(_ count: Int) -> Int { (count + blockSize - 1) / blockSize }

struct Program: Sendable {
  let graph: ProgramGraph
  /// Of passes that go forward alone: activations are fused as well.
  let forwardGraph: ProgramGraph
  /// What each node's layer does.
  let layers: [any LayerKind]
  /// Parts of one sample's forward pass through a node.
  let sampleParts: [Int]
  /// The gradients of their parameters, and of inputs that `gradients` does not lead back to.
  let convolutions: [ConvolutionPlan?]
  let gradients: [GradientConvolution?]
  /// The gradients of their weights, where Winograd's transforms lead to them faster than `convolutions`.
  let weightGradients: [WinogradWeightGradient?]
  /// As forward passes compute them, with weights that are prepared whenever they have changed.
  let tiled: [TiledConvolution?]
  let forward: MemoryPlan
  let backward: MemoryPlan

  init(_ architecture: Architecture, isInference: Bool) {
    let graph = ProgramGraph(architecture, fusesSums: isInference)
    let pass = graph.pass
    var convolutions: [ConvolutionPlan?] = []
    var tiled: [TiledConvolution?] = []
    var gradients: [GradientConvolution?] = []
    var weightGradients: [WinogradWeightGradient?] = []
    for ((position, node), output) in zip(architecture.nodes.enumerated(), pass.shapes) {
      guard case .convolution(let layer) = node.layer else {
        convolutions.append(nil)
        tiled.append(nil)
        gradients.append(nil)
        weightGradients.append(nil)
        continue
      }
      let input = pass.shapes[node.inputs[0]]
      convolutions.append(ConvolutionPlan(layer, input: input, output: output))
      tiled.append(TiledConvolution(layer, input: input, output: output))
      gradients.append(GradientConvolution(layer, input: input, output: output))
      weightGradients.append(
        WinogradWeightGradient(
          layer, input: input, output: output, isKept: graph.crossesSegments[position]))
    }
    let planned = convolutions.compactMap { $0?.scratchCount }.max() ?? 0
    var scratch = tiled.compactMap { $0?.scratchCount }.max() ?? 0
    for (node, shape) in zip(architecture.nodes, pass.shapes) {
      let input = node.inputs.first.map { pass.shapes[$0] } ?? shape
      scratch = max(scratch, node.layer.kind.scratchCount(input: input, output: shape))
    }
    let layers = architecture.nodes.map(\.layer.kind)
    self.layers = layers
    sampleParts = zip(architecture.nodes, pass.shapes).map { node, shape in
      let input = node.inputs.first.map { pass.shapes[$0] } ?? shape
      return node.layer.kind.sampleParts(input: input, output: shape)
    }
    self.graph = graph
    forwardGraph = ProgramGraph(
      architecture, fusesSums: isInference,
      activating: architecture.nodes.indices.map {
        layers[$0].appliesActivations || tiled[$0]?.appliesActivations == true
      })
    self.convolutions = convolutions
    self.tiled = tiled
    self.gradients = gradients
    self.weightGradients = weightGradients
    forward = MemoryPlan(
      forwardGraph, scratch: scratch, block: blockSize, backward: false)
    backward = MemoryPlan(
      graph,
      scratch: max(
        scratch, planned, gradients.compactMap { $0?.scratchCount }.max() ?? 0,
        weightGradients.compactMap { $0?.scratchCount }.max() ?? 0),
      block: blockSize, backward: true)
  }

  var architecture: Architecture { graph.architecture }
  var pass: ShapePass { graph.pass }
  var nodes: [Node] { architecture.nodes }

  /// Floats of a node's weights as forward passes multiply with them.
  func preparedCount(_ node: Int) -> Int {
    tiled[node]?.preparedCount
      ?? layers[node].preparedCount(input: input(of: node), output: pass.shapes[node])
  }

  func prepare(_ node: Int, weight: Floats, into prepared: Floats) {
    if let convolution = tiled[node] {
      unsafe convolution.prepare(weight: weight, into: prepared)
    } else {
      unsafe layers[node].prepare(
        weight, input: input(of: node), output: pass.shapes[node], into: prepared)
    }
  }

  /// The shape of a node's first input.
  private func input(of node: Int) -> MapShape {
    nodes[node].inputs.first.map { pass.shapes[$0] } ?? pass.shapes[node]
  }

  var outputCount: Int { pass.shapes.last?.count ?? 0 }
}
