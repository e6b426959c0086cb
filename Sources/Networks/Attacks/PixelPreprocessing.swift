// The part of the differentiated model that lies before the network. What it does is the caller's
// affair.

/// How an image's pixels become the network's input, and how gradients come back.
///
/// Pixels are in 0 … 255, channels × height × width; both functions write every element of their
/// last argument, for one image, and are called on several threads at once.
package struct PixelPreprocessing: Sendable {
  /// (pixels, input): what the network sees.
  package typealias Apply = @Sendable (Span<Float>, inout MutableSpan<Float>) -> Void
  /// (pixels, gradient at the input, gradient at the pixels): the transposed Jacobian at these
  /// pixels.
  package typealias Pullback =
    @Sendable (Span<Float>, Span<Float>, inout MutableSpan<Float>) -> Void

  package let apply: Apply
  package let pullback: Pullback

  package init(apply: @escaping Apply, pullback: @escaping Pullback) {
    self.apply = apply
    self.pullback = pullback
  }
}
