// From the bytes of an image to the network's input. One kind so far: centre crop, scaling to
// [0, 1] and standardisation of each image on its own. Gradients through it are the network's.

/// What is done to an image before the network sees it.
package struct Preprocessing: Sendable {
  /// Side of the square cut from the image's centre, in pixels.
  package let crop: Int
  /// Names the steps; stored with every run.
  package let description: String

  /// "crop28-standardise", the input of `alexnet-cifar`.
  package static let cifarAlexNet = Preprocessing(crop: 28, description: "crop28-standardise")

  private init(crop: Int, description: String) {
    self.crop = crop
    self.description = description
  }

  /// Throws if images of this data set are too small for the crop.
  package func check(_ set: ImageDataSet) throws(DataSetError) {
    guard set.shape.height >= crop, set.shape.width >= crop else {
      throw DataSetError(
        set.name, expected: "images of at least \(crop) × \(crop) for \(description)",
        found: "\(set.shape.height) × \(set.shape.width)")
    }
  }

  package func outputShape(for shape: ImageShape) -> ImageShape {
    ImageShape(channels: shape.channels, height: crop, width: crop)
  }

  /// Writes (x − mean) / max(std, 1/√n) of the n cropped values x in [0, 1], channels × crop × crop.
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
    let count = Double(n)
    let mean = Float(Double(sum) / (255 * count))
    let deviation = Double(n * squares - sum * sum).squareRoot() / (255 * count)
    let divisor = Float(max(deviation, 1 / count.squareRoot()))
    let values = (0..<256).map { (Float($0) / 255 - mean) / divisor }

    var next = 0
    for channel in 0..<shape.channels {
      for y in 0..<crop {
        let row = (channel * shape.height + top + y) * shape.width + left
        for x in row..<row + crop {
          output[next] = values[Int(pixels[x])]
          next += 1
        }
      }
    }
  }
}
