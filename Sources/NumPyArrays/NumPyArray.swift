// Arrays as NumPy reads them: one as .npy, several as .npz, a zip archive without compression. Written in one pass, so
// that no array has to fit in memory. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html and
// PKWARE's APPNOTE 6.3.

internal import CZlib

/// An array to be written: its bytes come from `write`, in C order.
package struct NumPyArray {
  package enum Element {
    case bool, uint32, int64, float32, float64
    /// Texts of one width.
    case text(Int)

    /// NumPy's name of it.
    fileprivate var name: String {
      switch self {
      case .bool: "|b1"
      case .uint32: "<u4"
      case .int64: "<i8"
      case .float32: "<f4"
      case .float64: "<f8"
      case .text(let width): "<U\(width)"
      }
    }
  }

  package let name: String
  package let element: Element
  package let shape: [Int]
  package let write: ((_ bytes: [UInt8]) throws -> Void) throws -> Void

  package init(
    _ name: String, _ element: Element, _ shape: [Int],
    write: @escaping ((_ bytes: [UInt8]) throws -> Void) throws -> Void
  ) {
    (self.name, self.element, self.shape, self.write) = (name, element, shape, write)
  }

  package init(_ name: String, _ numbers: [Int]) {
    self.init(name, .int64, [numbers.count]) { sink in
      try sink(numbers.flatMap { littleEndian(UInt64(bitPattern: Int64($0))) })
    }
  }

  package init(_ name: String, _ numbers: [Double], _ shape: [Int]) {
    self.init(name, .float64, shape) { sink in
      try sink(numbers.flatMap { littleEndian($0.bitPattern) })
    }
  }

  /// Texts of one width, padded with zeros, four bytes a character.
  package init(_ name: String, _ texts: [String]) {
    let width = max(1, texts.map(\.unicodeScalars.count).max() ?? 1)
    self.name = name
    element = .text(width)
    shape = [texts.count]
    write = { sink in
      for text in texts {
        let scalars = text.unicodeScalars.map(\.value)
        let padding = [UInt32](repeating: 0, count: width - scalars.count)
        try sink((scalars + padding).flatMap(littleEndian))
      }
    }
  }

  /// What stands before the elements.
  fileprivate var header: [UInt8] {
    NumPyHeader.encoded(element.name, shape)
  }

  /// The whole file, piece by piece.
  package func writeFile(to output: (_ bytes: [UInt8]) throws -> Void) throws {
    try output(header)
    try write(output)
  }
}

/// The bytes of a `.npy` file: `values` as little-endian Float32.
package func floatArrayFile(_ values: [Float], shape: [Int]) -> [UInt8] {
  precondition(shape.reduce(1, *) == values.count, "An array has as many values as its shape says.")
  let elements = unsafe values.withUnsafeBytes { unsafe Array($0) }
  return NumPyHeader.encoded("<f4", shape) + elements
}

/// The number's bytes, the least first.
package func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
  (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// A .npz file, each array an entry of its name.
package struct NumPyArchive {
  private let output: ([UInt8]) throws -> Void
  private var directory: [UInt8] = []
  private var entries = 0
  private var offset: UInt64 = 0

  /// - Parameter output: Takes the archive's bytes, piece by piece.
  package init(_ output: @escaping (_ bytes: [UInt8]) throws -> Void) { self.output = output }

  package mutating func add(_ array: NumPyArray) throws {
    let name = Array((array.name + ".npy").utf8)
    let start = offset
    // Sizes and checksum follow the bytes (flag 3); extra 1 makes the sizes 64 bits wide.
    let common =
      littleEndian(UInt16(45)) + littleEndian(UInt16(8)) + littleEndian(UInt16(0))
      // 1980-01-01: an archive tells its arrays only.
      + littleEndian(UInt16(0)) + littleEndian(UInt16(33))
    try put(
      littleEndian(UInt32(0x0403_4B50)) + common + littleEndian(UInt32(0))
        + littleEndian(UInt32.max) + littleEndian(UInt32.max) + littleEndian(UInt16(name.count))
        + littleEndian(UInt16(20)) + name + littleEndian(UInt16(1)) + littleEndian(UInt16(16))
        + [UInt8](repeating: 0, count: 16))
    let first = offset
    var checksum = crc32(0, nil, 0)
    func append(_ bytes: [UInt8]) throws {
      checksum = unsafe bytes.withUnsafeBufferPointer {
        unsafe crc32_z(checksum, $0.baseAddress, $0.count)
      }
      try put(bytes)
    }
    try append(array.header)
    try array.write(append)
    let size = littleEndian(offset - first)
    let sum = littleEndian(UInt32(truncatingIfNeeded: checksum))
    try put(littleEndian(UInt32(0x0807_4B50)) + sum + size + size)
    directory +=
      littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt16(45)) + common + sum
      + littleEndian(UInt32.max) + littleEndian(UInt32.max) + littleEndian(UInt16(name.count))
      + littleEndian(UInt16(28)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0))
      + littleEndian(UInt16(0)) + littleEndian(UInt32(0)) + littleEndian(UInt32.max) + name
      + littleEndian(UInt16(1)) + littleEndian(UInt16(24)) + size + size + littleEndian(start)
    entries += 1
  }

  package mutating func finish() throws {
    let (start, size) = (offset, UInt64(directory.count))
    try put(directory)
    let end = offset
    let count = littleEndian(UInt64(entries))
    try put(
      littleEndian(UInt32(0x0606_4B50)) + littleEndian(UInt64(44)) + littleEndian(UInt16(45))
        + littleEndian(UInt16(45)) + littleEndian(UInt32(0)) + littleEndian(UInt32(0)) + count
        + count + littleEndian(size) + littleEndian(start))
    try put(
      littleEndian(UInt32(0x0706_4B50)) + littleEndian(UInt32(0)) + littleEndian(end)
        + littleEndian(UInt32(1)))
    let few = littleEndian(UInt16(entries))
    try put(
      littleEndian(UInt32(0x0605_4B50)) + littleEndian(UInt32(0)) + few + few
        + littleEndian(UInt32.max) + littleEndian(UInt32.max) + littleEndian(UInt16(0)))
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    try output(bytes)
    offset += UInt64(bytes.count)
  }
}
