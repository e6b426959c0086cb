// MATLAB's files of level 5, as far as arrays of numbers go, and structures of single numbers and texts: variables by name,
// compressed or not, little-endian or big-endian. No cells, sparse or complex arrays; no level 4, and no level 7.3, which
// is HDF5.
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
  fileprivate let isBigEndian: Bool

  /// Of an element: those of single numbers, then an array, then a compressed element.
  private static let (matrix, compressed) = (14, 15)
  fileprivate static let numbers: [Int: String] = [
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
  fileprivate struct Reader {
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

    /// Flags, shape and name, with which every array begins.
    mutating func header() throws(DataSetError) -> (flags: Int, shape: [Int], name: String) {
      let flags = try integers().first ?? 0
      let shape = try integers()
      let name = String(decoding: try element(most: MATFile.mostHeader).content, as: UTF8.self)
      return (flags, shape, name)
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
  func array(_ name: String) throws(DataSetError) -> MATArray {
    try variable(name) { (reader, flags, shape) throws(DataSetError) in
      try array(name, in: &reader, flags, shape)
    }
  }

  /// What `read` makes of a variable, behind its flags, shape and name.
  ///
  /// - Throws: `DataSetError` where there is none, naming the variables there are.
  fileprivate func variable<Value>(
    _ name: String,
    _ read: (inout Reader, _ flags: Int, _ shape: [Int]) throws(DataSetError) -> Value
  ) throws(DataSetError) -> Value {
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
      let (flags, shape, found) = try inside.header()
      if found.hasBytes(of: name) { return try read(&inside, flags, shape) }
      names.append(found.shown())
    }
    throw DataSetError(
      path, expected: "a variable '\(name)'", found: names.isEmpty ? "none" : listed(names))
  }

  private func array(
    _ name: String, in reader: inout Reader, _ flags: Int, _ shape: [Int]
  ) throws(DataSetError) -> MATArray {
    let kind = flags & 0xFF
    guard (6...15).contains(kind), flags & 0x0800 == 0 else {
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

/// A field of a structure: a single number, a text, or something else, which is passed over.
enum MATValue: Equatable {
  case number(Double)
  case text(String)
  case other
}

extension MATFile {
  private static let (structure, characters) = (2, 4)
  private static let (mostStructures, mostField) = (100_000, 1 << 20)

  /// Some fields of an array of structures, in its order.
  ///
  /// - Throws: `DataSetError` where the variable is none, or lacks a field.
  func structures(_ name: String, fields: [String]) throws(DataSetError) -> [[MATValue]] {
    try variable(name) { (reader, flags, shape) throws(DataSetError) in
      guard flags & 0xFF == Self.structure else {
        throw DataSetError(
          path, expected: "structures in '\(name)'", found: "an array of class \(flags & 0xFF)")
      }
      let length = try reader.integers().first ?? 0
      let names = try reader.element(most: 4096).content
      guard length > 0, names.count.isMultiple(of: length) else {
        throw DataSetError(
          path, expected: "names of fields of \(length) bytes", found: "\(names.count) bytes")
      }
      let known = stride(from: 0, to: names.count, by: length).map { at in
        String(decoding: names.dropFirst(at).prefix(length).prefix { $0 != 0 }, as: UTF8.self)
      }
      let places = fields.map(known.firstIndex(of:))
      guard !places.contains(nil) else {
        throw DataSetError(
          path, expected: "the fields \(fields.joined(separator: ", ")) in '\(name)'",
          found: listed(known))
      }
      let count = shape.reduce(1) {
        $0 < Self.mostStructures && $1 < Self.mostStructures ? $0 * max(0, $1) : .max
      }
      guard count <= Self.mostStructures else {
        throw DataSetError(
          path, expected: "at most \(Self.mostStructures) structures in '\(name)'",
          found: ArrayLayout.told(shape))
      }
      var found: [[MATValue]] = []
      for _ in 0..<count {
        var values: [MATValue] = []
        for place in known.indices {
          let (_, content) = try reader.element(most: Self.mostField)
          values.append(places.contains(place) ? try value(content) : .other)
        }
        found.append(places.compactMap { $0.map { values[$0] } })
      }
      try reader.end(behind: 0)
      return found
    }
  }

  /// The value of a field.
  private func value(_ content: Data) throws(DataSetError) -> MATValue {
    guard !content.isEmpty else { return .other }
    var reader = Reader(self, content, nil)
    let (flags, _, _) = try reader.header()
    let (type, bytes) = try reader.element(most: Self.mostField)
    if flags & 0xFF == Self.characters {
      // UTF-8 and bytes, or 16 bits a letter.
      guard [4, 17].contains(type) else {
        return .text(String(decoding: bytes, as: UTF8.self))
      }
      let units = stride(from: 0, to: bytes.count - 1, by: 2).map { at -> UInt16 in
        let pair = Array(bytes.dropFirst(at).prefix(2))
        return isBigEndian
          ? UInt16(pair[0]) << 8 | UInt16(pair[1]) : UInt16(pair[1]) << 8 | UInt16(pair[0])
      }
      return .text(String(decoding: units, as: UTF16.self))
    }
    guard (6...15).contains(flags & 0xFF), let short = Self.numbers[type],
      bytes.count == Int(String(short.dropFirst()))
    else {
      return .other
    }
    let ordered = isBigEndian ? Array(bytes) : Array(bytes.reversed())
    let bits = ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch short {
    case "f8": return .number(Double(bitPattern: bits))
    case "f4": return .number(Double(Float(bitPattern: UInt32(bits))))
    default:
      return short.hasPrefix("u")
        ? .number(Double(bits))
        : .number(
          Double(
            Int64(bitPattern: bits << (64 - 8 * UInt64(bytes.count)))
              >> (64 - 8 * Int64(bytes.count))))
    }
  }
}
