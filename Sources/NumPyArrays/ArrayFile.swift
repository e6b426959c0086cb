// One array of NumPy's .npy format, read: little-endian integers in C order. The header is read as data, nothing in it is
// evaluated. No floats, no Fortran order; writing is NumPyArray's.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

package import FoundationEssentials

/// Shape and bytes of a `.npy` file whose length agrees with its header.
package struct ArrayFile: Sendable {
  /// NumPy's names of the element types that are read here.
  package enum Element: String, CaseIterable, Sendable {
    case uint8 = "|u1"
    case uint16 = "<u2"
    case int32 = "<i4"
    case int64 = "<i8"

    var bytes: Int {
      switch self {
      case .uint8: 1
      case .uint16: 2
      case .int32: 4
      case .int64: 8
      }
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
  package init(_ file: Data, path: String, elements: [Element]) throws(NumPyError) {
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
    guard let element = elements.first(where: { $0.rawValue == header.element }) else {
      throw fail(
        "elements of type " + elements.map(\.rawValue).joined(separator: " or "),
        "'\(header.element)'")
    }
    guard !header.isFortranOrder else { throw fail("C order", "Fortran order") }
    var size = element.bytes
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

  /// Every element as a number.
  package var integers: [Int] {
    let bytes = bytes
    let (width, unused) = (element.bytes, Int.bitWidth - 8 * element.bytes)
    return (0..<bytes.count / width).map { index in
      let raw = (0..<width).reduce(0) { $0 | Int(bytes[index * width + $1]) << (8 * $1) }
      return switch element {
      case .uint8, .uint16: raw
      case .int32, .int64: (raw << unused) >> unused
      }
    }
  }
}
