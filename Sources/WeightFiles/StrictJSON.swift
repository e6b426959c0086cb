// As much JSON as a safetensors header needs: objects without repeated keys, strings, arrays of
// non-negative integers. Nothing else, and no recursion: hostile input ends in an error.

internal import Basics

struct StrictJSON {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private let path: String

  init(_ bytes: ArraySlice<UInt8>, path: String) {
    self.bytes = bytes
    self.path = path
    position = bytes.startIndex
  }

  func failure(_ expected: String, _ found: String) -> WeightFileError {
    WeightFileError(
      "\(path): byte \(position - bytes.startIndex) of the header: expected \(expected), found "
        + "\(found); is it a safetensors file?")
  }

  mutating func object(_ member: (String, inout StrictJSON) throws -> Void) throws {
    var keys: Set<ByteText> = []
    try list("{", "}") { json in
      let key = try json.string()
      guard keys.insert(ByteText(key)).inserted else {
        throw json.failure("every name once", "\"\(key.shown())\" again")
      }
      try json.require(":")
      try member(key, &json)
    }
  }

  mutating func integers() throws -> [Int] {
    var result: [Int] = []
    try list("[", "]") { json in result.append(try json.integer()) }
    return result
  }

  mutating func end() throws {
    skipSpace()
    guard position == bytes.endIndex else { throw failure("the end", found) }
  }

  mutating func string() throws -> String {
    try require("\"")
    var result: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: result, as: UTF8.self) else {
          throw failure("UTF-8", "other bytes")
        }
        return text
      case UInt8(ascii: "\\"): result.append(contentsOf: try escape())
      case 0..<32: throw failure("a printable character", "byte \(byte)")
      default: result.append(byte)
      }
    }
    throw failure("the end of a string", found)
  }

  private mutating func escape() throws -> [UInt8] {
    guard let byte = peek else { throw failure("an escape", found) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var unit = try hexadecimal()
      if (0xD800..<0xDC00).contains(unit) {
        guard bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
          throw failure("the second half of a surrogate pair", found)
        }
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else {
          throw failure("the second half of a surrogate pair", "another escape")
        }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else {
        throw failure("a Unicode scalar", "half of a surrogate pair")
      }
      return Array(String(Character(scalar)).utf8)
    default: throw failure("an escape", "\\ and byte \(byte)")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits", found) }
    position += 4
    return value
  }

  private mutating func integer() throws -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty, digits.count == 1 || digits.first != UInt8(ascii: "0"),
      let value = Int(String(decoding: digits, as: UTF8.self))
    else { throw failure("a non-negative integer", found) }
    position = digits.endIndex
    return value
  }

  private mutating func list(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar,
    _ element: (inout StrictJSON) throws -> Void
  ) throws {
    try require(open)
    skipSpace()
    if peek == UInt8(ascii: close) {
      position += 1
      return
    }
    while true {
      try element(&self)
      skipSpace()
      if peek == UInt8(ascii: close) {
        position += 1
        return
      }
      try require(",")
    }
  }

  private mutating func require(_ character: Unicode.Scalar) throws {
    skipSpace()
    guard peek == UInt8(ascii: character) else { throw failure("\"\(character)\"", found) }
    position += 1
  }

  private mutating func skipSpace() {
    while let byte = peek, [32, 9, 10, 13].contains(byte) { position += 1 }
  }

  private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }
  private var found: String { peek.map { "byte \($0)" } ?? "the end" }
}
