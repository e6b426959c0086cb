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
}

extension ResponseNormalisation: LayerKind {
  var name: String { "response normalisation" }

  func scratchCount(input: MapShape, output: MapShape) -> Int { 3 * (output.channels + size) }

  func forward(_ call: LayerCall) {
    let shape = call.input
    unsafe engram_response_norm(
      call.x, shape.positions, shape.channels, size, alpha, k, call.scratch, call.y)
  }

  func backward(_ call: LayerCall) {
    let shape = call.input
    unsafe call.contribute {
      unsafe engram_response_norm_backward(
        call.x, call.dy, shape.positions, shape.channels, size, alpha, k, call.scratch, $0)
    }
  }
}
