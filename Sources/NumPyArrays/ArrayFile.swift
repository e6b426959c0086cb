// One array of NumPy's .npy format, read: numbers of any type and byte order, in C or Fortran order. The header is read
// as data, nothing in it is evaluated. Types are ArrayElement's, writing is NumPyArray's.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

package import FoundationEssentials

/// Shape and bytes of a `.npy` file whose length agrees with its header.
package struct ArrayFile: Sendable {
  package let path: String
  package let shape: [Int]
  package let element: ArrayElement
  /// The whole file.
  package let file: Data
  /// Where the elements begin, from the file's first byte on.
  package let start: Int
  /// Whether the first index runs fastest.
  package let isFortranOrder: Bool

  /// Longer headers than NumPy itself accepts are refused.
  private static let longestHeader = 10_000

  /// As NumPy has it.
  private static let mostAxes = 64

  /// - Parameters:
  ///   - file: The whole file.
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
    guard let element = ArrayElement(header.element) else {
      throw fail(
        "numbers (bool, i1 to i8, u1 to u8, f2, f4 or f8)", "'\(header.element.prefix(80))'")
    }
    guard header.shape.count <= Self.mostAxes else {
      throw fail("at most \(Self.mostAxes) axes", "\(header.shape.count)")
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
    isFortranOrder = header.isFortranOrder
    shape = header.shape
  }

  /// The elements' bytes, in the order in which they are stored.
  package var bytes: RawSpan {
    @_lifetime(borrow self) get { file.bytes.extracting(start..<file.count) }
  }

  package var count: Int { (file.count - start) / element.width }

  /// How many elements apart neighbours along each axis are.
  package var strides: [Int] {
    var (strides, step) = ([Int](repeating: 0, count: shape.count), 1)
    for axis in isFortranOrder ? Array(shape.indices) : shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }
}
