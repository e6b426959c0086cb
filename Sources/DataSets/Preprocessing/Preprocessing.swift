// From an image to the network's input: resizing and cropping of bytes, then scaling, channel order and
// standardisation, of each image on its own or with fixed numbers. How it is written down stands in
// Preprocessing+Text, pixels that are no bytes and gradients in Preprocessing+Gradient.

internal import Basics

/// What is done to an image before the network sees it.
package struct Preprocessing: Hashable, Sendable {
  /// A crop without a resize is part of `apply` here, behind what is done to a whole image's pixels; a resize, and
  /// the crop behind it, come before all that: `ImageDataSet.prepared(by:)`.
  package let geometry: ImageGeometry
  package let numbers: Numbers

  /// From pixels in 0 … 255 to the network's numbers.
  package struct Numbers: Hashable, Sendable {
    package enum Normalisation: Hashable, Sendable {
      /// By the mean and deviation of the image's own pixels.
      case own
      /// Mean and deviation of each channel in the network's order, of pixels divided by `divisor`; one element
      /// stands for every channel.
      case fixed(mean: [Float], deviation: [Float])
    }

    /// 255 or 1: what pixels are divided by first.
    package var divisor: Float = 255
    package var isBGR = false
    package var normalisation = Normalisation.fixed(mean: [0], deviation: [1])
  }

  /// A pixel's way to the network.
  struct Scaling: Sendable {
    let scale: Float
    /// Of pixels divided by `scale`.
    let mean: Float
    let divisor: Float

    func apply(_ pixel: Float) -> Float { (pixel / scale - mean) / divisor }
  }

  /// What changes nothing is left out, so that equal steps are equal: a filter without a resize, a number said thrice.
  package init(geometry: ImageGeometry, numbers: Numbers) {
    var (geometry, numbers) = (geometry, numbers)
    if geometry.resize == nil { geometry.filter = .bilinear }
    if case .fixed(let mean, let deviation) = numbers.normalisation {
      func short(_ list: [Float]) -> [Float] { Set(list).count == 1 ? [list[0]] : list }
      numbers.normalisation = .fixed(mean: short(mean), deviation: short(deviation))
    }
    self.geometry = geometry
    self.numbers = numbers
  }

  /// The fixed numbers of an output channel; nil where they are the image's own.
  func scaling(of channel: Int) -> Scaling? {
    guard case .fixed(let mean, let deviation) = numbers.normalisation else { return nil }
    return Scaling(
      scale: numbers.divisor, mean: mean[mean.count == 1 ? 0 : channel],
      divisor: deviation[deviation.count == 1 ? 0 : channel])
  }

  /// The image's channel that becomes the network's channel.
  func source(of channel: Int, of channels: Int) -> Int {
    numbers.isBGR ? channels - 1 - channel : channel
  }

  /// The part of an image of this shape that `apply` takes: the crop, or all of it behind a resize.
  func window(of shape: ImageShape) -> (top: Int, left: Int, height: Int, width: Int) {
    guard geometry.resize == nil, let crop = geometry.crop else {
      return (0, 0, shape.height, shape.width)
    }
    return ((shape.height - crop) / 2, (shape.width - crop) / 2, crop, crop)
  }

  /// Throws if images of this data set, prepared by this preprocessing, are too small for the crop or have other
  /// channels.
  package func check(_ set: ImageDataSet) throws(DataSetError) {
    if geometry.resize == nil, let crop = geometry.crop {
      guard set.shape.height >= crop, set.shape.width >= crop else {
        throw DataSetError(
          set.name, expected: "images of at least \(crop) × \(crop) for \(description)",
          found: "\(set.shape.height) × \(set.shape.width)")
      }
    }
    var needsColours = numbers.isBGR
    if case .fixed(let mean, let deviation) = numbers.normalisation {
      needsColours = needsColours || mean.count == 3 || deviation.count == 3
    }
    guard !needsColours || set.shape.channels == 3 else {
      throw DataSetError(
        set.name, expected: "colour images for \(description)",
        found: "\(set.shape.channels) channels")
    }
  }

  /// - Parameter shape: Of a prepared data set's images.
  package func outputShape(for shape: ImageShape) -> ImageShape {
    let window = window(of: shape)
    return ImageShape(channels: shape.channels, height: window.height, width: window.width)
  }

  /// Writes the n values of the window, channels × height × width: (x − mean) / std with fixed numbers, of x
  /// divided by 255 or as it is, or (x − mean) / max(std, 1/√n) of the image's own x in [0, 1].
  ///
  /// std is the population's. Sums are exact, elements are Float32.
  package func apply(
    _ pixels: ArraySlice<UInt8>, shape: ImageShape, into output: inout MutableSpan<Float>
  ) {
    let window = window(of: shape)
    let n = shape.channels * window.height * window.width
    precondition(pixels.count == shape.count, "An image has the bytes of its shape.")
    precondition(output.count == n, "The output has the preprocessed image's size.")
    precondition(window.top >= 0 && window.left >= 0, "The crop fits into the image.")
    let pixels = pixels.span
    let own = numbers.normalisation == .own ? statistics(pixels, shape) : nil
    var values: [Float] = []
    for channel in 0..<shape.channels {
      guard let scaling = own ?? self.scaling(of: channel) else { return }
      values += (0..<256).map { scaling.apply(Float($0)) }
    }
    forEachRow(shape) { channel, row, next in
      for x in 0..<window.width {
        output[next + x] = values[256 * channel + Int(pixels[row + x])]
      }
    }
  }

  /// The window's own mean and deviation.
  private func statistics(_ pixels: Span<UInt8>, _ shape: ImageShape) -> Scaling {
    let window = window(of: shape)
    var sum = 0
    var squares = 0
    forEachRow(shape) { _, row, _ in
      for x in row..<row + window.width {
        let value = Int(pixels[x])
        sum += value
        squares += value * value
      }
    }
    let count = shape.channels * window.height * window.width
    return ownScaling(
      sum: Double(sum), spread: Double(count * squares - sum * sum), count: count)
  }

  /// From the sum of `count` pixels and from spread = count² · variance.
  func ownScaling(sum: Double, spread: Double, count: Int) -> Scaling {
    let count = Double(count)
    let deviation = max(0, spread).squareRoot() / (255 * count)
    return Scaling(
      scale: 255, mean: Float(sum / (255 * count)),
      divisor: Float(max(deviation, 1 / count.squareRoot())))
  }

  /// Calls `body(channel, row, next)` for the window's rows in the order of the output: `row` is where
  /// one begins in the image, `next` where it begins in the output.
  func forEachRow(_ shape: ImageShape, _ body: (Int, Int, Int) -> Void) {
    let window = window(of: shape)
    for channel in 0..<shape.channels {
      let source = source(of: channel, of: shape.channels)
      for y in 0..<window.height {
        body(
          channel, (source * shape.height + window.top + y) * shape.width + window.left,
          (channel * window.height + y) * window.width)
      }
    }
  }
}
