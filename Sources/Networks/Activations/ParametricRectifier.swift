// The rectifier whose slope below 0 is a parameter.

internal import CKernels

/// y = x > 0 ? x : weight · x, the weight one for all (`slopes` 1) or one for every channel.
package struct ParametricRectifier: Hashable, Sendable {
  package let slopes: Int

  package init(slopes: Int) { self.slopes = slopes }
}

extension ParametricRectifier: LayerKind {
  var name: String { "parametric rectifier" }
  var placement: LayerPlacement { .asItsInput }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(
      slopes == 1 || slopes == inputs[0].channels, "There is one slope, or one a channel.")
    return inputs[0]
  }

  func parameters(of input: MapShape) -> [LayerParameter] {
    [LayerParameter(name: "weight", role: .weight, shape: [slopes], fanIn: slopes, fanOut: 1)]
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(output.positions, elementParts(output.count))
  }

  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    let channels = call.output.channels
    let range = evenPart(call.part, of: call.parts, total: call.rows * call.output.positions)
    let (x, y) = unsafe (call.x, call.y)
    let offset = range.lowerBound * channels
    unsafe engram_parametric_relu(
      x + offset, range.count, channels, weight, slopes, x + offset, y + offset)
  }

  /// The slope's own gradient is not wanted: no network that is trained here has the layer.
  func backward(_ call: LayerCall) {
    guard call.wantsInput, let weight = unsafe call.weight else { return }
    unsafe call.contribute {
      unsafe engram_parametric_relu(
        call.x, call.rows * call.output.positions, call.output.channels, weight, slopes, call.dy,
        $0)
    }
  }
}
