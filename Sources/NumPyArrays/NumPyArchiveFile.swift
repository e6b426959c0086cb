// Reading .npz: a zip archive of .npy files, stored or deflated, with 64-bit sizes or without. No encryption, no archive
// in several files; what is no .npy file is passed over. PKWARE's APPNOTE 6.3.

internal import CZlib
package import FoundationEssentials

/// The arrays of a `.npz` file by name, none of them read yet.
package struct NumPyArchiveFile: Sendable {
  package let path: String
  /// Without ".npy", in the file's order.
  package let names: [String]
  private let file: Data
  private let entries: [Entry]

  private struct Entry {
    let name: String
    let method: Int
    let checksum: UInt32
    let storedSize: Int
    let size: Int
    let offset: Int
  }

  /// - Parameters:
  ///   - file: The whole file.
  ///   - path: Its path, for messages.
  package init(_ file: Data, path: String) throws(NumPyError) {
    self.path = path
    self.file = file
    entries = try Self.directory(file, path)
    names = entries.map(\.name)
  }

  /// The array of that name.
  ///
  /// - Parameter most: Bytes that a deflated array may have, as it is taken into memory. A stored one stays in the file.
  package func array(_ name: String, most: Int) throws(NumPyError) -> ArrayFile {
    try ArrayFile(try content(name, most: most), path: "\(path): \(name)")
  }

  /// The texts of that name.
  ///
  /// - Parameter most: As for `array`.
  package func texts(_ name: String, most: Int) throws(NumPyError) -> TextArray {
    try TextArray(try content(name, most: most), path: "\(path): \(name)")
  }

  /// Shape and type of the array of that name, which is not read.
  package func frame(_ name: String) throws(NumPyError) -> ArrayFrame {
    let (entry, stored) = try entry(name)
    let beginning: Data
    if entry.method == 0 {
      beginning = stored.prefix(ArrayFrame.longest)
    } else {
      guard let first = Inflater(stored, .raw).read(min(entry.size, ArrayFrame.longest)) else {
        throw damaged(name)
      }
      beginning = first
    }
    return try ArrayFrame(beginning, path: "\(path): \(name)")
  }

  private func damaged(_ name: String) -> NumPyError {
    NumPyError(
      "\(path): \(name)", expected: "a whole array", found: "one cut short or damaged")
  }

  /// What the directory says of an array, and its bytes as they are stored.
  private func entry(_ name: String) throws(NumPyError) -> (entry: Entry, stored: Data) {
    let path = "\(path): \(name)"
    guard let entry = entries.last(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
      throw NumPyError(path, expected: "an array of this name", found: "none")
    }
    guard let header = part(entry.offset, 30), number(header, 0, 4) == 0x0403_4B50 else {
      throw damaged(name)
    }
    guard number(header, 6, 2) & 1 == 0 else {
      throw NumPyError(path, expected: "an array", found: "an encrypted one")
    }
    let start = entry.offset + 30 + number(header, 26, 2) + number(header, 28, 2)
    guard let stored = part(start, entry.storedSize) else { throw damaged(name) }
    guard entry.method == 0 || entry.method == 8 else {
      throw NumPyError(
        path, expected: "a stored or deflated array", found: "method \(entry.method) of zip")
    }
    guard entry.method == 8 || entry.size == entry.storedSize else { throw damaged(name) }
    return (entry, stored)
  }

  /// The bytes of a .npy file, found to agree with their checksum.
  private func content(_ name: String, most: Int) throws(NumPyError) -> Data {
    let (entry, stored) = try entry(name)
    var content = stored
    if entry.method == 8 {
      guard entry.size <= most else {
        throw NumPyError(
          "\(path): \(name)", expected: "at most \(most) bytes of a compressed array",
          found: "\(entry.size)")
      }
      let inflater = Inflater(stored, .raw)
      guard let whole = inflater.read(entry.size), inflater.end() else {
        guard !inflater.lacksMemory else {
          throw NumPyError(
            "\(path): \(name)", expected: "memory for \(entry.size) bytes", found: "too little")
        }
        throw damaged(name)
      }
      content = whole
    }
    let checksum = unsafe content.withUnsafeBytes { bytes in
      unsafe crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    guard UInt32(truncatingIfNeeded: checksum) == entry.checksum else { throw damaged(name) }
    return content
  }

  private func part(_ start: Int, _ count: Int) -> Data? { Self.part(file, start, count) }
  private func number(_ bytes: Data, _ at: Int, _ width: Int) -> Int {
    Self.number(bytes, at, width)
  }

  private static func part(_ file: Data, _ start: Int, _ count: Int) -> Data? {
    guard start >= 0, count >= 0, start <= file.count, count <= file.count - start else {
      return nil
    }
    return file[(file.startIndex + start)..<(file.startIndex + start + count)]
  }

  /// Little-endian; one of 64 bits that is too large for a file becomes the largest.
  private static func number(_ bytes: Data, _ at: Int, _ width: Int) -> Int {
    Int(
      clamping: (0..<width).reduce(UInt64(0)) {
        $0 | UInt64(bytes[bytes.startIndex + at + $1]) << UInt64(8 * $1)
      })
  }

  private static func directory(_ file: Data, _ path: String) throws(NumPyError) -> [Entry] {
    func fail(_ found: String) -> NumPyError {
      NumPyError(path, expected: "a .npz file, a zip archive of arrays", found: found)
    }
    guard file.count >= 22, number(file, 0, 4) == 0x0403_4B50 else {
      throw fail(file.isEmpty ? "an empty file" : "other first bytes")
    }
    let cut = fail("one that is cut short or damaged")
    // The end record stands before a comment of 64 KiB at most.
    let earliest = max(0, file.count - 22 - 65_535)
    guard
      let end = stride(from: file.count - 22, through: earliest, by: -1).first(where: {
        number(file, $0, 4) == 0x0605_4B50
      })
    else { throw cut }
    var (count, size, start) = (
      number(file, end + 10, 2), number(file, end + 12, 4), number(file, end + 16, 4)
    )
    if end >= 20, number(file, end - 20, 4) == 0x0706_4B50 {
      let record = number(file, end - 12, 8)
      guard let part = part(file, record, 56), number(part, 0, 4) == 0x0606_4B50 else {
        throw cut
      }
      (count, size, start) = (number(part, 32, 8), number(part, 40, 8), number(part, 48, 8))
    }
    guard let directory = part(file, start, size), count <= size / 46 else { throw cut }
    var entries: [Entry] = []
    var at = 0
    for _ in 0..<count {
      guard let head = part(directory, at, 46), number(head, 0, 4) == 0x0201_4B50 else {
        throw cut
      }
      let (nameSize, extraSize) = (number(head, 28, 2), number(head, 30, 2))
      guard let name = part(directory, at + 46, nameSize),
        let extra = part(directory, at + 46 + nameSize, extraSize)
      else { throw cut }
      var sizes = [number(head, 24, 4), number(head, 20, 4), number(head, 42, 4)]
      try widen(&sizes, extra, cut)
      at += 46 + nameSize + extraSize + number(head, 32, 2)
      let text = String(decoding: name, as: UTF8.self)
      guard text.hasSuffix(".npy") else { continue }
      entries.append(
        Entry(
          name: String(text.dropLast(4)), method: number(head, 10, 2),
          checksum: UInt32(truncatingIfNeeded: number(head, 16, 4)), storedSize: sizes[1],
          size: sizes[0], offset: sizes[2]))
    }
    guard !entries.isEmpty else { throw fail("an archive without arrays") }
    return entries
  }

  /// Sizes that do not fit in 32 bits stand in the entry's extra field 1, those alone.
  private static func widen(
    _ sizes: inout [Int], _ extra: Data, _ cut: NumPyError
  ) throws(NumPyError) {
    guard sizes.contains(0xFFFF_FFFF) else { return }
    var at = 0
    while let head = part(extra, at, 4) {
      let (kind, size) = (number(head, 0, 2), number(head, 2, 2))
      guard let field = part(extra, at + 4, size) else { throw cut }
      at += 4 + size
      guard kind == 1 else { continue }
      var place = 0
      for i in sizes.indices where sizes[i] == 0xFFFF_FFFF {
        guard place + 8 <= field.count else { throw cut }
        sizes[i] = number(field, place, 8)
        place += 8
      }
      return
    }
    throw cut
  }
}
