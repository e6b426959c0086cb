// Average pooling with a fixed window. Pooling to a fixed size stands in AdaptiveAveragePool.

internal import CKernels

/// The sum over each window divided by the window's size: padding counts as zeros (PyTorch's
/// default).
package struct AveragePool: Hashable, Sendable {
  package let window: Window

  package init(window: Window) {
    precondition(!window.roundsUp, "Windows beyond the padding would be divided by another size.")
    self.window = window
  }

  func outputShape(for input: MapShape) -> MapShape {
    window.outputShape(for: input, channels: input.channels)
  }

  /// One sample: x → y.
  func forward(_ x: Floats, input: MapShape, output: MapShape, y: Floats) {
    var window = window.kernelWindow(over: input, to: output)
    unsafe engram_average_pool(x, &window, y)
  }

  /// One sample: sets dx.
  func backward(dy: Floats, input: MapShape, output: MapShape, dx: Floats) {
    var window = window.kernelWindow(over: input, to: output)
    unsafe engram_average_pool_backward(dy, &window, dx)
  }
}
