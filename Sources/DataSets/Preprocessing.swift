// From the bytes of an image to the network's input: centre crop, scaling to [0, 1] and standardisation,
// of each image on its own or with fixed numbers. No resizing. Gradients through it are the network's.

/// What is done to an image before the network sees it.
package struct Preprocessing: Sendable {
  /// Side of the square cut from the image's centre, in pixels.
  package let crop: Int
  /// Names the steps; stored with every run.
  package let description: String

  /// "crop28-standardise", the input of `alexnet-cifar`.
  package static let cifarAlexNet = Preprocessing(
    crop: 28, description: "crop28-standardise", table: nil)
  /// "crop224-imagenet", the input of torchvision's networks: (x − mean) / std of ImageNet's channels.
  package static let imageNet = Preprocessing(
    crop: 224, description: "crop224-imagenet",
    table: [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)].flatMap {
      (mean: Float, deviation: Float) in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    })

  /// What each byte of each channel becomes; nil where that is the image's own affair.
  private let table: [Float]?

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
    let n = shape.channels * crop * crop
    let count = Double(n)
    let mean = Float(Double(sum) / (255 * count))
    let deviation = Double(n * squares - sum * sum).squareRoot() / (255 * count)
    let divisor = Float(max(deviation, 1 / count.squareRoot()))
    return (0..<256).map { (Float($0) / 255 - mean) / divisor }
  }
}
