// What inference makes of a batch normalisation that cannot be folded into a convolution.

internal import CKernels

/// y = weight · x + bias, per channel, and the rectifier that alone reads it.
package struct ChannelAffine: Hashable, Sendable {
  package init() {}
}

extension ChannelAffine: LayerKind {
  var name: String { "channel affine" }
  var placement: LayerPlacement { .asItsInput }

  func parameters(of input: MapShape) -> [LayerParameter] {
    [
      LayerParameter(name: "weight", role: .weight, shape: [input.channels]),
      LayerParameter(name: "bias", role: .bias, shape: [input.channels]),
    ]
  }

  var appliesActivations: Bool { true }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(output.positions, elementParts(output.count))
  }

  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight, let bias = unsafe call.bias else { return }
    let channels = call.output.channels
    let range = evenPart(call.part, of: call.parts, total: call.rows * call.output.positions)
    // As much at a time as stays in the first-level cache for the activation.
    let step = call.activation == nil ? max(1, range.count) : max(1, 4096 / channels)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
      let count = min(step, range.upperBound - first)
      let y = unsafe call.y + first * channels
      unsafe engram_affine_channels(
        call.x + first * channels, count, channels, weight, bias, call.isRectified ? 1 : 0, y)
      unsafe call.activation?.apply(y, count: count * channels, y: y)
    }
  }

  /// The parameters are made of others, which have no gradients in inference.
  func backward(_ call: LayerCall) {
    guard call.wantsInput, let weight = unsafe call.weight else { return }
    unsafe call.contribute {
      unsafe engram_scale_channels(
        call.dy, call.rows * call.output.positions, call.output.channels, weight, nil, $0)
    }
  }
}
