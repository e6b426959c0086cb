// Protocol buffers as bytes: fields of a message by number. What a field means is the caller's; groups, which nobody writes
// any more, are refused. https://protobuf.dev/programming-guides/encoding/

internal import WeightFiles

/// A message in a file. Every length is checked against what is left of the message that holds it.
struct ProtobufMessage {
  let window: ByteWindow
  let range: Range<Int>

  /// Names and texts of models are shorter.
  static let longestText = 1 << 20

  /// The whole file.
  init(_ source: ByteSource) {
    window = ByteWindow(source)
    range = 0..<source.count
  }

  init(_ window: ByteWindow, _ range: Range<Int>) { (self.window, self.range) = (window, range) }

  /// In the order in which they stand.
  func fields(_ body: (ProtobufField) throws -> Void) throws {
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let tag = try Self.varint(window, &position, before: range.upperBound)
      guard let number = Int(exactly: tag >> 3), number > 0, number < 1 << 29 else {
        throw failure(start, "a field's number", "\(tag >> 3)")
      }
      let value: ProtobufField.Value
      switch tag & 7 {
      case 0: value = .varint(try Self.varint(window, &position, before: range.upperBound))
      case 1: value = .fixed(try take(8, &position))
      case 2:
        let length = try Self.varint(window, &position, before: range.upperBound)
        guard length <= UInt64(range.upperBound - position) else {
          throw failure(
            start, "field \(number) within its message of \(range.count) bytes",
            "\(length) bytes: the file is cut short or no protocol buffer")
        }
        value = .bytes(try take(Int(length), &position))
      case 5: value = .fixed(try take(4, &position))
      case let kind: throw failure(start, "a field", "wire type \(kind)")
      }
      try body(ProtobufField(number: number, value: value, message: self))
    }
  }

  func failure(_ position: Int, _ expected: String, _ found: String) -> ModelFileError {
    window.source.refuse("\(expected) at byte \(position)", found)
  }

  private func take(_ count: Int, _ position: inout Int) throws -> Range<Int> {
    guard count <= range.upperBound - position else {
      throw failure(position, "\(count) bytes", "\(range.upperBound - position)")
    }
    defer { position += count }
    return position..<position + count
  }

  static func varint(
    _ window: ByteWindow, _ position: inout Int, before end: Int
  ) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else {
        throw window.source.refuse("a number at byte \(position)", "the end of its message")
      }
      let byte = try window.byte(position)
      position += 1
      // Of the tenth byte one bit is left.
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw window.source.refuse("a number of 64 bits before byte \(position)", "a longer one")
  }
}

/// One field of a message.
struct ProtobufField {
  enum Value {
    case varint(UInt64)
    /// 4 or 8 bytes.
    case fixed(Range<Int>)
    case bytes(Range<Int>)
  }

  let number: Int
  let value: Value
  let message: ProtobufMessage

  private var window: ByteWindow { message.window }

  func int() throws -> Int {
    guard case .varint(let bits) = value else { throw mismatch("an integer") }
    return Int(truncatingIfNeeded: bits)
  }

  func float() throws -> Float {
    guard case .fixed(let range) = value, range.count == 4 else { throw mismatch("a float") }
    return ElementType.float32.floats(try window.slice(range))[0]
  }

  func range() throws -> Range<Int> {
    guard case .bytes(let range) = value else { throw mismatch("bytes") }
    return range
  }

  func submessage() throws -> ProtobufMessage { ProtobufMessage(window, try range()) }

  func text() throws -> String {
    let range = try range()
    guard range.count <= ProtobufMessage.longestText else {
      throw message.failure(
        range.lowerBound, "a text of at most \(ProtobufMessage.longestText) bytes",
        "\(range.count)")
    }
    guard let text = String(validating: try window.slice(range), as: UTF8.self) else {
      throw message.failure(range.lowerBound, "a text in UTF-8", "other bytes")
    }
    return text
  }

  /// Of a repeated field, packed or one by one.
  func append(to integers: inout [Int]) throws {
    guard case .bytes(let range) = value else { return integers.append(try int()) }
    var position = range.lowerBound
    while position < range.upperBound {
      let bits = try ProtobufMessage.varint(window, &position, before: range.upperBound)
      integers.append(Int(truncatingIfNeeded: bits))
    }
  }

  func append(to floats: inout [Float]) throws {
    guard case .bytes(let range) = value else { return floats.append(try float()) }
    guard range.count % 4 == 0 else { throw mismatch("floats") }
    floats += ElementType.float32.floats(try window.slice(range))
  }

  private func mismatch(_ expected: String) -> ModelFileError {
    message.failure(message.range.lowerBound, "\(expected) in field \(number)", "another wire type")
  }
}
