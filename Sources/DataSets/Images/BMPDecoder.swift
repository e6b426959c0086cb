// BMP files to RGB bytes, as Pillow's convert("RGB") gives them: every header from OS/2's to version 5, palettes of 1, 4 and
// 8 bits, runs of 4 and 8 bits, colours of 16, 24 and 32 bits. Alpha is dropped. Leaves out what Pillow refuses: JPEG and
// PNG within, 2 and 64 bits a pixel, masks of other bits, runs that end before the image does.

/// What stands before the pixels of a BMP file.
private struct BMPHeader {
  private(set) var height = 0
  private(set) var width = 0
  private(set) var isTopDown = false
  private(set) var bits = 0
  private(set) var compression = 0
  /// Where the pixels begin.
  private(set) var start = 0
  private(set) var palette: [[UInt8]] = []
  /// Red, green and blue of more than 8 bits.
  private(set) var masks: [UInt32] = []

  static let (plain, runs8, runs4, masked) = (0, 1, 2, 3)

  /// Only the size, for which the beginning of the file is enough.
  static func size(_ file: RawSpan) throws(UnreadableImage) -> (height: Int, width: Int) {
    let header = try BMPHeader(file)
    return (header.height, header.width)
  }

  init(_ file: RawSpan) throws(UnreadableImage) {
    guard file.byteCount >= 18 else { throw Self.cutShort }
    let size = file.little32(14)
    guard [12, 40, 52, 56, 64, 108, 124].contains(size) else {
      throw Self.fail("a header of \(size) bytes")
    }
    var next = 14 + size
    guard next <= file.byteCount else { throw Self.cutShort }
    var colours = 0
    if size == 12 {
      (width, height) = (file.little16(18), file.little16(20))
      bits = file.little16(24)
    } else {
      isTopDown = file.byte(25) == 0xFF
      width = file.little32(18)
      height = isTopDown ? 1 << 32 - file.little32(22) : file.little32(22)
      bits = file.little16(28)
      compression = file.little32(30)
      colours = file.little32(46)
    }
    try ImageDecoder.check(height: height, width: width)
    guard [1, 4, 8, 16, 24, 32].contains(bits) else { throw Self.fail("\(bits) bits a pixel") }
    switch compression {
    case Self.plain: masks = bits == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF]
    case Self.runs8, Self.runs4:
      guard bits <= 8 else { throw Self.fail("runs of \(bits) bits a pixel") }
    case Self.masked:
      let isBehind = size < 52
      guard !isBehind || next + 12 <= file.byteCount else { throw Self.cutShort }
      masks = (0..<3).map { UInt32(file.little32((isBehind ? next : 54) + 4 * $0)) }
      if isBehind { next += 12 }
      try checkMasks()
    default: throw Self.fail("compression \(compression)")
    }
    start = file.little32(10)
    guard bits <= 8 else {
      if start == 0 { start = next }
      return
    }
    if colours == 0 { colours = 1 << bits }
    guard colours <= 256 else { throw Self.fail("a palette of \(colours) colours") }
    let entry = size == 12 ? 3 : 4
    // Some writers count the header alone.
    if start == 14 + size { start += entry * colours }
    if start == 0 { start = next + entry * colours }
    guard next + entry * colours <= file.byteCount else { throw Self.cutShort }
    palette = (0..<colours).map { colour in
      (0..<3).map { file.byte(next + entry * colour + 2 - $0) }
    }
  }

  /// The ones that Pillow knows: whole bytes of 32 and 24 bits, and two of 16 bits.
  private mutating func checkMasks() throws(UnreadableImage) {
    let usual: [UInt32] = [0xFF0000, 0xFF00, 0xFF]
    if bits == 32, masks == [0, 0, 0] { masks = usual }
    let isKnown =
      switch bits {
      case 16: masks == [0xF800, 0x7E0, 0x1F] || masks == [0x7C00, 0x3E0, 0x1F]
      case 24: masks == usual
      case 32:
        masks.allSatisfy { mask in (0..<4).contains { mask == 0xFF << (8 * $0) } }
          && Set(masks).count == 3
      default: false
      }
    guard isKnown else {
      let shown = masks.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
      throw Self.fail("\(bits) bits a pixel with the masks \(shown)")
    }
  }

  static let cutShort = fail("a file that is cut short")

  static func fail(_ found: String) -> UnreadableImage {
    UnreadableImage(
      expected: "a BMP image that can be read", found: found, hint: ForeignImage.conversion)
  }
}

extension ImageDecoder {
  static func isBMP(_ file: RawSpan) -> Bool { file.starts(with: "BM") }

  static func sizeOfBMP(_ file: RawSpan) throws(UnreadableImage) -> (height: Int, width: Int) {
    try BMPHeader.size(file)
  }

  static func decodeBMP(_ file: RawSpan) throws(UnreadableImage) -> DecodedImage {
    let header = try BMPHeader(file)
    let (height, width) = (header.height, header.width)
    if header.bits <= 8 {
      let colours = Self.colours(of: header)
      let indices =
        header.compression == BMPHeader.plain
        ? try plainIndices(file, header) : try runIndices(file, header)
      return DecodedImage(
        height: height, width: width,
        pixels: [UInt8](capacity: 3 * indices.count) { output in
          for row in 0..<height {
            let first = (header.isTopDown ? row : height - 1 - row) * width
            for index in indices[first..<first + width] {
              for channel in 0..<3 { output.append(colours[3 * Int(index) + channel]) }
            }
          }
        })
    }
    let stride = try Self.stride(file, header)
    let bytes = header.bits / 8
    let shifts = header.masks.map(\.trailingZeroBitCount)
    let largest = zip(header.masks, shifts).map { Int($0 >> UInt32($1)) }
    return DecodedImage(
      height: height, width: width,
      pixels: [UInt8](capacity: 3 * height * width) { output in
        for row in 0..<height {
          var next = header.start + (header.isTopDown ? row : height - 1 - row) * stride
          for _ in 0..<width {
            var pixel = 0
            for i in 0..<bytes { pixel |= Int(file.byte(next + i)) << (8 * i) }
            for channel in 0..<3 {
              let value = pixel >> shifts[channel] & largest[channel]
              output.append(UInt8(value * 255 / largest[channel]))
            }
            next += bytes
          }
        }
      })
  }

  /// Bytes from a row to the next, all rows being there; the last one may lack what fills it up.
  private static func stride(
    _ file: RawSpan, _ header: BMPHeader
  ) throws(UnreadableImage) -> Int {
    let row = (header.width * header.bits + 7) / 8
    let stride = (header.width * header.bits + 31) / 32 * 4
    guard header.start + stride * (header.height - 1) + row <= file.byteCount else {
      throw BMPHeader.cutShort
    }
    return stride
  }

  /// Red, green and blue of all 256 indices. Behind a palette's end is black, but where the palette is the greys in
  /// their order: there the index is the grey.
  private static func colours(of header: BMPHeader) -> [UInt8] {
    let isGreys = header.palette.enumerated().allSatisfy {
      $1 == [UInt8](repeating: UInt8($0), count: 3)
    }
    var colours = header.palette
    if header.bits == 1, header.palette == [[0, 0, 0]] { colours.append([255, 255, 255]) }
    while colours.count < 256 {
      let grey = isGreys && header.bits == 8 && header.palette.count > 2 ? UInt8(colours.count) : 0
      colours.append([grey, grey, grey])
    }
    return colours.flatMap(\.self)
  }

  private static func plainIndices(
    _ file: RawSpan, _ header: BMPHeader
  ) throws(UnreadableImage) -> [UInt8] {
    let stride = try stride(file, header)
    let (bits, mask) = (header.bits, UInt8(truncatingIfNeeded: 1 << header.bits - 1))
    return [UInt8](capacity: header.height * header.width) { output in
      for row in 0..<header.height {
        let first = header.start + row * stride
        for x in 0..<header.width {
          let byte = file.byte(first + x * bits / 8)
          output.append(byte >> UInt8(8 - bits - x * bits % 8) & mask)
        }
      }
    }
  }

  /// Runs of pixels, Pillow's way where they do not fit their rows.
  private static func runIndices(
    _ file: RawSpan, _ header: BMPHeader
  ) throws(UnreadableImage) -> [UInt8] {
    let (width, count) = (header.width, header.width * header.height)
    let isHalf = header.compression == BMPHeader.runs4
    var indices: [UInt8] = []
    var (next, x) = (header.start, 0)
    func nibble(_ byte: UInt8, _ i: Int) -> UInt8 { i % 2 == 0 ? byte >> 4 : byte & 15 }
    runs: while indices.count < count, next + 2 <= file.byteCount {
      let (run, byte) = (Int(file.byte(next)), file.byte(next + 1))
      next += 2
      if run > 0 {
        let fitting = x + run > width ? max(0, width - x) : run
        for i in 0..<fitting { indices.append(isHalf ? nibble(byte, i) : byte) }
        x += fitting
        continue
      }
      switch byte {
      case 0:
        while indices.count % width != 0 { indices.append(0) }
        x = 0
      case 1: break runs
      case 2:
        guard next + 2 <= file.byteCount else { break runs }
        let skipped = Int(file.byte(next)) + Int(file.byte(next + 1)) * width
        next += 2
        indices += [UInt8](repeating: 0, count: min(count - indices.count, skipped))
        x = indices.count % width
      default:
        let pixels = min(count - indices.count, Int(byte))
        let bytes = isHalf ? (pixels + 1) / 2 : pixels
        guard next + bytes <= file.byteCount else { break runs }
        for i in 0..<pixels {
          let stored = file.byte(next + (isHalf ? i / 2 : i))
          indices.append(isHalf ? nibble(stored, i) : stored)
        }
        next += bytes
        if indices.count == count { break runs }
        x += Int(byte)
        // In words of 16 bits, counted from the file's beginning.
        next += next % 2
      }
    }
    guard indices.count >= count else {
      throw BMPHeader.fail("runs of \(indices.count) of its \(count) pixels")
    }
    return indices
  }
}
