// A JSON text read into a tree, of a bounded depth. Python's NaN and Infinity are numbers; repeated keys are an error.

internal import Basics

/// Reads one text. Recursion is as deep as the text, up to a bound.
struct JSONParser {
  let bytes: [UInt8]
  let what: String
  private var position = 0
  /// A value of two bytes takes a hundred in memory.
  private var left = 1 << 21

  static let deepest = 64

  init(bytes: [UInt8], what: String) { (self.bytes, self.what) = (bytes, what) }

  mutating func whole() throws -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("the end") }
    return value
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth < Self.deepest else { throw failure("at most \(Self.deepest) levels") }
    left -= 1
    guard left >= 0 else { throw failure("at most \(1 << 21) values") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .text(try string())
    case let byte?:
      for (word, value) in Self.words where byte == word.utf8.first && takes(word) { return value }
      return try number()
    case nil: throw failure("a value")
    }
  }

  private static let words: [(String, JSONValue)] = [
    ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .double(.nan)),
    ("Infinity", .double(.infinity)), ("-Infinity", .double(-.infinity)),
  ]

  private mutating func object(depth: Int) throws -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    try list(UInt8(ascii: "}")) { parser in
      parser.skipSpace()
      let key = try parser.string()
      try parser.require(UInt8(ascii: ":"))
      guard members.updateValue(try parser.value(depth: depth + 1), forKey: key) == nil else {
        throw parser.failure("every name once, not \"\(key.shown())\" again")
      }
    }
    return members
  }

  private mutating func array(depth: Int) throws -> [JSONValue] {
    var elements: [JSONValue] = []
    try list(UInt8(ascii: "]")) { elements.append(try $0.value(depth: depth + 1)) }
    return elements
  }

  /// The opening bracket is next.
  private mutating func list(
    _ close: UInt8, _ element: (inout JSONParser) throws -> Void
  ) throws {
    position += 1
    skipSpace()
    if peek == close {
      position += 1
      return
    }
    while true {
      try element(&self)
      skipSpace()
      if peek == close {
        position += 1
        return
      }
      try require(UInt8(ascii: ","))
    }
  }

  private mutating func string() throws -> String {
    try require(UInt8(ascii: "\""))
    let start = position
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 32 {
      position += 1
    }
    var text = Array(bytes[start..<position])
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else { throw failure("UTF-8") }
        return text
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<32: throw failure("a printable character")
      default: text.append(byte)
      }
    }
    throw failure("the end of a string")
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard let byte = peek else { throw failure("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var unit = try hexadecimal()
      if (0xD800..<0xDC00).contains(unit) {
        guard takes("\\u"), case let low = try hexadecimal(), (0xDC00..<0xE000).contains(low)
        else { throw failure("the second half of a surrogate pair") }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw failure("a Unicode scalar") }
      text += Array(String(Character(scalar)).utf8)
    default: throw failure("an escape")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits") }
    position += 4
    return value
  }

  private mutating func number() throws -> JSONValue {
    let digits = bytes[position...].prefix { byte in
      (48...57).contains(byte) || [43, 45, 46, 69, 101].contains(byte)
    }
    let text = String(decoding: digits, as: UTF8.self)
    guard !text.isEmpty, text.utf8.count <= 400 else { throw failure("a value") }
    if let int = Int(text) {
      position = digits.endIndex
      return .int(int)
    }
    guard let double = Double(text) else { throw failure("a number") }
    position = digits.endIndex
    return .double(double)
  }

  private mutating func takes(_ word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func require(_ byte: UInt8) throws {
    skipSpace()
    guard peek == byte else { throw failure("\"\(Character(Unicode.Scalar(byte)))\"") }
    position += 1
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func failure(_ expected: String) -> ModelFileError {
    let found = peek.map { "byte \($0)" } ?? "the end"
    return ModelFileError("\(what): expected \(expected) at byte \(position), found \(found).")
  }
}
