// Convolution of channels in groups, down to one channel a group (depthwise), and with dilation. Its parameters have no
// gradients: no network that is trained here has the layer.

/// Group g's outputs are a convolution of its own inputs alone: outputs / groups of channels / groups.
///
/// Weights lie outputs × height × width × inputs of a group in memory, outputs × inputs × height × width in files. One group
/// is an ordinary convolution, for windows that `Convolution` does not take.
package struct GroupedConvolution: Hashable, Sendable {
  package let outputs: Int
  package let window: Window
  package let groups: Int
  package let hasBias: Bool

  package init(outputs: Int, window: Window, groups: Int, hasBias: Bool = true) {
    precondition(groups > 0 && outputs % groups == 0, "Groups have as many outputs each.")
    precondition(!window.roundsUp, "A convolution's windows lie within the padding.")
    self.outputs = outputs
    self.window = window
    self.groups = groups
    self.hasBias = hasBias
  }
}

extension GroupedConvolution: LayerKind {
  var name: String {
    groups == 1 ? "convolution \(window)" : "convolution \(window), \(groups) groups"
  }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0].channels % groups == 0, "Groups have as many inputs each.")
    return window.outputShape(for: inputs[0], channels: outputs)
  }

  func parameters(of input: MapShape) -> [LayerParameter] {
    let (taps, inputs) = (window.height * window.width, input.channels / groups)
    let weight = LayerParameter(
      name: "weight", role: .weight, shape: [outputs, inputs, window.height, window.width],
      fanIn: inputs * taps, fanOut: outputs / groups * taps)
    let bias = LayerParameter(name: "bias", role: .bias, shape: [outputs], fanIn: inputs * taps)
    return hasBias ? [weight, bias] : [weight]
  }

  func multiplyAdds(input: MapShape, output: MapShape) -> Int {
    output.count * (input.channels / groups) * window.height * window.width
  }

  func scratchCount(input: MapShape, output: MapShape) -> Int {
    let plan = plan(input, output)
    return max(plan.scratchCount + plan.preparedCount, plan.gradientScratchCount)
  }

  func preparedCount(input: MapShape, output: MapShape) -> Int {
    plan(input, output).preparedCount
  }

  func prepare(_ weight: Floats, input: MapShape, output: MapShape, into prepared: Floats) {
    unsafe plan(input, output).prepare(weight, into: prepared)
  }

  var appliesActivations: Bool { true }

  func sampleParts(input: MapShape, output: MapShape) -> Int { plan(input, output).parts }

  /// With weights that inference has prepared; in training they are new at every step.
  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    let plan = plan(call.input, call.output)
    var prepared = unsafe call.prepared
    if unsafe prepared == nil {
      unsafe prepared = call.scratch + plan.scratchCount
      unsafe plan.prepare(weight, into: call.scratch + plan.scratchCount)
    }
    guard let prepared = unsafe prepared else { return }
    for part in call.parts == 1 ? 0..<plan.parts : call.part..<call.part + 1 {
      let all = plan.rows(of: part)
      let step = call.activation == nil ? max(1, all.count) : plan.rowsAtATime
      for first in stride(from: all.lowerBound, to: all.upperBound, by: step) {
        let rows = first..<min(first + step, all.upperBound)
        unsafe plan.forward(
          rows: rows, x: call.x, prepared: prepared, bias: call.bias, rectified: call.isRectified,
          scratch: call.scratch, y: call.y)
        let length = call.output.width * outputs
        let y = unsafe call.y + rows.lowerBound * length
        unsafe call.activation?.apply(y, count: rows.count * length, y: y)
      }
    }
  }

  func backward(_ call: LayerCall) {
    guard call.wantsInput, let weight = unsafe call.weight else { return }
    unsafe call.contribute {
      unsafe plan(call.input, call.output).backward(
        dy: call.dy, weight: weight, scratch: call.scratch, dx: $0)
    }
  }

  private func plan(_ input: MapShape, _ output: MapShape) -> GroupedPlan {
    GroupedPlan(window: window, groups: groups, input: input, output: output)
  }
}
