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

  func outputShape(for input: MapShape) -> MapShape {
    precondition(
      channels >= input.channels && (channels - input.channels) % 2 == 0,
      "A shortcut adds as many channels before as after.")
    return MapShape(
      channels: channels, height: (input.height + stride - 1) / stride,
      width: (input.width + stride - 1) / stride)
  }

  /// One sample: x → y.
  func forward(_ x: Floats, input: MapShape, output: MapShape, y: Floats) {
    unsafe y.update(repeating: 0, count: output.count)
    forEachPosition(input, output) { from, to in
      unsafe (y + to).update(from: x + from, count: input.channels)
    }
  }

  /// One sample: sets dx.
  func backward(dy: Floats, input: MapShape, output: MapShape, dx: Floats) {
    unsafe dx.update(repeating: 0, count: input.count)
    forEachPosition(input, output) { from, to in
      unsafe (dx + from).update(from: dy + to, count: input.channels)
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
