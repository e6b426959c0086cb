// Noise added to an image: normal as in make_cifar_c.py's gaussian_noise, and signs. NumPy's generator is not
// reproduced.

internal import Glibc

/// clip(x + deviation · N(0, 1)) of every value on its own, cut off to whole grey levels.
func gaussianNoise(
  _ pixels: Span<UInt8>, deviation: Double, using generator: inout SeededGenerator
) -> [Float] {
  let units = unitValues.span
  return [Float](capacity: pixels.count) { output in
    for i in stride(from: 0, to: pixels.count, by: 2) {
      let (first, second) = generator.normalPair()
      output.append(greyLevel(units[Int(pixels[i])] + deviation * first))
      guard i + 1 < pixels.count else { continue }
      output.append(greyLevel(units[Int(pixels[i + 1])] + deviation * second))
    }
  }
}

/// x + ε or x − ε with equal probability for every value on its own, clipped; not cut off to whole grey levels.
///
/// - Parameter epsilon: Of a range of 1.
func signNoise(
  _ pixels: Span<UInt8>, epsilon: Double, using generator: inout SeededGenerator
) -> [Float] {
  let step = Float(255 * epsilon)
  return [Float](capacity: pixels.count) { output in
    var signs: UInt64 = 0
    for i in pixels.indices {
      if i % 64 == 0 { signs = generator.next() }
      let value = Float(pixels[i])
      output.append(signs & 1 == 0 ? min(value + step, 255) : max(value - step, 0))
      signs >>= 1
    }
  }
}

extension SeededGenerator {
  /// Two independent draws from N(0, 1), by Marsaglia's polar method (1964).
  fileprivate mutating func normalPair() -> (Double, Double) {
    while true {
      let (u, v) = (between(-1, 1), between(-1, 1))
      let square = u * u + v * v
      guard square > 0, square < 1 else { continue }
      let scale = (-2 * log(square) / square).squareRoot()
      return (u * scale, v * scale)
    }
  }
}
