// One array of NumPy's .npy format: little-endian integers in C order. The header is read as data, nothing in it is
// evaluated. No floats, no Fortran order, no writing.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

internal import FoundationEssentials

/// Shape and bytes of a `.npy` file whose length agrees with its header.
struct ArrayFile: Sendable {
  /// NumPy's names of the element types that are read here.
  enum Element: String, CaseIterable, Sendable {
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

  let path: String
  let shape: [Int]
  let element: Element
  private let file: Data
  private let start: Int

  /// Longer headers than NumPy itself accepts are refused.
  private static let longestHeader = 10_000
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Parameter elements: The types that will do.
  init(_ path: String, elements: [Element]) throws(DataSetError) {
    let file = try readFile(path)
    func fail(_ expected: String, _ found: String) -> DataSetError {
      DataSetError(path, expected: expected, found: found)
    }
    guard file.count >= 10, file.prefix(6).elementsEqual(Self.magic) else {
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
    let header = try ArrayHeader(
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
  var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { file.span.extracting(start..<file.count) }
  }

  /// Every element as a number.
  var integers: [Int] {
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

/// A regular file, mapped where that is safe.
func readFile(_ path: String) throws(DataSetError) -> Data {
  let attributes = try? FileManager.default.attributesOfItem(
    atPath: URL(filePath: path).resolvingSymlinksInPath().path())
  guard let attributes else { throw DataSetError(path, expected: "a readable file", found: "none") }
  guard attributes[.type] as? FileAttributeType == .typeRegular else {
    throw DataSetError(path, expected: "a file", found: "a folder or device")
  }
  guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
    throw DataSetError(path, expected: "a readable file", found: "an unreadable one")
  }
  return data
}
