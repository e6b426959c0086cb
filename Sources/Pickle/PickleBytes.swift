// Reading the arguments of opcodes: every size is checked against the bytes that are left.

internal import Basics

/// A position in a pickle's bytes.
struct PickleBytes {
  private let bytes: ArraySlice<UInt8>
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  func failure(_ expected: String, _ found: String) -> PickleError {
    PickleError(
      "byte \(position - bytes.startIndex) of a pickle: expected \(expected), found \(found)")
  }

  mutating func byte() throws(PickleError) -> UInt8 {
    guard position < bytes.endIndex else { throw failure("more of it", "its end, cut short") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.endIndex - position else {
      throw failure("\(count) bytes", "\(bytes.endIndex - position) left, cut short")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Of `width` bytes, little-endian, without a sign.
  mutating func count(_ width: Int) throws(PickleError) -> Int {
    let value = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let count = Int(exactly: value) else { throw failure("a size", "\(value)") }
    return count
  }

  mutating func int32() throws(PickleError) -> Int {
    Int(Int32(truncatingIfNeeded: try count(4)))
  }

  mutating func double() throws(PickleError) -> Double {
    Double(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  mutating func text(_ count: Int) throws(PickleError) -> String {
    let raw = try take(count)
    if let text = String(validating: raw, as: UTF8.self) { return text }
    throw failure("UTF-8 text", "other bytes")
  }

  /// Up to a newline, which is taken too.
  mutating func line() throws(PickleError) -> ArraySlice<UInt8> {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw failure("the end of a line", "the file's end")
    }
    defer { position = end + 1 }
    return bytes[position..<end]
  }

  mutating func textLine() throws(PickleError) -> String {
    let raw = try line()
    if let text = String(validating: raw, as: UTF8.self) { return text }
    throw failure("UTF-8 text", "other bytes")
  }

  /// A decimal number as protocol 0 writes it; Python 2 puts an L behind it.
  mutating func decimal() throws(PickleError) -> Int {
    let text = try textLine()
    guard let value = Int(text.hasSuffix("L") ? text.dropLast() : text[...]) else {
      throw failure("a whole number of 64 bits", text.shown(20))
    }
    return value
  }
}
