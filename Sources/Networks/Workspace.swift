// One worker's memory, and the forward pass of one block in it.

internal import CKernels

/// Writes one sample, channels × height × width, given its position in the batch.
package typealias SampleSource = (Int, inout MutableSpan<Float>) -> Void

/// Used by one thread at a time, hence `@unchecked`.
@safe
final class Workspace: @unchecked Sendable {
  let program: Program
  let parameters: FloatStorage
  let plan: MemoryPlan
  let isForBackward: Bool
  private let memory: FloatStorage

  init(_ program: Program, parameters: FloatStorage, backward: Bool) {
    self.program = program
    self.parameters = parameters
    isForBackward = backward
    plan = backward ? program.training : program.inference
    memory = FloatStorage(count: plan.count)
  }

  func value(_ node: Int, sample: Int = 0) -> Floats {
    unsafe memory.base + plan.values[node].offset + sample * plan.values[node].stride
  }

  func gradient(_ node: Int, sample: Int = 0) -> Floats {
    unsafe memory.base + plan.gradients[node].offset + sample * plan.gradients[node].stride
  }

  var staging: Floats { unsafe memory.base + plan.staging }
  var scratch: Floats { unsafe memory.base + plan.scratch }

  /// Where a node's weight (0) or bias (1) lies in `storage`.
  func parameter(_ which: Int, of node: Int, in storage: Floats) -> Floats {
    unsafe storage
      + program.pass.parameters[program.pass.parametersOfNode[node][which]].offset
  }

  /// Runs samples `first ..< first + count` of a batch; the rows of the block after them are zero.
  func forward(first: Int, count: Int, source: SampleSource) {
    for segment in program.pass.segments {
      if segment.isPerSample {
        for sample in 0..<count {
          for node in segment.nodes {
            forward(node, sample: sample, rows: 1, position: first + sample, source)
          }
        }
        for node in segment.nodes where plan.values[node].stride > 0 {
          unsafe value(node, sample: count).update(
            repeating: 0, count: (blockSize - count) * plan.values[node].stride)
        }
      } else {
        for node in segment.nodes {
          forward(node, sample: 0, rows: blockSize, position: first, source)
        }
      }
    }
  }

  private func forward(
    _ node: Int, sample: Int, rows: Int, position: Int, _ source: SampleSource
  ) {
    let description = program.nodes[node]
    let output = program.pass.shapes[node]
    let y = unsafe value(node, sample: sample)
    guard let from = description.inputs.first else {
      let buffer = unsafe UnsafeMutableBufferPointer(start: staging, count: output.count)
      var span = unsafe buffer.mutableSpan
      source(position, &span)
      unsafe engram_transpose(staging, output.channels, output.positions, y)
      return
    }
    let input = program.pass.shapes[from]
    let x = unsafe value(from, sample: sample)
    switch description.layer {
    case .input: break
    case .convolution:
      unsafe program.convolutions[node]?.forward(
        x, weight: parameter(0, of: node, in: parameters.base),
        bias: parameter(1, of: node, in: parameters.base), scratch: scratch, y: y)
    case .maxPool(let layer):
      unsafe layer.forward(x, input: input, output: output, y: y)
    case .responseNormalisation(let layer):
      unsafe layer.forward(x, shape: input, scratch: scratch, y: y)
    case .rectifier:
      unsafe Rectifier.forward(x, count: rows * output.count, y: y)
    case .flatten:
      unsafe engram_transpose(x, input.positions, input.channels, y)
    case .fullyConnected(let layer):
      unsafe layer.forward(
        x, rows: rows, inputs: input.count,
        weight: parameter(0, of: node, in: parameters.base),
        bias: parameter(1, of: node, in: parameters.base), z: y)
    }
  }
}
