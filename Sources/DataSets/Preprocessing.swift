// From the bytes of an image to the network's input: centre crop, scaling to [0, 1] and standardisation,
// of each image on its own or with fixed numbers. No resizing. Pixels that are no bytes, and gradients, stand in
// Preprocessing+Gradient.

/// What is done to an image before the network sees it.
package struct Preprocessing: Sendable {
  /// Side of the square cut from the image's centre, in pixels.
  package let crop: Int
  /// Names the steps; stored with every run.
  package let description: String

  /// "crop28-standardise", the input of `alexnet-cifar`.
  package static let cifarAlexNet = Preprocessing(
    crop: 28, description: "crop28-standardise", channels: nil)
  /// "crop224-imagenet", the input of torchvision's networks: (x − mean) / std of ImageNet's channels.
  package static let imageNet = Preprocessing(
    crop: 224, description: "crop224-imagenet",
    channels: [
      Scaling(mean: 0.485, divisor: 0.229), Scaling(mean: 0.456, divisor: 0.224),
      Scaling(mean: 0.406, divisor: 0.225),
    ])

  /// A pixel's way to the network.
  struct Scaling: Sendable {
    /// Of pixels in [0, 1].
    let mean: Float
    let divisor: Float

    func apply(_ pixel: Float) -> Float { (pixel / 255 - mean) / divisor }
  }

  /// The fixed numbers of each channel; nil where they are the image's own.
  let channels: [Scaling]?
  /// What each byte of each channel becomes under fixed numbers.
  private let table: [Float]?

  private init(crop: Int, description: String, channels: [Scaling]?) {
    self.crop = crop
    self.description = description
    self.channels = channels
    table = channels?.flatMap { scaling in (0..<256).map { scaling.apply(Float($0)) } }
  }

  /// Throws if images of this data set are too small for the crop or have other channels.
  package func check(_ set: ImageDataSet) throws(DataSetError) {
    guard set.shape.height >= crop, set.shape.width >= crop else {
      throw DataSetError(
        set.name, expected: "images of at least \(crop) × \(crop) for \(description)",
        found: "\(set.shape.height) × \(set.shape.width)")
    }
    guard table == nil || set.shape.channels == 3 else {
      throw DataSetError(
        set.name, expected: "colour images for \(description)",
        found: "\(set.shape.channels) channels")
    }
  }

  package func outputShape(for shape: ImageShape) -> ImageShape {
    ImageShape(channels: shape.channels, height: crop, width: crop)
  }

  /// Writes the n cropped values x in [0, 1], standardised, channels × crop × crop: (x − mean) / std with
  /// fixed numbers, or (x − mean) / max(std, 1/√n) of the image itself.
  ///
  /// std is the population's. Sums are exact, elements are Float32.
  package func apply(
    _ pixels: ArraySlice<UInt8>, shape: ImageShape, into output: inout MutableSpan<Float>
  ) {
    let n = shape.channels * crop * crop
    precondition(pixels.count == shape.count, "An image has the bytes of its shape.")
    precondition(output.count == n, "The output has the preprocessed image's size.")
    precondition(shape.height >= crop && shape.width >= crop, "The crop fits into the image.")
    let top = (shape.height - crop) / 2
    let left = (shape.width - crop) / 2
    let pixels = pixels.span
    let values = table ?? standardised(pixels, shape: shape, top: top, left: left)

    var next = 0
    for channel in 0..<shape.channels {
      let offset = table == nil ? 0 : 256 * channel
      for y in 0..<crop {
        let row = (channel * shape.height + top + y) * shape.width + left
        for x in row..<row + crop {
          output[next] = values[offset + Int(pixels[x])]
          next += 1
        }
      }
    }
  }

  /// What each byte becomes under the crop's own mean and deviation.
  private func standardised(
    _ pixels: Span<UInt8>, shape: ImageShape, top: Int, left: Int
  ) -> [Float] {
    let count = shape.channels * crop * crop
    var sum = 0
    var squares = 0
    for channel in 0..<shape.channels {
      for y in 0..<crop {
        let row = (channel * shape.height + top + y) * shape.width + left
        for x in row..<row + crop {
          let value = Int(pixels[x])
          sum += value
          squares += value * value
        }
      }
    }
    let scaling = ownScaling(
      sum: Double(sum), spread: Double(count * squares - sum * sum), count: count)
    return (0..<256).map { scaling.apply(Float($0)) }
  }

  /// From the sum of `count` pixels and from spread = count² · variance.
  func ownScaling(sum: Double, spread: Double, count: Int) -> Scaling {
    let count = Double(count)
    let deviation = max(0, spread).squareRoot() / (255 * count)
    return Scaling(
      mean: Float(sum / (255 * count)), divisor: Float(max(deviation, 1 / count.squareRoot())))
  }
}
