// Small pictures: areas averaged exactly, the shorter file of two formats, and what is no picture told.

import DataSets
import Testing

@Suite struct ThumbnailTests {
  /// Planes of random bytes, smooth where a seed is even.
  private func image(_ channels: Int, _ height: Int, _ width: Int, seed: UInt64) -> (
    ImageShape, [UInt8]
  ) {
    var generator = SeededGenerator(seed: seed)
    let shape = ImageShape(channels: channels, height: height, width: width)
    return (
      shape,
      (0..<shape.count).map {
        seed % 2 == 0 ? UInt8(($0 % width) * 255 / width) : UInt8(generator.below(256))
      }
    )
  }

  private func pixels(_ thumbnail: Thumbnail) throws -> DecodedImage {
    try ImageDecoder.decode(thumbnail.file.span.bytes)
  }

  /// Every pixel of the large image cut into as many as the small one's sides have: the mean is a sum over whole parts.
  private func slow(
    _ planes: [UInt8], _ shape: ImageShape, to height: Int, _ width: Int
  ) -> [UInt8] {
    (0..<height * width).flatMap { place in
      (0..<3).map { channel in
        var (sum, count) = (0, 0)
        for y in (place / width) * shape.height..<(place / width + 1) * shape.height {
          for x in (place % width) * shape.width..<(place % width + 1) * shape.width {
            let own = min(channel, shape.channels - 1) * shape.height * shape.width
            sum += Int(planes[own + y / height * shape.width + x / width])
            count += 1
          }
        }
        return UInt8((sum + count / 2) / count)
      }
    }
  }

  @Test(arguments: [(30, 50, 17), (64, 64, 16), (9, 100, 8), (50, 21, 13), (8, 8, 8)])
  func `A pixel is the mean of its area`(height: Int, width: Int, side: Int) throws {
    for (channels, seed) in [(3, UInt64(1)), (3, 2), (1, 3)] {
      let (shape, planes) = image(channels, height, width, seed: seed)
      let made = try #require(Thumbnail(planes[...], shape: shape, side: side))
      #expect(max(made.width, made.height) == min(side, max(height, width)))
      let expected = slow(planes, shape, to: made.height, made.width)
      let found = try pixels(made).pixels
      #expect(found.count == expected.count)
      // JPEG loses a little, PNG nothing.
      let most = zip(found, expected).map { abs(Int($0) - Int($1)) }.max() ?? 255
      #expect(most <= (made.format == .png ? 0 : 90))
    }
  }

  @Test func `What is small keeps its size and every byte is the same again`() throws {
    let (shape, planes) = image(3, 32, 32, seed: 4)
    let made = try #require(Thumbnail(planes[...], shape: shape, side: 48))
    #expect((made.width, made.height) == (32, 32))
    #expect(Thumbnail(planes[...], shape: shape, side: 48) == made)
    #expect(try Thumbnail.inspect(made.file) == (made.format, 32, 32))
  }

  @Test func `The shorter of both formats is taken`() throws {
    var formats: Set<String> = []
    for seed in 0..<6 as Range<UInt64> {
      let (shape, planes) = image(seed < 3 ? 3 : 1, 48, 48, seed: seed)
      let made = try #require(Thumbnail(planes[...], shape: shape, side: 48))
      formats.insert(made.format.rawValue)
      #expect(made.file.count < 3 * 48 * 48)
    }
    #expect(formats == ["image/jpeg", "image/png"])
  }

  @Test func `Two channels have no picture`() {
    let (shape, planes) = image(2, 8, 8, seed: 1)
    #expect(Thumbnail(planes[...], shape: shape, side: 8) == nil)
  }

  @Test func `What is no picture is told`() throws {
    let (shape, planes) = image(3, 20, 20, seed: 2)
    let file = try #require(Thumbnail(planes[...], shape: shape, side: 48)).file
    var bitmap = Array("P5 1 1 255\n".utf8)
    bitmap.append(7)
    for bytes in [[], Array(file.prefix(20)), Array("text".utf8), bitmap] {
      #expect(throws: UnreadableImage.self) { _ = try Thumbnail.inspect(bytes) }
    }
  }
}
