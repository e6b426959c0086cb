// One array of NumPy's .npy format, read: whole numbers of any size and byte order, in C order. The header is read as
// data, nothing in it is evaluated. No floats; no Fortran order, which one dimension has none of; writing is
// NumPyArray's.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

package import FoundationEssentials

/// Shape and bytes of a `.npy` file whose length agrees with its header.
package struct ArrayFile: Sendable {
  /// What elements may be.
  package enum Elements: Sendable {
    /// Bytes from 0 to 255.
    case bytes
    /// Whole numbers of 1, 2, 4 or 8 bytes, with a sign or without.
    case wholeNumbers

    fileprivate func contain(_ element: Element) -> Bool {
      switch self {
      case .bytes: element.width == 1 && !element.isSigned
      case .wholeNumbers: true
      }
    }

    fileprivate var told: String {
      switch self {
      case .bytes: "elements of type uint8 ('|u1')"
      case .wholeNumbers: "whole numbers (i1, i2, i4, i8, u1, u2, u4 or u8)"
      }
    }
  }

  /// A type of whole numbers.
  struct Element: Sendable {
    let isSigned: Bool
    /// Bytes of one.
    let width: Int
    let isBigEndian: Bool

    /// NumPy's name of it, such as "<i8", ">u2", "|u1", "u1" or "int64". Without a byte order it is the machine's,
    /// which on every supported one is little-endian.
    init?(_ name: String) {
      var rest = name[...]
      isBigEndian = rest.first == ">"
      if let mark = rest.first, "<>=|".contains(mark) { rest.removeFirst() }
      let bits = ["8": 1, "16": 2, "32": 4, "64": 8]
      let bytes = ["1": 1, "2": 2, "4": 4, "8": 8]
      let isLong = rest.hasPrefix("int") || rest.hasPrefix("uint")
      isSigned = rest.first == "i"
      guard isSigned || rest.first == "u" else { return nil }
      let size = rest.dropFirst(isLong ? (isSigned ? 3 : 4) : 1)
      guard let width = (isLong ? bits : bytes)[String(size)] else { return nil }
      self.width = width
    }
  }

  package let path: String
  package let shape: [Int]
  let element: Element
  private let file: Data
  private let start: Int

  /// Longer headers than NumPy itself accepts are refused.
  private static let longestHeader = 10_000

  /// - Parameters:
  ///   - file: The whole file.
  ///   - path: Its path, for messages.
  ///   - elements: The types that will do.
  package init(_ file: Data, path: String, elements: Elements) throws(NumPyError) {
    func fail(_ expected: String, _ found: String) -> NumPyError {
      NumPyError(path, expected: expected, found: found)
    }
    guard file.count >= 10, file.prefix(6).elementsEqual(NumPyHeader.magic) else {
      throw fail("a .npy file", file.isEmpty ? "an empty file" : "other first bytes")
    }
    let version = file[file.startIndex + 6]
    guard (1...3).contains(version), file[file.startIndex + 7] == 0 else {
      throw fail(
        ".npy version 1.0, 2.0 or 3.0", "\(version).\(file[file.startIndex + 7])")
    }
    let lengthBytes = version == 1 ? 2 : 4
    let headerStart = 8 + lengthBytes
    guard file.count >= headerStart else { throw fail("a header's length", "the file's end") }
    let length = (0..<lengthBytes).reduce(0) {
      $0 | Int(file[file.startIndex + 8 + $1]) << (8 * $1)
    }
    guard length <= Self.longestHeader else {
      throw fail("a header of at most \(Self.longestHeader) bytes", "one of \(length)")
    }
    guard length <= file.count - headerStart else {
      throw fail(
        "a header of \(length) bytes", "\(file.count - headerStart) bytes: the file is cut short")
    }
    start = headerStart + length
    let header = try NumPyHeader(
      file[(file.startIndex + headerStart)..<(file.startIndex + start)], path: path)
    guard let element = Element(header.element), elements.contain(element) else {
      throw fail(elements.told, "'\(header.element.prefix(80))'")
    }
    guard !header.isFortranOrder || header.shape.count < 2 else {
      throw fail("C order", "Fortran order")
    }
    var size = element.width
    for side in header.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: side)
      guard !overflow else { throw fail("a shape that fits a file", "\(header.shape)") }
      size = product
    }
    guard file.count - start == size else {
      throw fail(
        "\(size) bytes of elements for shape \(header.shape)", "\(file.count - start)")
    }
    self.path = path
    self.element = element
    self.file = file
    shape = header.shape
  }

  /// The elements' bytes.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { file.span.extracting(start..<file.count) }
  }

  /// Every element as a number; those beyond Int are its largest.
  package var integers: [Int] {
    let (bytes, width) = (bytes, element.width)
    let unused = UInt64.bitWidth - 8 * width
    return (0..<bytes.count / width).map { index in
      let raw = (0..<width).reduce(UInt64(0)) { sum, place in
        let byte = bytes[index * width + place]
        return sum | UInt64(byte) << UInt64(8 * (element.isBigEndian ? width - 1 - place : place))
      }
      return element.isSigned
        ? Int(Int64(bitPattern: raw << UInt64(unused)) >> Int64(unused)) : Int(clamping: raw)
    }
  }
}
