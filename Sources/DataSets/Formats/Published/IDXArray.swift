// One IDX array of bytes: magic number, sizes in big-endian order, elements. Compressed ones are taken into memory.

internal import FoundationEssentials

struct IDXArray {
  let path: String
  let shape: [Int]
  /// The file's bytes, or what it decompresses to.
  let content: Data
  /// Of a file that is not compressed.
  let file: MappedFile?
  /// Where the elements begin, from the first byte on.
  let start: Int

  /// - Throws: For a file with other dimensions or elements, or of another length than they need.
  init(_ path: String, dimensions: Int) throws(DataSetError) {
    let mapped = try MappedFile(path)
    let stored = mapped.bytes
    guard stored.count <= mostImageBytes else {
      throw DataSetError(
        path, expected: "at most \(mostImageBytes) bytes", found: "\(stored.count)")
    }
    let compressed =
      Gunzip.isCompressed([UInt8](stored.prefix(2))) ? [UInt8](stored) : nil
    let headerSize = 4 + 4 * dimensions
    func first(_ count: Int) throws(DataSetError) -> Data {
      guard let compressed else { return stored.prefix(count) }
      return Data(try Gunzip.first(count, of: compressed, path: path))
    }
    let header = [UInt8](try first(headerSize))
    guard header.count >= headerSize, header.starts(with: [0, 0, 8, UInt8(dimensions)]) else {
      throw DataSetError(
        path, expected: "an IDX file of bytes in \(dimensions) dimensions",
        found: header.count < headerSize ? "\(header.count) bytes" : "other first bytes")
    }
    let shape = (1...dimensions).map { dimension in
      header[4 * dimension..<4 * dimension + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var size = 1
    for side in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: side)
      guard !overflow, product < 1 << 40 else {
        throw DataSetError(path, expected: "a shape that fits a file", found: "\(shape)")
      }
      size = product
    }
    guard compressed == nil || size <= mostImageBytes else {
      throw DataSetError(
        path, expected: "at most \(mostImageBytes) bytes of elements", found: "\(size)")
    }
    // One more than there should be, to see whether there are.
    let whole = try first(headerSize + size + 1)
    guard whole.count == headerSize + size else {
      let found = whole.count > headerSize + size ? "more" : "\(whole.count - headerSize)"
      throw DataSetError(
        path, expected: "\(size) bytes of elements for shape \(shape)", found: found)
    }
    self.path = path
    self.shape = shape
    content = whole
    file = compressed == nil ? mapped : nil
    start = headerSize
  }

  /// The elements, of labels: few.
  var bytes: [UInt8] { [UInt8](content.dropFirst(start)) }
}
