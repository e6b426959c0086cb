// crop224-imagenet against its definition, written naively in Double.

import DataSets
import Testing

@Test func imageNetsNumbersStandardiseTheCentre() {
  let shape = ImageShape(channels: 3, height: 226, width: 231)
  var generator = SeededGenerator(seed: 6)
  let pixels = (0..<shape.count).map { _ in UInt8(generator.below(256)) }
  var output = [Float](repeating: -9, count: 3 * 224 * 224)
  var span = output.mutableSpan
  Preprocessing.imageNet.apply(pixels[...], shape: shape, into: &span)
  #expect(
    Preprocessing.imageNet.outputShape(for: shape)
      == ImageShape(channels: 3, height: 224, width: 224))
  let (means, deviations) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
  var worst = 0.0
  for channel in 0..<3 {
    for y in 0..<224 {
      for x in 0..<224 {
        let pixel = pixels[(channel * 226 + y + 1) * 231 + x + 3]
        let expected = (Double(pixel) / 255 - means[channel]) / deviations[channel]
        worst = max(worst, abs(Double(output[(channel * 224 + y) * 224 + x]) - expected))
      }
    }
  }
  #expect(worst < 1e-6)
}

@Test func smallOrGreyImagesAreRefused() {
  for shape in [
    ImageShape(channels: 3, height: 223, width: 224),
    ImageShape(channels: 1, height: 224, width: 224),
  ] {
    let set = ImageDataSet(
      name: "set", shape: shape, classes: [ClassName(key: "a", name: "a")], labels: [], keys: [],
      pixels: [])
    #expect(throws: DataSetError.self) { try Preprocessing.imageNet.check(set) }
  }
}
