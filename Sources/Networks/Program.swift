// An architecture made ready to run: shapes, memory plans, convolution plans. Immutable and shared by all workers.

/// Samples per block. Work is always cut into blocks of this size, the last one padded, so that results
/// depend neither on the batch nor on the number of threads.
let blockSize = 32

func blockCount(_ count: Int) -> Int { (count + blockSize - 1) / blockSize }

struct Program: Sendable {
  let graph: ProgramGraph
  let convolutions: [ConvolutionPlan?]
  let forward: MemoryPlan
  let backward: MemoryPlan

  init(_ architecture: Architecture) {
    let graph = ProgramGraph(architecture)
    let pass = graph.pass
    let convolutions = architecture.nodes.enumerated().map { position, node in
      guard case .convolution(let layer) = node.layer else { return nil as ConvolutionPlan? }
      return ConvolutionPlan(
        layer, input: pass.shapes[node.inputs[0]], output: pass.shapes[position])
    }
    var scratch = convolutions.compactMap { $0?.scratchCount }.max() ?? 0
    for (node, shape) in zip(architecture.nodes, pass.shapes) {
      switch node.layer {
      case .responseNormalisation(let layer):
        scratch = max(scratch, layer.scratchCount(for: shape))
      case .batchNormalisation:
        scratch = max(scratch, BatchNormalisation.scratchCount(shape.channels))
      default: break
      }
    }
    self.graph = graph
    self.convolutions = convolutions
    forward = MemoryPlan(graph, scratch: scratch, block: blockSize, backward: false)
    backward = MemoryPlan(graph, scratch: scratch, block: blockSize, backward: true)
  }

  var architecture: Architecture { graph.architecture }
  var pass: ShapePass { graph.pass }
  var nodes: [Node] { architecture.nodes }
  var outputCount: Int { pass.shapes.last?.count ?? 0 }
}
