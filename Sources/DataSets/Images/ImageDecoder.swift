// Image files to RGB bytes, as torchvision's folder loader gets them from Pillow: Image.open(…).convert("RGB"). Here are the
// choice of the format and JPEG and PNG, which the system's libjpeg-turbo and libpng decode; the others have files of
// their own. No rotation by EXIF, no colour profiles: Pillow applies neither.

internal import CJPEG
internal import CPNG

/// An image as bytes, each pixel's red, green and blue together.
package struct DecodedImage: Equatable, Sendable {
  package let height: Int
  package let width: Int
  /// height × width × 3.
  package let pixels: [UInt8]

  package init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width * 3, "Three bytes a pixel.")
    self.height = height
    self.width = width
    self.pixels = pixels
  }
}

/// Why a file is no image that can be used: what was expected and what was found, without the file's name.
package struct UnreadableImage: Error, Equatable {
  package let expected: String
  package let found: String
  /// What mends it, where something does.
  package let hint: String?

  init(expected: String, found: String, hint: String? = nil) {
    self.expected = expected
    self.found = found
    self.hint = hint
  }
}

package enum ImageDecoder {
  /// Pillow's bound against files that decompress to far more than they are: twice 89,478,485 pixels.
  package static let mostPixels = 2 * 89_478_485

  /// For messages.
  package static let formats = "a JPEG, PNG, WebP, BMP or PNM image"

  private typealias Reader = (
    isOne: @Sendable (RawSpan) -> Bool,
    size: @Sendable (RawSpan) throws(UnreadableImage) -> (height: Int, width: Int),
    decode: @Sendable (RawSpan) throws(UnreadableImage) -> DecodedImage
  )

  private static let readers: [Reader] = [
    (JPEGMarkers.isJPEG, sizeOfJPEG, decodeJPEG), (isPNG, sizeOfPNG, decodePNG),
    (isWebP, sizeOfWebP, decodeWebP), (isBMP, sizeOfBMP, decodeBMP),
    (isPNM, sizeOfPNM, decodePNM),
  ]

  /// The format is told by the first bytes; names do not count (ImageNet holds a PNG named .JPEG).
  private static func reader(_ file: RawSpan) throws(UnreadableImage) -> Reader {
    if let reader = readers.first(where: { $0.isOne(file) }) { return reader }
    let foreign = ForeignImage(file)
    throw UnreadableImage(expected: formats, found: foreign.name, hint: foreign.hint)
  }

  /// Whether so many first bytes are those of an image: two letters alone would take texts for one.
  static func begins(_ start: RawSpan) -> Bool {
    guard let reader = readers.first(where: { $0.isOne(start) }) else { return false }
    guard isBMP(start) || isPNM(start) else { return true }
    do throws(UnreadableImage) { _ = try reader.size(start) } catch { return false }
    return true
  }

  /// The image's pixels.
  package static func decode(_ file: RawSpan) throws(UnreadableImage) -> DecodedImage {
    try reader(file).decode(file)
  }

  /// The image's size by its header: what follows may be damaged.
  static func size(_ file: RawSpan) throws(UnreadableImage) -> (height: Int, width: Int) {
    try reader(file).size(file)
  }

  private static func isPNG(_ file: RawSpan) -> Bool {
    file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  static func check(height: Int, width: Int) throws(UnreadableImage) {
    guard height > 0, width > 0 else {
      throw UnreadableImage(expected: "an image with pixels", found: "\(width) × \(height)")
    }
    guard height <= mostPixels / width else {
      throw UnreadableImage(
        expected: "an image of at most \(mostPixels) pixels", found: "\(width) × \(height)")
    }
  }

  private static func sizeOfJPEG(
    _ file: RawSpan
  ) throws(UnreadableImage) -> (height: Int, width: Int) {
    let markers = try frame(file)
    return (markers.height, markers.width)
  }

  /// What the frame says, of images that can be decoded.
  private static func frame(_ file: RawSpan) throws(UnreadableImage) -> JPEGMarkers {
    let markers = JPEGMarkers(file)
    guard markers.components > 0 else {
      throw UnreadableImage(expected: "a JPEG image", found: "no frame: the file is cut short")
    }
    guard markers.precision == 8, [1, 3, 4].contains(markers.components) else {
      throw UnreadableImage(
        expected: "a JPEG image of 1, 3 or 4 components of 8 bits",
        found: "\(markers.components) of \(markers.precision) bits")
    }
    try check(height: markers.height, width: markers.width)
    return markers
  }

  /// Exact DCT and smooth upsampling, libjpeg-turbo's defaults and so Pillow's. Damaged data that libjpeg-turbo
  /// only warns of is taken as it comes, a file that ends early is not: both as Pillow does.
  private static func decodeJPEG(_ file: RawSpan) throws(UnreadableImage) -> DecodedImage {
    let markers = try frame(file)
    guard markers.isComplete else {
      throw UnreadableImage(
        expected: "a JPEG image", found: "one without its end: the file is cut short")
    }
    let (height, width) = (markers.height, markers.width)
    let isCMYK = markers.components == 4
    let channels = isCMYK ? 4 : 3
    guard let decompressor = unsafe tjInitDecompress() else {
      throw UnreadableImage(expected: "memory for an image", found: "none")
    }
    defer { _ = unsafe tjDestroy(decompressor) }
    var pixels = [UInt8](repeating: 0, count: height * width * channels)
    // With its size given, nothing is written behind the image whatever the file says.
    let status = unsafe file.withUnsafeBytes { bytes in
      unsafe tjDecompress2(
        decompressor, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count),
        &pixels, Int32(width), Int32(width * channels), Int32(height),
        Int32((isCMYK ? TJPF_CMYK : TJPF_RGB).rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    }
    if unsafe status != 0 && tjGetErrorCode(decompressor) != Int32(TJERR_WARNING.rawValue) {
      throw UnreadableImage(
        expected: "a JPEG image", found: unsafe String(cString: tjGetErrorStr2(decompressor)))
    }
    return DecodedImage(
      height: height, width: width, pixels: isCMYK ? colours(ofInverted: pixels) : pixels)
  }

  /// RGB from CMYK stored inverted, Adobe's way, which Pillow takes every file of four components for:
  /// Pillow's cmyk2rgb in Convert.c.
  private static func colours(ofInverted cmyk: [UInt8]) -> [UInt8] {
    [UInt8](capacity: cmyk.count / 4 * 3) { output in
      for pixel in stride(from: 0, to: cmyk.count, by: 4) {
        let white = Int(cmyk[pixel + 3])
        for channel in 0..<3 {
          // 255 - ink · white / 255 of the share of white that is left, with Pillow's rounded division by 255.
          let product = Int(255 - cmyk[pixel + channel]) * white + 128
          output.append(UInt8(white - (((product >> 8) + product) >> 8)))
        }
      }
    }
  }

  /// libpng's message, as an error.
  private static func failure(_ message: [CChar]) -> UnreadableImage {
    let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return UnreadableImage(
      expected: "a PNG image",
      found: text.isEmpty ? "no memory for it" : String(decoding: text, as: UTF8.self))
  }

  private static func sizeOfPNG(
    _ file: RawSpan
  ) throws(UnreadableImage) -> (height: Int, width: Int) {
    var (width, height): (UInt32, UInt32) = (0, 0)
    var message = [CChar](repeating: 0, count: Int(ENGRAM_PNG_MESSAGE))
    let isSized = unsafe file.withUnsafeBytes { bytes in
      unsafe engram_png_size(bytes.baseAddress, bytes.count, &width, &height, &message)
    }
    guard isSized == 0 else { throw failure(message) }
    try check(height: Int(height), width: Int(width))
    return (Int(height), Int(width))
  }

  private static func decodePNG(_ file: RawSpan) throws(UnreadableImage) -> DecodedImage {
    let (height, width) = try sizeOfPNG(file)
    var message = [CChar](repeating: 0, count: Int(ENGRAM_PNG_MESSAGE))
    var pixels = [UInt8](repeating: 0, count: height * width * 3)
    let isDecoded = unsafe file.withUnsafeBytes { bytes in
      unsafe engram_png_decode(
        bytes.baseAddress, bytes.count, UInt32(width), UInt32(height), &pixels, &message)
    }
    guard isDecoded == 0 else { throw failure(message) }
    return DecodedImage(height: height, width: width, pixels: pixels)
  }
}
