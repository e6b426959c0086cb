// Average pooling to a fixed number of rows and columns, whatever the map's size.

internal import CKernels

/// Row r of the output is the mean of the input's rows ⌊r · H / h⌋ ..< ⌈(r + 1) · H / h⌉, columns
/// likewise (PyTorch's bins). Of a map that has the wanted size already it is the identity.
package struct AdaptiveAveragePool: Hashable, Sendable {
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// To one value a channel.
  package static let global = AdaptiveAveragePool(height: 1, width: 1)

  func outputShape(for input: MapShape) -> MapShape {
    MapShape(channels: input.channels, height: height, width: width)
  }

  /// One sample: x → y.
  func forward(_ x: Floats, input: MapShape, y: Floats) {
    unsafe engram_adaptive_pool(
      x, input.height, input.width, input.channels, height, width, y)
  }

  /// One sample: sets dx.
  func backward(dy: Floats, input: MapShape, dx: Floats) {
    unsafe engram_adaptive_pool_backward(
      dy, input.height, input.width, input.channels, height, width, dx)
  }
}
