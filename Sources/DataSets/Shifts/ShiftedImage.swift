// A shift applied to an image. The computations are in the files of the shifts; here are their common contract and
// the benchmarks' way from a range of 1 back to bytes.

extension Shift {
  /// TurboJPEG's limit.
  private static let longestSide = 65_500

  /// Throws if the shift has no meaning for images of this data set.
  package func check(_ set: ImageDataSet) throws(DataSetError) {
    let shape = set.shape
    guard ![.brightness, .jpeg].contains(kind) || shape.channels == 3 || shape.channels == 1 else {
      throw DataSetError(
        set.name, expected: "colour or grey images for \(self)",
        found: "\(shape.channels) channels")
    }
    guard kind != .jpeg || max(shape.height, shape.width) <= Self.longestSide else {
      throw DataSetError(
        set.name, expected: "sides of at most \(Self.longestSide) pixels for \(self)",
        found: "\(shape.height) × \(shape.width)")
    }
  }

  /// The shifted image in units of grey levels, 0 to 255, in the image's own order. Whole numbers for all shifts
  /// but sign noise with an ε that is no multiple of 1/255.
  ///
  /// A function of its arguments alone. The random numbers are those of seed and position: the same for every
  /// severity or ε, so that a stronger noise is the same noise, only larger.
  ///
  /// - Parameters:
  ///   - pixels: `shape.count` bytes, plane after plane, of a data set that `check` lets pass.
  ///   - position: The sample's in its whole data set, not in a selection or batch.
  package func apply(
    _ pixels: ArraySlice<UInt8>, shape: ImageShape, position: Int
  ) -> [Float] {
    precondition(pixels.count == shape.count, "An image has the bytes of its shape.")
    let pixels = pixels.span
    let severity: Int
    switch strength {
    case .epsilon(let epsilon):
      var generator = SeededGenerator(seed: seed, 0x51F1, UInt64(position))
      return signNoise(pixels, epsilon: epsilon, using: &generator)
    case .severity(let number): severity = number
    }
    let parameter = kind.parameter(severity: severity, for: shape)
    switch kind {
    case .gaussianNoise:
      var generator = SeededGenerator(seed: seed, 0x6A55, UInt64(position))
      return gaussianNoise(pixels, deviation: parameter, using: &generator)
    case .blur: return gaussianBlur(pixels, shape: shape, sigma: parameter)
    case .contrast: return contrast(pixels, shape: shape, factor: parameter)
    case .brightness: return brightness(pixels, shape: shape, added: parameter)
    case .pixelate: return pixelate(pixels, shape: shape, share: parameter)
    case .jpeg: return jpegRoundTrip(pixels, shape: shape, quality: Int(parameter))
    case .signNoise: preconditionFailure("Sign noise has an ε and no severity.")
    }
  }
}

/// Every byte as the benchmarks' x / 255.
let unitValues: [Double] = (0..<256).map { Double($0) / 255 }

/// The benchmarks' uint8(clip(x, 0, 1) · 255): cut off, not rounded.
@inline(__always) func greyLevel(_ value: Double) -> Float {
  Float(Int32(min(max(value, 0), 1) * 255))
}
