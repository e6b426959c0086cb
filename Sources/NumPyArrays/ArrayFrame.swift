// What stands before the elements of a .npy file: magic, version, and the header, which is read as data, nothing in it
// being evaluated. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

package import FoundationEssentials

/// The shape and type of a `.npy` file, and where its elements begin.
package struct ArrayFrame: Sendable {
  package let shape: [Int]
  /// NumPy's `descr`, such as "<f4" or "|O".
  package let type: String
  /// Whether the first index runs fastest.
  package let isFortranOrder: Bool
  /// From the file's first byte on.
  package let start: Int
  private let path: String

  /// Longer headers than NumPy itself accepts are refused.
  private static let longestHeader = 10_000
  /// A file's first bytes, of which no frame has more.
  package static let longest = 12 + longestHeader

  /// As NumPy has it.
  private static let mostAxes = 64

  /// - Parameters:
  ///   - file: The file, or at least its first `longest` bytes.
  ///   - path: Its path, for messages.
  package init(_ file: Data, path: String) throws(NumPyError) {
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
    guard header.shape.count <= Self.mostAxes else {
      throw fail("at most \(Self.mostAxes) axes", "\(header.shape.count)")
    }
    (shape, type, isFortranOrder) = (header.shape, header.element, header.isFortranOrder)
    self.path = path
  }

  /// - Throws: `NumPyError` where elements are no numbers.
  package var element: ArrayElement {
    get throws(NumPyError) {
      guard let element = ArrayElement(type) else {
        throw NumPyError(
          path, expected: "numbers (bool, i1 to i8, u1 to u8, f2, f4 or f8)",
          found: "'\(type.prefix(80))'")
      }
      return element
    }
  }

  /// Bytes of all elements.
  ///
  /// - Parameter width: Bytes of one.
  package func byteCount(_ width: Int) throws(NumPyError) -> Int {
    var size = width
    for side in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: side)
      guard !overflow else {
        throw NumPyError(path, expected: "a shape that fits a file", found: "\(shape)")
      }
      size = product
    }
    return size
  }
}
