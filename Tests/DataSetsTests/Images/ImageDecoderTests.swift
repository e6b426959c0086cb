// Decoded, resized and cropped images against what Pillow makes of the same files (tools/goldens/images.py), and
// files that are damaged or no images.

import DataSets
import Foundation
import Testing

/// What Pillow makes of one file under one geometry.
private struct ExpectedImage {
  let file: String
  let options: String
  let height: Int
  let width: Int
  let pixels: [UInt8]

  static func all() throws -> [ExpectedImage] {
    let bytes = [UInt8](try imageFixture("expected.bin"))
    var images: [ExpectedImage] = []
    var next = 0
    while next < bytes.count {
      let end = try #require(bytes[next...].firstIndex(of: 10))
      let words = String(decoding: bytes[next..<end], as: UTF8.self).split(separator: " ")
      let (height, width) = (try #require(Int(words[2])), try #require(Int(words[3])))
      next = end + 1 + 3 * height * width
      images.append(
        ExpectedImage(
          file: String(words[0]), options: String(words[1]), height: height, width: width,
          pixels: Array(bytes[end + 1..<next])))
    }
    return images
  }
}

func imageFixture(_ name: String) throws -> Data {
  let path = try #require(Bundle.module.resourcePath)
  return try Data(contentsOf: URL(filePath: "\(path)/Fixtures/images/\(name)"))
}

@Test func imagesAreWhatPillowMakesOfThem() throws {
  let expected = try ExpectedImage.all()
  #expect(Set(expected.map(\.file)).count == 26 && expected.count == 46)
  for image in expected {
    let file = [UInt8](try imageFixture(image.file))
    let decoded = try ImageDecoder.decode(file.span.bytes)
    let found =
      image.options == "none"
      ? decoded : try Preprocessing(parsing: image.options).geometry.apply(decoded)
    #expect(
      (found.height, found.width) == (image.height, image.width), "\(image.file) \(image.options)")
    // libjpeg-turbo's releases agree to the last bit so far; the filters leave no choice.
    let worst = zip(found.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.max()
    #expect(worst == 0, "\(image.file) \(image.options)")
  }
}

/// Pillow refuses a file without its end, and an image of more than twice 89,478,485 pixels.
@Test func filesCutShortAndImagesTooLargeAreRefused() throws {
  for name in ["baseline-420.jpg", "progressive.jpg", "rgb.png", "interlaced.png"] {
    let file = [UInt8](try imageFixture(name))
    for count in [2, 3, 8, 20, file.count / 2, file.count - 20] {
      let short = Array(file[..<count])
      #expect(throws: UnreadableImage.self, "\(name) \(count)") {
        _ = try ImageDecoder.decode(short.span.bytes)
      }
    }
  }
  var bomb = [UInt8](try imageFixture("baseline-444.jpg"))
  let frame = try #require(bomb.indices.first { bomb[$0...].starts(with: [0xFF, 0xC0]) })
  bomb.replaceSubrange(frame + 5..<frame + 9, with: [0x7F, 0xFF, 0x7F, 0xFF])
  let error = #expect(throws: UnreadableImage.self) { _ = try ImageDecoder.decode(bomb.span.bytes) }
  #expect(error?.found == "32767 × 32767")
}

/// Every damaged file is an image or refused; none ends the program.
@Test func damagedFilesNeverTrap() throws {
  var generator = SeededGenerator(seed: 11)
  for name in Set(try ExpectedImage.all().map(\.file)).sorted() {
    let file = [UInt8](try imageFixture(name))
    for round in 0..<60 {
      var damaged = file
      if round % 3 == 0 { damaged.removeLast(1 + generator.below(file.count)) }
      for _ in 0..<[0, 1, 8][round % 3] {
        damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
      }
      guard let image = try? ImageDecoder.decode(damaged.span.bytes) else { continue }
      #expect(image.pixels.count == 3 * image.height * image.width)
    }
  }
}
