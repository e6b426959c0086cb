// Where the elements of a resized axis come from, as ONNX's Resize and PyTorch's interpolate have it: for what the engine's own
// layer, linear without antialiasing, does not say.

/// One axis of `size` elements that becomes one of `count`.
struct ResizeAxis {
  enum Coordinates: String {
    case halfPixel, halfPixelOfSeveral, halfPixelSymmetric, asymmetric, alignCorners
  }

  enum Rounding: String {
    case floor, ceil, roundHalfDown, roundHalfUp
  }

  /// How far a neighbour counts.
  enum Kernel {
    case linear
    /// Cubic (Keys 1981), of this slope at 1.
    case cubic(Double)

    /// Elements on either side that count.
    var reach: Double { if case .linear = self { 1 } else { 2 } }

    func weight(_ distance: Double) -> Double {
      let x = abs(distance)
      switch self {
      case .linear: return max(0, 1 - x)
      case .cubic(let a):
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0
      }
    }
  }

  let size: Int
  let count: Int
  /// Elements of the output per element of the input; count / size where files name sizes.
  let scale: Double
  let coordinates: Coordinates

  /// Where an element of the output lies between those of the input.
  func place(_ index: Int) -> Double {
    let (half, length) = ((Double(index) + 0.5) / scale - 0.5, scale * Double(size))
    switch coordinates {
    case .halfPixel: return half
    case .halfPixelOfSeveral: return length > 1 ? half : 0
    case .halfPixelSymmetric:
      return half + Double(size) / 2 * (1 - Double(count) / length)
    case .asymmetric: return Double(index) / scale
    case .alignCorners:
      return length > 1 && count > 1 ? Double(index) * Double(size - 1) / (length - 1) : 0
    }
  }

  func nearest(_ rounding: Rounding) -> [Int] {
    (0..<count).map { index in
      let place = place(index)
      let whole =
        switch rounding {
        case .floor: place.rounded(.down)
        case .ceil: place.rounded(.up)
        case .roundHalfDown: (place - 0.5).rounded(.up)
        case .roundHalfUp: (place + 0.5).rounded(.down)
        }
      return Int(min(max(whole, 0), Double(size - 1)))
    }
  }

  /// Count × size: what each element of the input adds to each of the output.
  /// - Parameters:
  ///   - antialiased: Whether a kernel is as wide as an element of a smaller output.
  ///   - excludesOutside: Whether neighbours beyond the ends are left out; else they are the last elements.
  func weights(_ kernel: Kernel, antialiased: Bool, excludesOutside: Bool) -> [Double] {
    let narrowing = antialiased ? min(scale, 1) : 1
    let reach = kernel.reach / narrowing
    var weights = [Double](repeating: 0, count: count * size)
    for index in 0..<count {
      let place = place(index)
      var sum = 0.0
      for neighbour in Int((place - reach).rounded(.up))...Int((place + reach).rounded(.down)) {
        let weight = kernel.weight((Double(neighbour) - place) * narrowing)
        guard !excludesOutside || (0..<size).contains(neighbour) else { continue }
        weights[index * size + min(max(neighbour, 0), size - 1)] += weight
        sum += weight
      }
      for from in 0..<size { weights[index * size + from] /= sum }
    }
    return weights
  }
}
