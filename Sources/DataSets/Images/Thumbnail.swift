// Small pictures of images, as files: made small by averaging areas in whole numbers, then JPEG or PNG, whichever takes fewer
// bytes. The same pixels give the same bytes with one version of the codecs. Leaves out larger ones: nothing is made larger.

internal import CJPEG
internal import CPNG

/// A picture as a whole file of an image format.
package struct Thumbnail: Equatable, Sendable {
  package enum Format: String, Sendable, CaseIterable {
    case jpeg = "image/jpeg"
    case png = "image/png"
  }

  package let format: Format
  package let width: Int
  package let height: Int
  package let file: [UInt8]

  /// Of the longer side, in pixels.
  package static let usualSide = 48
  package static let sides = 8...1024

  /// Of JPEG, of 100: no block shows at these sizes, and files are half of what 95 takes.
  private static let quality: Int32 = 85

  /// - Parameters:
  ///   - planes: `shape.count` bytes, channel by channel.
  ///   - side: The longest that a side may be; smaller images keep their size.
  /// - Returns: nil for images that are not of one or three channels, and where a codec has no memory.
  package init?(_ planes: ArraySlice<UInt8>, shape: ImageShape, side: Int) {
    precondition(planes.count == shape.count && side > 0, "An image of its shape, and a side.")
    guard [1, 3].contains(shape.channels) else { return nil }
    let longest = max(shape.height, shape.width)
    let height =
      longest <= side ? shape.height : max(1, (shape.height * side + longest / 2) / longest)
    let width = longest <= side ? shape.width : max(1, (shape.width * side + longest / 2) / longest)
    let size = shape.height * shape.width
    let small = (0..<shape.channels).map { channel in
      Self.averaged(
        planes.dropFirst(channel * size).prefix(size), from: (shape.height, shape.width),
        to: (height, width))
    }
    let isGrey = small.allSatisfy { $0 == small[0] }
    let pixels = isGrey ? small[0] : Self.interleaved(small)
    let files = [
      (Format.png, Self.png(pixels, width, height, isGrey)),
      (Format.jpeg, Self.jpeg(pixels, width, height, isGrey, 0)),
      (Format.jpeg, Self.jpeg(pixels, width, height, isGrey, TJFLAG_PROGRESSIVE)),
    ].compactMap { format, file in file.map { (format: format, file: $0) } }
    // Of equally long ones the first: the exact one.
    guard let best = files.min(by: { $0.file.count < $1.file.count }) else { return nil }
    (format, file) = (best.format, best.file)
    (self.width, self.height) = (width, height)
  }

  /// What a file is, whole and decodable.
  /// - Throws: what is wrong with it.
  package static func inspect(
    _ file: [UInt8]
  ) throws(UnreadableImage) -> (format: Format, width: Int, height: Int) {
    let size = try unsafe ImageDecoder.size(file.span.bytes)
    guard max(size.height, size.width) <= 4096 else {
      throw UnreadableImage(
        expected: "an image of at most 4096 × 4096 pixels", found: "\(size.width) × \(size.height)")
    }
    let image = try unsafe ImageDecoder.decode(file.span.bytes)
    let isPNG = file.starts(with: [0x89, 0x50])
    guard isPNG || file.starts(with: [0xFF, 0xD8]) else {
      throw UnreadableImage(expected: "a JPEG or PNG image", found: "another format")
    }
    return (isPNG ? .png : .jpeg, image.width, image.height)
  }

  /// Every pixel is the mean of the area that it covers, rounded to the nearest.
  static func averaged(
    _ plane: ArraySlice<UInt8>, from: (height: Int, width: Int), to: (height: Int, width: Int)
  ) -> [UInt8] {
    guard from != to else { return Array(plane) }
    let (rows, columns) = (spans(from.height, to.height), spans(from.width, to.width))
    // Lengths are in parts of a pixel that all come out whole.
    let whole = from.height * from.width
    var result: [UInt8] = []
    result.reserveCapacity(to.height * to.width)
    var sums = [Int](repeating: 0, count: to.width)
    let pixels = Array(plane)
    for span in rows {
      for index in sums.indices { sums[index] = 0 }
      for (row, height) in span {
        let start = row * from.width
        for (index, own) in columns.enumerated() {
          var sum = 0
          for (column, width) in own { sum += Int(pixels[start + column]) * width }
          sums[index] += sum * height
        }
      }
      for sum in sums { result.append(UInt8((sum + whole / 2) / whole)) }
    }
    return result
  }

  /// For each of `to` parts of a side the pixels that it covers, and how much of them, in parts of 1 / `to`.
  private static func spans(_ from: Int, _ to: Int) -> [[(index: Int, length: Int)]] {
    (0..<to).map { part in
      let (start, end) = (part * from, (part + 1) * from)
      return (start / to...(end - 1) / to).map { index in
        (index, min(end, (index + 1) * to) - max(start, index * to))
      }
    }
  }

  private static func interleaved(_ planes: [[UInt8]]) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(planes.count * planes[0].count)
    for index in planes[0].indices { for plane in planes { pixels.append(plane[index]) } }
    return pixels
  }

  private static func png(
    _ pixels: [UInt8], _ width: Int, _ height: Int, _ isGrey: Bool
  ) -> [UInt8]? {
    // Pixels that do not compress at all, a filter a row, and the chunks around them.
    var file = [UInt8](repeating: 0, count: 2 * pixels.count + height + 4096)
    var message = [CChar](repeating: 0, count: Int(ENGRAM_PNG_MESSAGE))
    var count = 0
    let status = unsafe engram_png_encode(
      pixels, UInt32(width), UInt32(height), isGrey ? 1 : 3, &file, file.count, &count, &message)
    return status == 0 ? Array(file[..<count]) : nil
  }

  private static func jpeg(
    _ pixels: [UInt8], _ width: Int, _ height: Int, _ isGrey: Bool, _ flags: Int32
  ) -> [UInt8]? {
    guard let compressor = unsafe tjInitCompress() else { return nil }
    var file: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    defer {
      unsafe tjFree(file)
      _ = unsafe tjDestroy(compressor)
    }
    let status = unsafe tjCompress2(
      compressor, pixels, Int32(width), 0, Int32(height),
      Int32((isGrey ? TJPF_GRAY : TJPF_RGB).rawValue), &file, &count,
      Int32((isGrey ? TJSAMP_GRAY : TJSAMP_444).rawValue), quality, TJFLAG_ACCURATEDCT | flags)
    guard status == 0, let file = unsafe file else { return nil }
    return unsafe Array(UnsafeBufferPointer(start: file, count: Int(count)))
  }
}
