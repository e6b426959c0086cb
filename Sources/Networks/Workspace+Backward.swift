// The backward pass of one block, after `forward` of the same block in the same workspace.

internal import CKernels

extension Workspace {
  /// From the gradient at the last node (set by the caller for all rows of the block) to the parameters
  /// and, where `inputGradient` is given, to the input.
  ///
  /// `parameterGradient` has the layout of the parameters and is set, not added to. `inputGradient`:
  /// count × channels × height × width.
  func backward(count: Int, parameterGradient: Floats?, inputGradient: Floats?) {
    for segment in program.pass.segments.reversed() {
      if segment.isPerSample {
        for sample in 0..<count {
          for node in segment.nodes.reversed() where node > 0 {
            unsafe backward(
              node, sample: sample, rows: 1, parameterGradient,
              needsInput: inputGradient != nil)
          }
          if segment.nodes.contains(0), let inputGradient = unsafe inputGradient {
            let shape = program.pass.shapes[0]
            unsafe engram_transpose(
              gradient(0, sample: sample), shape.positions, shape.channels,
              inputGradient + sample * shape.count)
          }
        }
      } else {
        for node in segment.nodes.reversed() {
          unsafe backward(
            node, sample: 0, rows: blockSize, parameterGradient,
            needsInput: inputGradient != nil)
        }
      }
    }
  }

  private func backward(
    _ node: Int, sample: Int, rows: Int, _ parameterGradient: Floats?, needsInput: Bool
  ) {
    let description = program.nodes[node]
    let from = description.inputs[0]
    let input = program.pass.shapes[from]
    let output = program.pass.shapes[node]
    let x = unsafe value(from, sample: sample)
    let y = unsafe value(node, sample: sample)
    let dy = unsafe gradient(node, sample: sample)
    let dx = unsafe gradient(from, sample: sample)
    let wantsInput = from > 0 || needsInput
    switch description.layer {
    case .input: break
    case .convolution:
      unsafe program.convolutions[node]?.backward(
        x, dy: dy, weight: parameter(0, of: node, in: parameters.base),
        weightGradient: parameterGradient.map { unsafe parameter(0, of: node, in: $0) },
        biasGradient: parameterGradient.map { unsafe parameter(1, of: node, in: $0) },
        first: sample == 0, scratch: scratch, dx: wantsInput ? dx : nil)
    case .maxPool(let layer):
      guard wantsInput else { return }
      unsafe layer.backward(x, y: y, dy: dy, input: input, output: output, dx: dx)
    case .responseNormalisation(let layer):
      guard wantsInput else { return }
      unsafe layer.backward(x, dy: dy, shape: input, scratch: scratch, dx: dx)
    case .rectifier:
      guard wantsInput else { return }
      unsafe Rectifier.backward(y: y, dy: dy, count: rows * output.count, dx: dx)
    case .flatten:
      guard wantsInput else { return }
      unsafe engram_transpose(dy, input.channels, input.positions, dx)
    case .fullyConnected(let layer):
      unsafe layer.backward(
        x, dz: dy, rows: rows, inputs: input.count,
        weight: parameter(0, of: node, in: parameters.base),
        weightGradient: parameterGradient.map { unsafe parameter(0, of: node, in: $0) },
        biasGradient: parameterGradient.map { unsafe parameter(1, of: node, in: $0) },
        dx: wantsInput ? dx : nil)
    }
  }
}
