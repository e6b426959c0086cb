// The gradient of a convolution's input as a convolution of its own: of the output's gradient, with the window turned by half
// a circle. Of stride 1 alone; ConvolutionPlan leads other strides' gradients back.

/// dx = turned w ∗ dy, in tiles that may run concurrently. Weights are turned and prepared whenever they have changed.
struct GradientConvolution: Sendable {
  private let convolution: TiledConvolution
  /// Floats between positions of dx.
  private let channels: Int

  /// nil where the stride is another.
  init?(_ layer: Convolution, input: MapShape, output: MapShape) {
    guard layer.window.stride == 1 else { return nil }
    let (height, width) = (layer.window.height - 1, layer.window.width - 1)
    let padding = layer.window.padding
    let turned = Window(
      height: height + 1, width: width + 1,
      padding: Padding(
        top: height - padding.top, left: width - padding.left, bottom: height - padding.bottom,
        right: width - padding.right))
    channels = input.channels
    convolution = TiledConvolution(
      Convolution(outputs: channels, window: turned, hasBias: false), input: output, output: input)
  }

  /// Floats of the prepared weights.
  var preparedCount: Int { convolution.preparedCount }
  var tileCount: Int { convolution.tileCount }
  /// Floats that one tile in flight needs.
  var scratchCount: Int { convolution.scratchCount }

  /// - Parameter weight: of the convolution whose gradient this is.
  func prepare(weight: Floats, into prepared: Floats) {
    unsafe convolution.prepareTurned(weight: weight, into: prepared)
  }

  /// Sets one tile of dx, or adds to it.
  func run(tile: Int, dy: Floats, weight: Floats, scratch: Floats, adds: Bool, dx: Floats) {
    unsafe convolution.forward(
      tile: tile, x: dy, weight: weight, bias: nil, rectified: false, scratch: scratch, y: dx,
      rowStride: channels, addend: adds ? dx : nil, addendStride: channels)
  }
}
