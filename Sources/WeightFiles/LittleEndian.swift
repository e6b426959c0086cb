// Numbers out of bytes that may be cut short.

/// Bytes with little-endian numbers in them; what is out of range, or no Int, is nil.
struct LittleEndian {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func slice(_ count: Int, at position: Int) -> ArraySlice<UInt8>? {
    guard position >= 0, position <= bytes.count, count >= 0, count <= bytes.count - position
    else { return nil }
    return bytes[position..<position + count]
  }

  /// Of `width` bytes, at most eight, without a sign.
  func number(_ width: Int, at position: Int) -> Int? {
    guard let slice = slice(width, at: position) else { return nil }
    return Int(exactly: slice.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
