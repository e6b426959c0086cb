// The parameter-free shortcut of residual networks for CIFAR-10.

internal import CKernels

/// Every `stride`-th row and column, with zero channels added on both sides (He et al. 2016, §3.3,
/// option A).
package struct Shortcut: Hashable, Sendable {
  package let stride: Int
  /// Of the output; those added are halved before and after the input's.
  package let channels: Int

  package init(stride: Int, channels: Int) {
    self.stride = stride
    self.channels = channels
  }
}

extension Shortcut: LayerKind {
  var name: String { "shortcut, stride \(stride)" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    let input = inputs[0]
    precondition(
      channels >= input.channels && (channels - input.channels) % 2 == 0,
      "A shortcut adds as many channels before as after.")
    return MapShape(
      channels: channels, height: (input.height + stride - 1) / stride,
      width: (input.width + stride - 1) / stride)
  }

  func forward(_ call: LayerCall) {
    let (x, y, channels) = unsafe (call.x, call.y, call.input.channels)
    unsafe y.update(repeating: 0, count: call.output.count)
    forEachPosition(call.input, call.output) { from, to in
      unsafe (y + to).update(from: x + from, count: channels)
    }
  }

  func backward(_ call: LayerCall) {
    let (dy, channels) = unsafe (call.dy, call.input.channels)
    unsafe call.contribute { dx in
      unsafe dx.update(repeating: 0, count: call.input.count)
      forEachPosition(call.input, call.output) { from, to in
        unsafe (dx + from).update(from: dy + to, count: channels)
      }
    }
  }

  private func forEachPosition(
    _ input: MapShape, _ output: MapShape, _ body: (_ from: Int, _ to: Int) -> Void
  ) {
    let before = (output.channels - input.channels) / 2
    for row in 0..<output.height {
      for column in 0..<output.width {
        body(
          (row * stride * input.width + column * stride) * input.channels,
          (row * output.width + column) * output.channels + before)
      }
    }
  }
}
