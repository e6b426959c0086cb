// Max pooling. Average pooling is no part of it.

internal import CKernels

/// The maximum over each window; padding never wins, and of equal maxima the first takes the
/// gradient.
package struct MaxPool: Hashable, Sendable {
  package let window: Window

  package init(window: Window) { self.window = window }

  func outputShape(for input: MapShape) -> MapShape {
    window.outputShape(for: input, channels: input.channels)
  }

  /// One sample: x → y.
  func forward(_ x: Floats, input: MapShape, output: MapShape, y: Floats) {
    var window = window.kernelWindow(over: input, to: output)
    unsafe engram_max_pool(x, &window, y)
  }

  /// One sample: sets dx.
  func backward(
    _ x: Floats, y: Floats, dy: Floats, input: MapShape, output: MapShape, dx: Floats
  ) {
    var window = window.kernelWindow(over: input, to: output)
    unsafe engram_max_pool_backward(x, y, dy, &window, dx)
  }
}
