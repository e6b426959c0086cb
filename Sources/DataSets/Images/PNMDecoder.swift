// PNM files (PBM, PGM and PPM, plain and raw) to RGB bytes, as Pillow's convert("RGB") gives them: values up to 65535,
// comments. Leaves out PAM (P7) and PFM (Pf), which ForeignImage names.

/// What stands before the pixels of a PNM file.
private struct PNMHeader {
  /// 1 to 6, as in P1 to P6.
  let kind: Int
  let height: Int
  let width: Int
  /// The value of full brightness.
  let most: Int
  /// Where the pixels begin.
  let start: Int

  var isPlain: Bool { kind <= 3 }
  var channels: Int { kind % 3 == 0 ? 3 : 1 }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  init(_ file: RawSpan) throws(UnreadableImage) {
    kind = Int(file.byte(1)) - 48
    var next = 3
    /// A number, comments being left out wherever they stand.
    func number() throws(UnreadableImage) -> Int {
      var digits: [UInt8] = []
      while next < file.byteCount, digits.count <= 10 {
        let byte = file.byte(next)
        next += 1
        if byte == UInt8(ascii: "#") {
          while next < file.byteCount, ![10, 13].contains(file.byte(next)) { next += 1 }
          next += 1
        } else if !Self.isBlank(byte) {
          digits.append(byte)
        } else if !digits.isEmpty {
          break
        }
      }
      let text = String(decoding: digits, as: UTF8.self)
      guard digits.count <= 10, digits.allSatisfy({ (48...57).contains($0) }),
        let number = Int(text)
      else {
        throw Self.fail(digits.isEmpty ? "a file that is cut short" : "a header with '\(text)'")
      }
      return number
    }
    width = try number()
    height = try number()
    try ImageDecoder.check(height: height, width: width)
    most = kind == 1 || kind == 4 ? 1 : try number()
    guard 1...65535 ~= most else { throw Self.fail("a largest value of \(most)") }
    start = min(next, file.byteCount)
  }

  static func fail(_ found: String) -> UnreadableImage {
    UnreadableImage(expected: "a PNM image that can be read", found: found)
  }

  /// The byte of every value up to `last`: in proportion, halves to the even one. Greys of more than 8 bits are brought
  /// to 16 bits and cut off at 255, as Pillow converts them.
  func levels(upTo last: Int) -> [UInt8] {
    let isCut = channels == 1 && most > 255
    let full = isCut ? 65535.0 : 255.0
    return (0...last).map {
      UInt8(min(255, (Double($0) / Double(most) * full).rounded(.toNearestOrEven)))
    }
  }
}

extension ImageDecoder {
  static func isPNM(_ file: RawSpan) -> Bool {
    file.byteCount >= 3 && file.byte(0) == UInt8(ascii: "P")
      && (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(file.byte(1))
      && PNMHeader.isBlank(file.byte(2))
  }

  static func sizeOfPNM(_ file: RawSpan) throws(UnreadableImage) -> (height: Int, width: Int) {
    let header = try PNMHeader(file)
    return (header.height, header.width)
  }

  static func decodePNM(_ file: RawSpan) throws(UnreadableImage) -> DecodedImage {
    let header = try PNMHeader(file)
    let count = header.height * header.width * header.channels
    let values =
      switch header.kind {
      case 1: try plainBits(file, header, count)
      case 2, 3: try plainValues(file, header, count)
      case 4: try rawBits(file, header)
      default: try rawValues(file, header, count)
      }
    if header.channels == 3 {
      return DecodedImage(height: header.height, width: header.width, pixels: values)
    }
    return DecodedImage(
      height: header.height, width: header.width,
      pixels: [UInt8](capacity: 3 * count) { output in
        for value in values { for _ in 0..<3 { output.append(value) } }
      })
  }

  private static func cutShort(_ found: Int, _ expected: Int) -> UnreadableImage {
    PNMHeader.fail("\(found) of its \(expected) values: the file is cut short")
  }

  private static func rawBits(
    _ file: RawSpan, _ header: PNMHeader
  ) throws(UnreadableImage) -> [UInt8] {
    let row = (header.width + 7) / 8
    let (found, expected) = (file.byteCount - header.start, row * header.height)
    guard found >= expected else { throw cutShort(8 * found, 8 * expected) }
    return [UInt8](capacity: header.width * header.height) { output in
      for y in 0..<header.height {
        for x in 0..<header.width {
          let byte = file.byte(header.start + y * row + x / 8)
          output.append(byte >> UInt8(7 - x % 8) & 1 == 0 ? 255 : 0)
        }
      }
    }
  }

  private static func rawValues(
    _ file: RawSpan, _ header: PNMHeader, _ count: Int
  ) throws(UnreadableImage) -> [UInt8] {
    let bytes = header.most > 255 ? 2 : 1
    let found = (file.byteCount - header.start) / bytes
    guard found >= count else { throw cutShort(found, count) }
    let levels = header.levels(upTo: bytes == 2 ? 65535 : 255)
    return [UInt8](capacity: count) { output in
      for i in 0..<count {
        let at = header.start + i * bytes
        output.append(
          levels[
            bytes == 2 ? Int(file.byte(at)) << 8 | Int(file.byte(at + 1)) : Int(file.byte(at))])
      }
    }
  }

  /// Digits with or without blanks between.
  private static func plainBits(
    _ file: RawSpan, _ header: PNMHeader, _ count: Int
  ) throws(UnreadableImage) -> [UInt8] {
    guard file.byteCount - header.start >= count else {
      throw cutShort(file.byteCount - header.start, count)
    }
    var values: [UInt8] = []
    values.reserveCapacity(count)
    try forEachByte(file, header) { (byte) throws(UnreadableImage) in
      if PNMHeader.isBlank(byte) { return true }
      guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else {
        throw PNMHeader.fail("the byte \(byte) among the pixels")
      }
      if values.count < count { values.append(byte == UInt8(ascii: "0") ? 255 : 0) }
      return true
    }
    guard values.count == count else { throw cutShort(values.count, count) }
    return values
  }

  private static func plainValues(
    _ file: RawSpan, _ header: PNMHeader, _ count: Int
  ) throws(UnreadableImage) -> [UInt8] {
    // A digit and a blank a value, but for the last.
    guard (file.byteCount - header.start + 1) / 2 >= count else {
      throw cutShort((file.byteCount - header.start + 1) / 2, count)
    }
    let levels = header.levels(upTo: header.most)
    var values: [UInt8] = []
    values.reserveCapacity(count)
    var (value, digits) = (0, 0)
    func end() throws(UnreadableImage) {
      guard digits > 0 else { return }
      guard value <= header.most else {
        throw PNMHeader.fail("the value \(value) of at most \(header.most)")
      }
      values.append(levels[value])
      (value, digits) = (0, 0)
    }
    try forEachByte(file, header) { (byte) throws(UnreadableImage) in
      if PNMHeader.isBlank(byte) {
        try end()
        return values.count < count
      }
      guard (48...57).contains(byte), digits < 10 else {
        throw PNMHeader.fail(
          digits < 10 ? "the byte \(byte) among the pixels" : "a value of more than 10 digits")
      }
      value = 10 * value + Int(byte) - 48
      digits += 1
      return true
    }
    if values.count < count { try end() }
    guard values.count == count else { throw cutShort(values.count, count) }
    return values
  }

  /// Every byte of the pixels but comments, which go with the line's end, until `body` has enough.
  private static func forEachByte(
    _ file: RawSpan, _ header: PNMHeader,
    _ body: (UInt8) throws(UnreadableImage) -> Bool
  ) throws(UnreadableImage) {
    var next = header.start
    while next < file.byteCount {
      let byte = file.byte(next)
      next += 1
      if byte == UInt8(ascii: "#") {
        while next < file.byteCount, ![10, 13].contains(file.byte(next)) { next += 1 }
        next += 1
      } else if try !body(byte) {
        return
      }
    }
  }
}
