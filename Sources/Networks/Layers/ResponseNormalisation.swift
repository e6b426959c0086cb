// Local response normalisation across channels.

internal import CKernels

/// y = x / (k + α / size · Σ x²)^¾, the sum over `size` neighbouring channels (PyTorch's
/// convention).
///
/// The exponent β is ¾ in every network that uses the layer, and fixed: two square roots replace
/// pow().
package struct ResponseNormalisation: Hashable, Sendable {
  package let size: Int
  package let alpha: Float
  package let k: Float

  package init(size: Int = 5, alpha: Float = 1e-4, k: Float = 2) {
    precondition(size > 0 && k > 0, "Size and k are positive.")
    self.size = size
    self.alpha = alpha
    self.k = k
  }

  func scratchCount(for shape: MapShape) -> Int { 3 * (shape.channels + size) }

  /// One sample: x → y.
  func forward(_ x: Floats, shape: MapShape, scratch: Floats, y: Floats) {
    unsafe engram_response_norm(
      x, shape.positions, shape.channels, size, alpha, k, scratch, y)
  }

  /// One sample: sets dx.
  func backward(_ x: Floats, dy: Floats, shape: MapShape, scratch: Floats, dx: Floats) {
    unsafe engram_response_norm_backward(
      x, dy, shape.positions, shape.channels, size, alpha, k, scratch, dx)
  }
}
