// crop28-standardise against its definition, written naively in Double.

import DataSets
import TestSupport
import Testing

private let shape = ImageShape(channels: 3, height: 32, width: 32)

private func apply(_ pixels: [UInt8], _ shape: ImageShape) -> [Float] {
  var output = [Float](repeating: -1, count: 3 * 28 * 28)
  var span = output.mutableSpan
  Preprocessing.cifarAlexNet.apply(pixels[...], shape: shape, into: &span)
  return output
}

private func naive(_ pixels: [UInt8], _ shape: ImageShape) -> [Double] {
  var values: [Double] = []
  let (top, left) = ((shape.height - 28) / 2, (shape.width - 28) / 2)
  for channel in 0..<3 {
    for y in top..<top + 28 {
      for x in left..<left + 28 {
        let index = channel * shape.height * shape.width + y * shape.width + x
        values.append(Double(pixels[index]) / 255)
      }
    }
  }
  let mean = values.reduce(0, +) / 2352
  let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 2352
  let divisor = max(variance.squareRoot(), 1 / 2352.0.squareRoot())
  return values.map { ($0 - mean) / divisor }
}

@Test(arguments: [
  ImageShape(channels: 3, height: 32, width: 32), ImageShape(channels: 3, height: 28, width: 28),
  ImageShape(channels: 3, height: 31, width: 40),
])
func standardisesTheCentre(shape: ImageShape) {
  var generator = SeededGenerator(seed: 3)
  let pixels = (0..<shape.count).map { _ in UInt8(generator.below(256)) }
  let output = apply(pixels, shape)
  let expected = naive(pixels, shape)
  #expect(difference(output, expected, absolute: 2e-6) == nil)
}

@Test func thePixelsOutsideTheCropDoNotCount() {
  var generator = SeededGenerator(seed: 4)
  var pixels = (0..<3072).map { _ in UInt8(generator.below(256)) }
  let output = apply(pixels, shape)
  for channel in 0..<3 { pixels[channel * 1024 + 1 * 32 + 5] ^= 0xFF }
  #expect(difference(apply(pixels, shape), output) == nil)
  pixels[2 * 32 + 2] ^= 0xFF
  #expect(difference(apply(pixels, shape), output) != nil)
}

@Test func evenImagesAreDividedByTheFloor() {
  let even = apply([UInt8](repeating: 200, count: 3072), shape)
  #expect(difference(even, [Double](repeating: 0, count: 2352), absolute: 1e-5) == nil)
  // One step of brightness in one pixel: the deviation lies below 1/√2352.
  var pixels = [UInt8](repeating: 100, count: 3072)
  pixels[16 * 32 + 16] = 101
  let output = apply(pixels, shape)
  let expected = naive(pixels, shape)
  #expect(difference(output, expected, absolute: 1e-5) == nil)
  #expect((0.19..<0.195).contains(output.max() ?? 0))
}

@Test func smallImagesAreRefused() {
  let set = ImageDataSet(
    name: "small", shape: ImageShape(channels: 3, height: 27, width: 28),
    classes: [ClassName(key: "a", name: "a")], labels: [], keys: [], pixels: [])
  #expect(throws: DataSetError.self) { try Preprocessing.cifarAlexNet.check(set) }
}
