// The backward pass of single nodes, after the forward pass of the same block in the same memory.

internal import CKernels

/// Where a backward pass writes parameter gradients: in the layout of the parameters, set, not
/// added to. In the place of running statistics are those of the block.
@safe
struct ParameterGradients {
  let base: Floats
  let pass: ShapePass

  func pointer(_ role: Parameter.Role, of node: Int) -> Floats? {
    unsafe pass.parameter(role, of: node).map { unsafe base + $0.offset }
  }
}

extension Workspace {
  /// One sample through a segment that is executed sample by sample.
  func backward(
    _ segment: Segment, sample: Int, first: Int, _ gradients: ParameterGradients?,
    inputGradient: Floats?
  ) {
    for node in segment.nodes.reversed() where node > 0 {
      unsafe backward(
        node, sample: sample, first: first, gradients, needsInput: inputGradient != nil)
    }
    if segment.nodes.contains(0), let inputGradient = unsafe inputGradient {
      let shape = program.pass.shapes[0]
      unsafe engram_transpose(
        gradient(0, sample: sample), shape.positions, shape.channels,
        inputGradient + sample * shape.count)
    }
  }

  /// Lets `body` set the gradient of a node's input, or add to what is there already.
  private func contribute(
    _ node: Int, _ which: Int = 0, sample: Int, rows: Int = 1, _ body: (Floats) -> Void
  ) {
    let from = program.nodes[node].inputs[which]
    let dx = unsafe gradient(from, sample: sample)
    if program.graph.isFirstGradient[node][which] { return unsafe body(dx) }
    unsafe body(addend)
    unsafe engram_add(dx, addend, rows * program.pass.shapes[from].count, dx)
  }

  /// A node that is executed over a whole block.
  func backward(
    block node: Int, count: Int, first: Int, _ gradients: ParameterGradients?, needsInput: Bool
  ) {
    let from = program.nodes[node].inputs[0]
    let input = program.pass.shapes[from]
    let x = unsafe value(from)
    let dy = unsafe gradient(node)
    let wantsInput = from > 0 || needsInput
    switch program.nodes[node].layer {
    case .fullyConnected(let layer):
      guard let weight = unsafe parameters.weights[node] else { return }
      func run(_ dx: Floats?) {
        unsafe layer.backward(
          x, dz: dy, rows: count, inputs: input.count, weight: weight,
          weightGradient: gradients?.pointer(.weight, of: node),
          biasGradient: gradients?.pointer(.bias, of: node), dx: dx)
      }
      guard wantsInput else { return run(nil) }
      unsafe contribute(node, sample: 0, rows: count) { unsafe run($0) }
    case .batchNormalisation(let layer):
      guard let weight = unsafe parameters.weights[node] else { return }
      let rows = count * input.positions
      unsafe contribute(node, sample: 0, rows: count) { dx in
        unsafe layer.backward(
          x, dy: dy, rows: rows, channels: input.channels, weight: weight,
          statistics: statistics(node), weightGradient: gradients?.pointer(.weight, of: node),
          biasGradient: gradients?.pointer(.bias, of: node), scratch: scratch, dx: dx)
      }
      guard let gradients else { return }
      writeStatistics(node, rows: rows, channels: input.channels, to: gradients)
    case .rectifier:
      guard wantsInput else { return }
      let size = count * input.count
      if program.graph.root[node] != node {
        unsafe Rectifier.backward(y: value(node), dy: dy, count: size, dx: dy)
      } else {
        unsafe contribute(node, sample: 0, rows: count) {
          unsafe Rectifier.backward(y: value(node), dy: dy, count: size, dx: $0)
        }
      }
    case .dropout:
      guard wantsInput else { return }
      for sample in 0..<count { dropOutBackward(node, sample: sample, first: first) }
    default: preconditionFailure("\(program.nodes[node].name) is executed sample by sample.")
    }
  }

  /// The block's mean and variance (divided by rows − 1), which running ones follow.
  private func writeStatistics(
    _ node: Int, rows: Int, channels: Int, to gradients: ParameterGradients
  ) {
    guard let mean = unsafe gradients.pointer(.runningMean, of: node),
      let variance = unsafe gradients.pointer(.runningVariance, of: node)
    else { return }
    let correction = Float(rows) / Float(max(1, rows - 1))
    for channel in 0..<channels {
      unsafe mean[channel] = statistics(node)[channel]
      unsafe variance[channel] = correction * statistics(node)[2 * channels + channel]
    }
  }

  /// A node that is executed sample by sample.
  private func backward(
    _ node: Int, sample: Int, first: Int, _ gradients: ParameterGradients?, needsInput: Bool
  ) {
    let description = program.nodes[node]
    let from = description.inputs[0]
    let input = program.pass.shapes[from]
    let output = program.pass.shapes[node]
    let x = unsafe value(from, sample: sample)
    let y = unsafe value(node, sample: sample)
    let dy = unsafe gradient(node, sample: sample)
    if case .convolution = description.layer {
      guard let weight = unsafe parameters.weights[node] else { return }
      func run(_ dx: Floats?) {
        unsafe program.convolutions[node]?.backward(
          x, dy: dy, weight: weight, weightGradient: gradients?.pointer(.weight, of: node),
          biasGradient: gradients?.pointer(.bias, of: node), first: sample == 0,
          scratch: scratch, dx: dx)
      }
      guard from > 0 || needsInput else { return run(nil) }
      return unsafe contribute(node, sample: sample) { unsafe run($0) }
    }
    guard description.inputs.contains(where: { $0 > 0 }) || needsInput else { return }
    switch description.layer {
    case .input, .fullyConnected, .batchNormalisation, .convolution:
      preconditionFailure("\(description.name) is not executed sample by sample.")
    case .maxPool(let layer):
      unsafe contribute(node, sample: sample) {
        unsafe layer.backward(x, y: y, dy: dy, input: input, output: output, dx: $0)
      }
    case .averagePool(let layer):
      unsafe contribute(node, sample: sample) {
        unsafe layer.backward(dy: dy, input: input, output: output, dx: $0)
      }
    case .adaptiveAveragePool(let layer):
      unsafe contribute(node, sample: sample) {
        unsafe layer.backward(dy: dy, input: input, dx: $0)
      }
    case .responseNormalisation(let layer):
      unsafe contribute(node, sample: sample) {
        unsafe layer.backward(x, dy: dy, shape: input, scratch: scratch, dx: $0)
      }
    case .channelScaling(let layer):
      unsafe contribute(node, sample: sample) {
        unsafe layer.backward(dy: dy, shape: input, dx: $0)
      }
    case .rectifier:
      if program.graph.root[node] != node {
        unsafe Rectifier.backward(y: y, dy: dy, count: output.count, dx: dy)
      } else {
        unsafe contribute(node, sample: sample) {
          unsafe Rectifier.backward(y: y, dy: dy, count: output.count, dx: $0)
        }
      }
    case .dropout: dropOutBackward(node, sample: sample, first: first)
    case .sum:
      for (which, input) in description.inputs.enumerated()
      where program.graph.root[input] != program.graph.root[node] {
        unsafe contribute(node, which, sample: sample) {
          unsafe $0.update(from: dy, count: output.count)
        }
      }
    case .concatenation:
      var offset = 0
      for (which, input) in description.inputs.enumerated() {
        let channels = program.pass.shapes[input].channels
        unsafe contribute(node, which, sample: sample) {
          unsafe engram_copy_rows(
            dy + offset, output.positions, channels, output.channels, channels, $0)
        }
        offset += channels
      }
    case .shortcut(let layer):
      unsafe contribute(node, sample: sample) {
        unsafe layer.backward(dy: dy, input: input, output: output, dx: $0)
      }
    case .flatten:
      unsafe contribute(node, sample: sample) {
        unsafe engram_transpose(dy, input.channels, input.positions, $0)
      }
    }
  }

  private func dropOutBackward(_ node: Int, sample: Int, first: Int) {
    guard case .dropout(let layer) = program.nodes[node].layer else { return }
    let dy = unsafe gradient(node, sample: sample)
    let count = program.pass.shapes[node].count
    unsafe contribute(node, sample: sample) { dx in
      if let key = maskKey(node, position: first + sample) {
        unsafe layer.apply(dy, count: count, key: key, y: dx)
      } else {
        unsafe dx.update(from: dy, count: count)
      }
    }
  }
}
