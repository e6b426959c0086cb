// Pixels in Float32 against bytes, and the pullback against differences in Float64.

import DataSets
import TestSupport
import Testing

private let cifar = ImageShape(channels: 3, height: 32, width: 32)
private let photograph = ImageShape(channels: 3, height: 226, width: 231)

private func input(
  _ pixels: [Float], _ preprocessing: Preprocessing, _ shape: ImageShape
) -> [Float] {
  var output = [Float](repeating: -9, count: preprocessing.outputShape(for: shape).count)
  var span = output.mutableSpan
  preprocessing.apply(pixels.span, shape: shape, into: &span)
  return output
}

private func pullback(
  _ pixels: [Float], _ gradient: [Float], _ preprocessing: Preprocessing, _ shape: ImageShape
) -> [Float] {
  var result = [Float](repeating: -9, count: shape.count)
  var span = result.mutableSpan
  preprocessing.pullback(pixels.span, shape: shape, gradient: gradient.span, into: &span)
  return result
}

/// Σ gradient · y for crop28-standardise of a 32 × 32 image, naively in Float64.
private func naive(_ pixels: [Double], _ gradient: [Float]) -> Double {
  let crop = (0..<2352).map { i in
    let (channel, y, x) = (i / 784, i % 784 / 28 + 2, i % 28 + 2)
    return pixels[channel * 1024 + y * 32 + x] / 255
  }
  let mean = crop.reduce(0, +) / 2352
  let variance = crop.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2352
  let divisor = max(variance.squareRoot(), 1 / 2352.0.squareRoot())
  return zip(crop, gradient).reduce(0) { $0 + ($1.0 - mean) / divisor * Double($1.1) }
}

@Test(arguments: [cifar, ImageShape(channels: 3, height: 31, width: 40), photograph])
func wholePixelsGiveTheSameBitsAsBytes(shape: ImageShape) {
  let preprocessing = shape == photograph ? Preprocessing.imageNet : .cifarAlexNet
  var generator = SeededGenerator(seed: 11)
  // Contrast down to none: the last images are even.
  for range in [256, 256, 100, 9, 2, 1] {
    let bytes = (0..<shape.count).map { _ in UInt8(generator.below(range) + 255 - (range - 1)) }
    var expected = [Float](repeating: -1, count: preprocessing.outputShape(for: shape).count)
    var span = expected.mutableSpan
    preprocessing.apply(bytes[...], shape: shape, into: &span)
    let found = input(bytes.map(Float.init), preprocessing, shape)
    #expect(difference(found.map(\.bitPattern), expected.map(\.bitPattern)) == nil)
  }
}

@Test(arguments: [(255.0, 0.0), (3.0, 100.0), (0.5, 200.0), (0.0, 77.0)])
func thePullbackDifferentiatesMeanAndDeviation(contrast: Double, base: Double) {
  // A contrast of 3 has a deviation below 1/√2352, which is 5.3 pixels of 0 … 255.
  var generator = SeededGenerator(seed: 12)
  let pixels = (0..<3072).map { _ in Float(base + contrast * generator.unit()) }
  let gradient = (0..<2352).map { _ in Float(generator.between(-1, 1)) }
  let found = pullback(pixels, gradient, .cifarAlexNet, cifar)
  var (worst, largest) = (0.0, 0.0)
  for at in stride(from: 0, to: 3072, by: 13) {
    var moved = pixels.map(Double.init)
    moved[at] += 1e-3
    let up = naive(moved, gradient)
    moved[at] -= 2e-3
    let slope = (up - naive(moved, gradient)) / 2e-3
    worst = max(worst, abs(slope - Double(found[at])))
    largest = max(largest, abs(slope))
  }
  #expect(worst < 1e-5 * largest)
}

@Test func pixelsOutsideTheCropHaveNoGradient() {
  let found = pullback(
    (0..<3072).map { Float($0 % 256) }, (0..<2352).map { Float($0 % 7) - 3 }, .cifarAlexNet, cifar)
  let isInside = (0..<3072).map { (2..<30).contains($0 % 1024 / 32) && (2..<30).contains($0 % 32) }
  #expect(difference(found.map { $0 != 0 }, isInside) == nil)
}

@Test func fixedNumbersDivideTheGradient() {
  let gradient = (0..<3 * 224 * 224).map { Float($0 % 11) - 5 }
  let found = pullback(
    [Float](repeating: 1, count: photograph.count), gradient, .imageNet, photograph)
  var worst: Float = 0
  for channel in 0..<3 {
    for (y, x) in [(0, 0), (0, 223), (223, 0), (100, 57)] {
      let expected =
        gradient[(channel * 224 + y) * 224 + x] / (255 * [0.229, 0.224, 0.225][channel])
      worst = max(worst, abs(found[(channel * 226 + y + 1) * 231 + x + 3] - expected))
    }
    #expect(found[channel * 226 * 231] == 0)
  }
  #expect(worst < 1e-8)
}
