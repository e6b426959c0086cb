// Preprocessing of pixels that need not be whole numbers, and its gradient: the part of a differentiated
// model that lies before the network.

extension Preprocessing {
  /// The same as for bytes, with pixels in 0 … 255; of whole numbers the result is the same to the last bit.
  ///
  /// Sums are Float64, elements are Float32.
  package func apply(
    _ pixels: Span<Float>, shape: ImageShape, into output: inout MutableSpan<Float>
  ) {
    check(pixels, shape)
    let size = outputShape(for: shape)
    precondition(output.count == size.count, "The output has the preprocessed image's size.")
    let own = numbers.normalisation == .own ? statistics(pixels, shape).scaling : nil
    forEachRow(shape) { channel, row, next in
      guard let scaling = own ?? self.scaling(of: channel) else { return }
      for x in 0..<size.width { output[next + x] = scaling.apply(pixels[row + x]) }
    }
  }

  /// From the gradient at the network's input to the gradient at the pixels in 0 … 255, at `pixels`:
  /// zero outside the crop, and through the image's own mean and deviation where it has them.
  ///
  /// With y = (x − mean) / std and g the gradient at y: (g − mean(g) − y · mean(g · y)) / std, without
  /// the last term where std is below 1/√n, which then divides.
  package func pullback(
    _ pixels: Span<Float>, shape: ImageShape, gradient: Span<Float>,
    into result: inout MutableSpan<Float>
  ) {
    check(pixels, shape)
    let width = window(of: shape).width
    let count = outputShape(for: shape).count
    precondition(gradient.count == count, "The gradient has the preprocessed image's size.")
    precondition(result.count == shape.count, "The result has the image's size.")
    for i in result.indices { result[i] = 0 }
    if numbers.normalisation != .own {
      forEachRow(shape) { channel, row, next in
        guard let scaling = self.scaling(of: channel) else { return }
        let divisor = scaling.scale * scaling.divisor
        for x in 0..<width { result[row + x] = gradient[next + x] / divisor }
      }
      return
    }
    // Every channel has the same scaling, whatever their order.
    let (scaling, isVarying) = statistics(pixels, shape)
    var sum = 0.0
    var products = 0.0
    forEachRow(shape) { _, row, next in
      for x in 0..<width {
        let slope = Double(gradient[next + x])
        sum += slope
        products += slope * Double(scaling.apply(pixels[row + x]))
      }
    }
    let shift = Float(sum / Double(count))
    let slope = isVarying ? Float(products / Double(count)) : 0
    let divisor = 255 * scaling.divisor
    forEachRow(shape) { _, row, next in
      for x in 0..<width {
        let y = scaling.apply(pixels[row + x])
        result[row + x] = (gradient[next + x] - shift - slope * y) / divisor
      }
    }
  }

  /// The crop's own mean and divisor, and whether the divisor is its deviation, not the constant.
  private func statistics(
    _ pixels: Span<Float>, _ shape: ImageShape
  ) -> (scaling: Scaling, isVarying: Bool) {
    var sum = 0.0
    var squares = 0.0
    let width = window(of: shape).width
    forEachRow(shape) { _, row, _ in
      for x in row..<row + width {
        let value = Double(pixels[x])
        sum += value
        squares += value * value
      }
    }
    let count = outputShape(for: shape).count
    let spread = Double(count) * squares - sum * sum
    // The deviation exceeds 1/√n where n² · variance, in pixels of 0 … 255, exceeds 255² · n.
    return (
      ownScaling(sum: sum, spread: spread, count: count), spread > 255 * 255 * Double(count)
    )
  }

  private func check(_ pixels: Span<Float>, _ shape: ImageShape) {
    precondition(pixels.count == shape.count, "An image has the pixels of its shape.")
    let window = window(of: shape)
    precondition(window.top >= 0 && window.left >= 0, "The crop fits into the image.")
  }
}
