// The directory of a zip archive whose entries are stored as they are, as PyTorch writes it. No
// compression, no encryption, no archives of several disks, no CRC: PyTorch may be told not to
// compute it. Nothing is ever extracted by name. PKWARE's APPNOTE 6.3, sections 4.3.7 to 4.3.16.

internal import Basics
internal import Pickle

/// Entries by name, and where the bytes of each are.
package struct ZipDirectory {
  private struct Entry {
    let header: Int
    let size: Int
    let method: Int
    let isEncrypted: Bool
  }

  private let source: ByteSource
  private var entries: [ByteText: Entry] = [:]

  package static let firstBytes: [UInt8] = [0x50, 0x4B, 3, 4]

  /// - Throws: `WeightFileError` for what is no such archive.
  package init(_ source: ByteSource) throws {
    self.source = source
    let (range, stated) = try Self.end(source)
    guard range.count <= ByteSource.longestPickle else {
      throw source.fail(
        "a zip directory of at most \(ByteSource.longestPickle) bytes", "\(range.count)")
    }
    let directory = LittleEndian(try source.bytes(range))
    var position = 0
    var count = 0
    while position < range.count {
      guard directory.number(4, at: position) == 0x0201_4B50,
        let flags = directory.number(2, at: position + 8),
        let method = directory.number(2, at: position + 10),
        let nameLength = directory.number(2, at: position + 28),
        let extraLength = directory.number(2, at: position + 30),
        let commentLength = directory.number(2, at: position + 32),
        let raw = directory.slice(nameLength, at: position + 46),
        let extra = directory.slice(extraLength, at: position + 46 + nameLength),
        let fields = directory.fields(position, extra: extra)
      else { throw source.fail("entry \(count) in the zip directory", "other bytes") }
      guard let name = String(validating: raw, as: UTF8.self) else {
        throw source.fail("zip entries with names in UTF-8", "other bytes in entry \(count)")
      }
      guard method != 0 || fields.size == fields.stored else {
        throw source.fail(
          "\(name.shown()) to be as long in the zip archive as by itself",
          "\(fields.stored) and \(fields.size) bytes")
      }
      let entry = Entry(
        header: fields.header, size: fields.size, method: method, isEncrypted: flags & 1 != 0)
      guard entries.updateValue(entry, forKey: ByteText(name)) == nil else {
        throw source.fail("every name once in the zip archive", "\(name.shown()) again")
      }
      position += 46 + nameLength + extraLength + commentLength
      count += 1
    }
    guard position == range.count, count == stated else {
      throw source.fail("\(stated) entries in the zip directory", "\(count)")
    }
  }

  /// Sorted by their bytes.
  package var names: [String] { entries.keys.sorted().map(\.text) }

  /// Where an entry's bytes are, nil for an unknown name.
  package func range(_ name: String) throws -> Range<Int>? {
    guard let entry = entries[ByteText(name)] else { return nil }
    guard entry.method == 0, !entry.isEncrypted else {
      let found = entry.isEncrypted ? "an encrypted one" : "compression method \(entry.method)"
      throw source.fail("\(name.shown()) stored without compression, as PyTorch does", found)
    }
    guard entry.header <= source.count - 30 else {
      throw source.fail("\(name.shown()) within the file", "byte \(entry.header), cut short")
    }
    let header = LittleEndian(try source.bytes(entry.header..<entry.header + 30))
    guard header.number(4, at: 0) == 0x0403_4B50, let nameLength = header.number(2, at: 26),
      let extraLength = header.number(2, at: 28)
    else { throw source.fail("\(name.shown()) at byte \(entry.header)", "other bytes") }
    let start = entry.header + 30 + nameLength + extraLength
    guard start <= source.count, entry.size <= source.count - start else {
      throw source.fail("\(entry.size) bytes of \(name.shown())", "fewer, cut short")
    }
    return start..<start + entry.size
  }

  /// The bytes of the directory and the number of its entries.
  private static func end(_ source: ByteSource) throws -> (range: Range<Int>, entries: Int) {
    let start = max(0, source.count - 65_557)
    let tail = LittleEndian(try source.bytes(start..<source.count))
    let last = stride(from: tail.count - 22, through: 0, by: -1).first {
      tail.number(4, at: $0) == 0x0605_4B50 && tail.number(2, at: $0 + 20) == tail.count - $0 - 22
    }
    guard let last, var entries = tail.number(2, at: last + 10),
      var size = tail.number(4, at: last + 12), var offset = tail.number(4, at: last + 16)
    else {
      throw source.fail("a zip archive's directory at the end", "none: the file is cut short")
    }
    var limit = start + last
    if last >= 20, tail.number(4, at: last - 20) == 0x0706_4B50 {
      guard let position = tail.number(8, at: last - 12), position <= source.count - 56,
        case let end = LittleEndian(try source.bytes(position..<position + 56)),
        end.number(4, at: 0) == 0x0606_4B50, let longEntries = end.number(8, at: 32),
        let longSize = end.number(8, at: 40), let longOffset = end.number(8, at: 48)
      else { throw source.fail("a zip64 directory's end where it is said to be", "other bytes") }
      (entries, size, offset, limit) = (longEntries, longSize, longOffset, position)
    }
    guard offset <= limit, size <= limit - offset else {
      throw source.fail(
        "the zip directory before byte \(limit)", "\(size) bytes of it from byte \(offset) on")
    }
    return (offset..<offset + size, entries)
  }
}

extension LittleEndian {
  /// Sizes and offset of the directory's entry at `position`, with what zip64 puts in `extra`.
  fileprivate func fields(
    _ position: Int, extra: ArraySlice<UInt8>
  ) -> (stored: Int, size: Int, header: Int)? {
    guard var stored = number(4, at: position + 20), var size = number(4, at: position + 24),
      var header = number(4, at: position + 42)
    else { return nil }
    let extra = LittleEndian(Array(extra))
    var at = 0
    while let kind = extra.number(2, at: at), let length = extra.number(2, at: at + 2) {
      if kind == 1 {
        var next = at + 4
        func long(_ short: Int) -> Int? {
          guard short == 0xFFFF_FFFF else { return short }
          next += 8
          return next <= at + 4 + length ? extra.number(8, at: next - 8) : nil
        }
        guard let longSize = long(size), let longStored = long(stored), let offset = long(header)
        else { return nil }
        (stored, size, header) = (longStored, longSize, offset)
        break
      }
      at += 4 + length
    }
    return (stored, size, header)
  }
}
