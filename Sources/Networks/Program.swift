// An architecture made ready to run: shapes, memory plans, convolution plans. Immutable and shared by all workers.

/// Samples per block. Work is always cut into blocks of this size, the last one padded, so that results
/// depend neither on the batch nor on the number of threads.
let blockSize = 32

func blockCount(_ count: Int) -> Int { (count + blockSize - 1) / blockSize }

struct Program: Sendable {
  let architecture: Architecture
  let pass: ShapePass
  let convolutions: [ConvolutionPlan?]
  let inference: MemoryPlan
  let training: MemoryPlan

  init(_ architecture: Architecture) {
    let pass = ShapePass(architecture)
    let convolutions = architecture.nodes.enumerated().map { position, node in
      guard case .convolution(let layer) = node.layer else { return nil as ConvolutionPlan? }
      return ConvolutionPlan(
        layer, input: pass.shapes[node.inputs[0]], output: pass.shapes[position])
    }
    self.architecture = architecture
    self.pass = pass
    self.convolutions = convolutions
    inference = MemoryPlan(
      architecture, pass, convolutions: convolutions, block: blockSize, backward: false)
    training = MemoryPlan(
      architecture, pass, convolutions: convolutions, block: blockSize, backward: true)
  }

  var nodes: [Node] { architecture.nodes }
  var outputCount: Int { pass.shapes.last?.count ?? 0 }
}
