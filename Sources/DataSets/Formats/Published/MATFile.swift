// MATLAB's files of level 5, as far as arrays of numbers go: variables by name, compressed or not, little-endian or
// big-endian. No structures, cells, texts, sparse or complex arrays; no level 4, and no level 7.3, which is HDF5.
// https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf

internal import Basics
internal import FoundationEssentials
internal import NumPyArrays

/// One array of numbers, the first index running fastest.
struct MATArray {
  let shape: [Int]
  let element: ArrayElement
  /// Memory, or the file.
  let bytes: Data

  var count: Int { bytes.count / element.width }
}

/// The variables of a file are looked through in its order; those with other names are not decompressed.
struct MATFile {
  let path: String
  /// Where arrays are that are not compressed.
  let mapped: MappedFile
  private let file: Data
  private let isBigEndian: Bool

  /// Of an element: those of single numbers, then an array, then a compressed element.
  private static let (matrix, compressed) = (14, 15)
  private static let numbers: [Int: String] = [
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
  ]
  /// Variables of a file, and flags, shape and name of one.
  private static let (mostVariables, mostHeader) = (1000, 4096)

  init(_ path: String) throws(DataSetError) {
    self.path = path
    mapped = try MappedFile(path)
    file = mapped.bytes
    let start = [UInt8](file.prefix(128))
    guard start.count == 128 else {
      throw DataSetError(
        path, expected: "a MATLAB file of level 5",
        found: start.isEmpty ? "an empty file" : "\(start.count) bytes")
    }
    let (version, order) = (start[124..<126], start[126..<128])
    isBigEndian = order.elementsEqual("MI".utf8)
    guard isBigEndian || order.elementsEqual("IM".utf8) else {
      throw DataSetError(path, expected: "a MATLAB file of level 5", found: "other first bytes")
    }
    guard version.elementsEqual(isBigEndian ? [1, 0] : [0, 1]) else {
      throw DataSetError(
        path, expected: "a MATLAB file of level 5",
        found: start.starts(with: Array("MATLAB 7.3".utf8))
          ? "one of version 7.3" : "another version",
        hint: "save it in MATLAB with -v7")
    }
  }

  /// A piece of the file or of what an element decompresses to, read from left to right.
  private struct Reader {
    let path: String
    let isBigEndian: Bool
    private var rest: Data
    private let inflater: Inflater?

    init(_ file: MATFile, _ rest: Data, _ inflater: Inflater?) {
      (path, isBigEndian) = (file.path, file.isBigEndian)
      (self.rest, self.inflater) = (rest, inflater)
    }

    var isEmpty: Bool { rest.isEmpty && inflater == nil }

    mutating func take(_ count: Int) throws(DataSetError) -> Data {
      if let inflater {
        guard count <= mostImageBytes else {
          throw DataSetError(
            path, expected: "at most \(mostImageBytes) bytes of an array", found: "\(count)")
        }
        if let part = inflater.read(count) { return part }
        guard !inflater.lacksMemory else { throw lacksMemory(path, count) }
      } else if count <= rest.count {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
      }
      throw DataSetError(
        path, expected: "a whole MATLAB file", found: "one that is cut short or damaged")
    }

    /// That a compressed array is whole, which its checksum tells, behind an element of `size` bytes.
    func end(behind size: Int) throws(DataSetError) {
      guard let inflater else { return }
      // The last element may be padded or not.
      if !inflater.isAtEnd, !size.isMultiple(of: 8) { _ = inflater.read(8 - size % 8) }
      guard inflater.end() else {
        throw DataSetError(
          path, expected: "a whole MATLAB file", found: "one that is cut short or damaged")
      }
    }

    mutating func number() throws(DataSetError) -> Int {
      let part = try take(4)
      let value = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Int(isBigEndian ? value : value.byteSwapped)
    }

    /// Type and size of an element, and its content where that stands in the same eight bytes.
    mutating func tag() throws(DataSetError) -> (type: Int, size: Int, content: Data?) {
      let first = try number()
      guard first >> 16 != 0 else { return (first, try number(), nil) }
      let (type, size) = (first & 0xFFFF, first >> 16)
      let content = try take(4)
      guard size <= 4 else {
        throw DataSetError(path, expected: "a small element of at most 4 bytes", found: "\(size)")
      }
      return (type, size, content.prefix(size))
    }

    /// An element of at most `most` bytes, behind which something stands on the next multiple of eight.
    mutating func element(most: Int) throws(DataSetError) -> (type: Int, content: Data) {
      let (type, size, content) = try tag()
      if let content { return (type, content) }
      guard size <= most else {
        throw DataSetError(path, expected: "at most \(most) bytes of an element", found: "\(size)")
      }
      let whole = try take(size)
      if !size.isMultiple(of: 8) { _ = try take(8 - size % 8) }
      return (type, whole)
    }

    /// The numbers of an element of few.
    mutating func integers() throws(DataSetError) -> [Int] {
      let (type, content) = try element(most: MATFile.mostHeader)
      guard [5, 6].contains(type), content.count.isMultiple(of: 4) else {
        throw DataSetError(path, expected: "whole numbers of 32 bits", found: "type \(type)")
      }
      return stride(from: 0, to: content.count, by: 4).map { at in
        let value = content.dropFirst(at).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Int(Int32(bitPattern: isBigEndian ? value : value.byteSwapped))
      }
    }
  }

  /// The array that a variable holds.
  ///
  /// - Throws: `DataSetError` where there is none, naming the variables there are.
  func array(_ name: String) throws(DataSetError) -> MATArray {
    var reader = Reader(self, file.dropFirst(128), nil)
    var names: [String] = []
    while !reader.isEmpty {
      let (type, size, content) = try reader.tag()
      guard content == nil, names.count < Self.mostVariables else {
        throw DataSetError(path, expected: "arrays", found: "an element of type \(type)")
      }
      let whole = try reader.take(size)
      var inside: Reader
      switch type {
      case Self.matrix: inside = Reader(self, whole, nil)
      case Self.compressed:
        inside = Reader(self, Data(), Inflater(whole, .zlib))
        let (type, _, content) = try inside.tag()
        guard type == Self.matrix, content == nil else {
          throw DataSetError(
            path, expected: "an array", found: "a compressed element of type \(type)")
        }
      default: throw DataSetError(path, expected: "arrays", found: "an element of type \(type)")
      }
      if let array = try array(name, in: &inside, &names) { return array }
    }
    throw DataSetError(
      path, expected: "a variable '\(name)'", found: names.isEmpty ? "none" : listed(names))
  }

  /// Nil where the variable has another name, which is added to `names`.
  private func array(
    _ name: String, in reader: inout Reader, _ names: inout [String]
  ) throws(DataSetError) -> MATArray? {
    let flags = try reader.integers()
    let shape = try reader.integers()
    let found = String(decoding: try reader.element(most: Self.mostHeader).content, as: UTF8.self)
    guard found.hasBytes(of: name) else {
      names.append(found.shown())
      return nil
    }
    let kind = flags.first.map { $0 & 0xFF } ?? 0
    guard (6...15).contains(kind), let flags = flags.first, flags & 0x0800 == 0 else {
      throw DataSetError(
        path, expected: "real numbers in '\(name)'", found: "an array of class \(kind)")
    }
    let (type, size, content) = try reader.tag()
    guard let short = Self.numbers[type],
      let element = ArrayElement((isBigEndian ? ">" : "<") + short)
    else { throw DataSetError(path, expected: "numbers in '\(name)'", found: "type \(type)") }
    var bytes = element.width
    for side in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow else {
        throw DataSetError(
          path, expected: "a shape of '\(name)' that fits a file", found: ArrayLayout.told(shape))
      }
      bytes = product
    }
    guard size == bytes, shape.count >= 2 else {
      throw DataSetError(
        path, expected: "\(bytes) bytes of '\(name)' for the shape \(ArrayLayout.told(shape))",
        found: "\(size)")
    }
    let whole: Data
    if let content { whole = content } else { whole = try reader.take(size) }
    try reader.end(behind: content == nil ? size : 0)
    return MATArray(shape: shape, element: element, bytes: whole)
  }
}
