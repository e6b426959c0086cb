// Images that lie in one piece, in memory or in a mapped file, in whatever order of axes and type of numbers: each is
// made the planes R, G, B when it is asked for. What the numbers mean is decided by the format's reader.

internal import Basics
internal import FoundationEssentials
internal import NumPyArrays

/// Numbers of which every image takes its own.
struct StoredImages: Sendable {
  /// How many elements apart neighbours are.
  struct Strides: Equatable, Sendable {
    let image: Int
    let channel: Int
    let row: Int
    let column: Int
  }

  let bytes: Data
  /// Where the bytes are in a file.
  let file: MappedFile?
  /// Where the first element is, from the first byte on.
  let start: Int
  let element: ArrayElement
  let strides: Strides
  /// One, which stands for red, green and blue, or three at least, of which the first three are these.
  let channels: Int
  /// The number that means 255; 0 means 0.
  let white: Double

  init(
    _ bytes: Data, in file: MappedFile? = nil, start: Int = 0, element: ArrayElement = .byte,
    strides: Strides,
    channels: Int = 3, white: Double = 255
  ) {
    precondition(channels == 1 || channels >= 3, "An image is grey or has colours.")
    self.bytes = bytes
    self.file = file
    self.start = start
    self.element = element
    self.strides = strides
    self.channels = channels
    self.white = white
  }

  /// Images of bytes that stand plane after plane, columns of a plane one after the other, as MATLAB has them.
  static func columns(
    _ bytes: Data, in file: MappedFile? = nil, of shape: ImageShape
  ) -> StoredImages {
    let plane = shape.height * shape.width
    return StoredImages(
      bytes, in: file,
      strides: Strides(image: 3 * plane, channel: plane, row: 1, column: shape.height))
  }

  /// Image `i` as a plane a colour.
  ///
  /// - Throws: `DataSetError` for a file that was cut short meanwhile.
  func image(_ i: Int, of shape: ImageShape) throws(DataSetError) -> [UInt8] {
    try file?.check()
    return planes(i, of: shape)
  }

  /// Image `i` of a file that was just opened.
  func planes(_ i: Int, of shape: ImageShape) -> [UInt8] {
    precondition(shape.channels == 3, "Images have three planes.")
    let isPlain = element == .byte && white == 255
    let (span, raw) = (bytes.span, bytes.bytes)
    let elements = raw.extracting(start..<raw.byteCount)
    let plane = shape.height * shape.width
    return [UInt8](capacity: shape.count) { target in
      for channel in 0..<(channels == 1 ? 1 : 3) {
        let first = i * strides.image + channel * strides.channel
        for row in 0..<shape.height {
          var index = first + row * strides.row
          for _ in 0..<shape.width {
            target.append(
              isPlain ? span[start + index] : grey(element.value(index, of: elements)))
            index += strides.column
          }
        }
      }
      if channels == 1 {
        for pixel in 0..<2 * plane {
          let grey = target.span[pixel]
          target.append(grey)
        }
      }
    }
  }

  /// The nearest of 256 grey levels.
  private func grey(_ value: Double) -> UInt8 {
    // Not rounded(), a call of a library without a CPU's newer instructions.
    UInt8(min(max(value * (255 / white), 0), 255) + 0.5)
  }
}

extension ImageShape {
  /// Values of an image at most: one that a damaged or sparse file tells of would fill the memory.
  private static let most = 1 << 28

  /// - Throws: `DataSetError` for sides above 0 that are too long for an image.
  static func check(_ path: String, height: Int, width: Int) throws(DataSetError) {
    let (pixels, overflow) = height.multipliedReportingOverflow(by: width)
    guard !overflow, pixels <= most / 3 else {
      throw DataSetError(
        path, expected: "images of at most \(most / 3) pixels", found: "\(height) × \(width)")
    }
  }
}
