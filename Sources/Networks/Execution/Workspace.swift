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
  /// Of this block's dropout masks; nil leaves dropout out.
  var dropoutKey: UInt64?
  let block: FloatStorage
  private let own: FloatStorage

  init(_ program: Program, parameters: NodeParameters, backward: Bool, block: FloatStorage? = nil) {
    self.program = program
    self.parameters = parameters
    isForBackward = backward
    plan = backward ? program.backward : program.forward
    self.block = block ?? FloatStorage(count: plan.blockCount)
    own = FloatStorage(count: plan.workerCount)
  }

  private func pointer(_ place: MemoryPlan.Place, _ sample: Int) -> Floats {
    unsafe (place.isKept ? block.base : own.base) + place.offset + sample * place.stride
  }

  func value(_ node: Int, sample: Int = 0) -> Floats { unsafe pointer(plan.values[node], sample) }

  func gradient(_ node: Int, sample: Int = 0) -> Floats {
    unsafe pointer(plan.gradients[node], sample)
  }

  func statistics(_ node: Int) -> Floats { unsafe block.base + plan.statistics[node] }
  var staging: Floats { unsafe own.base + plan.staging }
  var scratch: Floats { unsafe own.base + plan.scratch }
  var addend: Floats { unsafe own.base + plan.addend }

  /// Independent parts of a node that is executed over a whole block.
  func tileCount(_ node: Int) -> Int {
    guard case .fullyConnected(let layer) = program.nodes[node].layer else { return 1 }
    return layer.tileCount
  }

  /// A node of a segment that is executed over whole blocks.
  func forward(block node: Int, tile: Int, count: Int, _ first: Int) {
    let output = program.pass.shapes[node]
    let from = program.nodes[node].inputs[0]
    let x = unsafe value(from)
    let y = unsafe value(node)
    switch program.nodes[node].layer {
    case .fullyConnected(let layer):
      guard let weight = unsafe parameters.weights[node], let bias = unsafe parameters.biases[node]
      else { return }
      unsafe layer.forward(
        tile: tile, x: x, rows: count, inputs: program.pass.shapes[from].count, weight: weight,
        bias: bias, z: y)
    case .batchNormalisation(let layer):
      guard let weight = unsafe parameters.weights[node], let bias = unsafe parameters.biases[node]
      else { return }
      unsafe layer.forward(
        x, rows: count * output.positions, channels: output.channels, weight: weight, bias: bias,
        statistics: statistics(node), scratch: scratch, y: y)
    case .rectifier:
      if program.graph.isFused[node] { return }
      unsafe Rectifier.forward(x, count: count * output.count, y: y)
    case .dropout:
      for sample in 0..<count { dropOut(node, sample: sample, first: first) }
    default: preconditionFailure("\(program.nodes[node].name) is executed sample by sample.")
    }
  }

  /// A node of a segment that is executed sample by sample.
  func forward(_ node: Int, sample: Int, first: Int, _ source: SampleSource) {
    let description = program.nodes[node]
    let output = program.pass.shapes[node]
    let y = unsafe value(node, sample: sample)
    guard let from = description.inputs.first else {
      let buffer = unsafe UnsafeMutableBufferPointer(start: staging, count: output.count)
      var span = unsafe buffer.mutableSpan
      source(first + sample, &span)
      unsafe engram_transpose(staging, output.channels, output.positions, y)
      return
    }
    let input = program.pass.shapes[from]
    let x = unsafe value(from, sample: sample)
    switch description.layer {
    case .input, .fullyConnected, .batchNormalisation:
      preconditionFailure("\(description.name) is not executed sample by sample.")
    case .convolution:
      if let convolution = program.inference[node] {
        for tile in 0..<convolution.tileCount { convolve(node, tile: tile, sample: sample) }
      } else if let weight = unsafe parameters.weights[node] {
        unsafe program.convolutions[node]?.forward(
          x, weight: weight, bias: parameters.biases[node], scratch: scratch, y: y)
        if program.graph.rectifies[node] { unsafe engram_relu(y, output.count, y) }
      }
    case .maxPool(let layer): unsafe layer.forward(x, input: input, output: output, y: y)
    case .averagePool(let layer): unsafe layer.forward(x, input: input, output: output, y: y)
    case .adaptiveAveragePool(let layer): unsafe layer.forward(x, input: input, y: y)
    case .responseNormalisation(let layer):
      unsafe layer.forward(x, shape: input, scratch: scratch, y: y)
    case .channelScaling(let layer): unsafe layer.forward(x, shape: input, y: y)
    case .rectifier:
      if program.graph.isFused[node] { return }
      unsafe Rectifier.forward(x, count: output.count, y: y)
    case .dropout: dropOut(node, sample: sample, first: first)
    case .sum:
      if program.graph.isFused[node] { return }
      let other = unsafe value(description.inputs[1], sample: sample)
      if program.graph.rectifies[node] {
        unsafe engram_add_relu(x, other, output.count, y)
      } else {
        unsafe engram_add(x, other, output.count, y)
      }
    case .concatenation:
      var offset = 0
      for input in description.inputs {
        let channels = program.pass.shapes[input].channels
        defer { offset += channels }
        // What lies there already was written by a convolution.
        if plan.values[input].rowStride == output.channels { continue }
        unsafe engram_copy_rows(
          value(input, sample: sample), output.positions, channels, channels, output.channels,
          y + offset)
      }
    case .shortcut(let layer): unsafe layer.forward(x, input: input, output: output, y: y)
    case .flatten: unsafe engram_transpose(x, input.positions, input.channels, y)
    }
  }

  /// One tile of a convolution in inference. Values are those of `values`, by default this
  /// workspace's; the scratch memory is this one's.
  func convolve(_ node: Int, tile: Int, sample: Int, values: Workspace? = nil) {
    guard let convolution = program.inference[node], let weight = unsafe parameters.prepared[node]
    else { return }
    let values = values ?? self
    let addend = program.graph.addend[node]
    unsafe convolution.forward(
      tile: tile, x: values.value(program.nodes[node].inputs[0], sample: sample), weight: weight,
      bias: parameters.biases[node], rectified: program.graph.rectifies[node], scratch: scratch,
      y: values.value(node, sample: sample), rowStride: plan.values[node].rowStride,
      addend: addend.map { unsafe values.value($0, sample: sample) },
      addendStride: addend.map { plan.values[$0].rowStride } ?? 0)
  }

  private func dropOut(_ node: Int, sample: Int, first: Int) {
    guard case .dropout(let layer) = program.nodes[node].layer else { return }
    let x = unsafe value(program.nodes[node].inputs[0], sample: sample)
    let y = unsafe value(node, sample: sample)
    let count = program.pass.shapes[node].count
    guard let key = maskKey(node, position: first + sample) else {
      return unsafe y.update(from: x, count: count)
    }
    unsafe layer.apply(x, count: count, key: key, y: y)
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
