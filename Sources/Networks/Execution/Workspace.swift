// One worker's memory, and the forward pass of single nodes in it. The order of nodes is Team's.

internal import Basics
internal import CKernels

/// Writes one sample, channels × height × width, given its position in the batch.
package typealias SampleSource = (Int, inout MutableSpan<Float>) -> Void

/// Used by one thread at a time, hence `@unchecked`. The block's memory may be shared by a team.
@safe
final class Workspace: @unchecked Sendable {
  let program: Program
  let parameters: NodeParameters
  let plan: MemoryPlan
  let isForBackward: Bool
  /// What is fused in its passes.
  let graph: ProgramGraph
  /// Of this block's dropout masks; nil leaves dropout out.
  var dropoutKey: UInt64?
  let block: FloatStorage
  private let own: FloatStorage

  init(_ program: Program, parameters: NodeParameters, backward: Bool, block: FloatStorage? = nil) {
    self.program = program
    self.parameters = parameters
    isForBackward = backward
    graph = backward ? program.graph : program.forwardGraph
    plan = backward ? program.backward : program.forward
    self.block = block ?? FloatStorage(count: plan.blockCount)
    own = FloatStorage(count: plan.workerCount)
  }

  private func pointer(_ place: MemoryPlan.Place, _ sample: Int) -> Floats {
    unsafe (place.isKept ? block.base : own.base) + place.offset + sample * place.stride
  }

  func value(_ node: Int, sample: Int = 0) -> Floats {
    if let value = unsafe parameters.constants[node] { return unsafe value }
    return unsafe pointer(plan.values[node], sample)
  }

  func gradient(_ node: Int, sample: Int = 0) -> Floats {
    unsafe pointer(plan.gradients[node], sample)
  }

  func statistics(_ node: Int) -> Floats { unsafe block.base + plan.statistics[node] }
  var staging: Floats { unsafe own.base + plan.staging }
  var scratch: Floats { unsafe own.base + plan.scratch }
  var addend: Floats { unsafe own.base + plan.addend }

  /// A node of a segment that is executed sample by sample.
  func forward(_ node: Int, sample: Int, first: Int, _ source: SampleSource) {
    guard node == 0 else {
      for part in 0..<program.sampleParts[node] {
        forward(node, part: part, sample: sample, first: first, values: self)
      }
      return
    }
    let shape = program.pass.shapes[0]
    let buffer = unsafe UnsafeMutableBufferPointer(start: staging, count: shape.count)
    var span = unsafe buffer.mutableSpan
    source(first + sample, &span)
    unsafe engram_transpose(staging, shape.channels, shape.positions, value(0, sample: sample))
  }

  /// One part of a sample's node. Values are those of `values`; the scratch memory is this one's.
  func forward(_ node: Int, part: Int, sample: Int, first: Int, values: Workspace) {
    var call = LayerCall(workspace: values, node: node, sample: sample, first: first)
    (call.part, call.parts) = (part, program.sampleParts[node])
    call.worker = self
    program.layers[node].forward(call)
  }

  /// One tile of a convolution in inference. Values are those of `values`, by default this
  /// workspace's; the scratch memory is this one's.
  func convolve(_ node: Int, tile: Int, sample: Int, values: Workspace? = nil) {
    guard let convolution = program.tiled[node], let weight = unsafe parameters.prepared[node]
    else { return }
    let values = values ?? self
    let addend = graph.addend[node]
    unsafe convolution.forward(
      tile: tile, x: values.value(program.nodes[node].inputs[0], sample: sample), weight: weight,
      bias: parameters.biases[node], rectified: graph.rectifies[node], scratch: scratch,
      y: values.value(node, sample: sample), rowStride: plan.values[node].rowStride,
      addend: addend.map { unsafe values.value($0, sample: sample) },
      addendStride: addend.map { plan.values[$0].rowStride } ?? 0,
      activation: graph.activations[node])
  }

  /// One tile of the gradient of a convolution's input, of a call whose gradient is wanted. The scratch memory is this
  /// workspace's.
  func convolveGradient(_ call: LayerCall, tile: Int) {
    guard let gradient = program.gradients[call.node],
      let weight = unsafe parameters.turned[call.node]
    else { return }
    unsafe gradient.run(
      tile: tile, dy: call.dy, weight: weight, scratch: scratch, adds: !call.isFirstGradient,
      dx: call.dx)
  }

  /// The key of a sample's mask in a node.
  func maskKey(_ node: Int, position: Int) -> UInt64? {
    guard var key = dropoutKey else { return nil }
    for word in [position, node] {
      var mixer = SplitMix64(seed: key ^ UInt64(word))
      key = mixer.next()
    }
    return key
  }
}
