// Opcodes of numbers and texts, and those that would look things up or run them.

internal import Basics

extension PickleMachine {
  mutating func value(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch UnicodeScalar(opcode) {
    case "N": push(.none)
    case "\u{88}": push(.bool(true))
    case "\u{89}": push(.bool(false))
    case "I": push(try integerLine())
    case "L": push(.int(try bytes.decimal()))
    case "J": push(.int(try bytes.int32()))
    case "K": push(.int(try bytes.count(1)))
    case "M": push(.int(try bytes.count(2)))
    case "\u{8a}": push(Self.integer(try bytes.take(try bytes.count(1))))
    case "\u{8b}": push(Self.integer(try bytes.take(try bytes.int32())))
    case "F": push(.float(try floatLine()))
    case "G": push(.float(try bytes.double()))
    case "S": push(.bytes(try quotedLine()))
    case "V": push(.string(try escapedLine()))
    case "T": push(.bytes(try bytes.take(try bytes.int32())))
    case "U", "C": push(.bytes(try bytes.take(try bytes.count(1))))
    case "B": push(.bytes(try bytes.take(try bytes.count(4))))
    case "\u{8e}", "\u{96}": push(.bytes(try bytes.take(try bytes.count(8))))
    case "\u{8c}": push(.string(try bytes.text(try bytes.count(1))))
    case "X": push(.string(try bytes.text(try bytes.count(4))))
    case "\u{8d}": push(.string(try bytes.text(try bytes.count(8))))
    default: return false
    }
    return true
  }

  mutating func call(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch UnicodeScalar(opcode) {
    case "\u{80}":
      let version = try bytes.byte()
      guard version <= 5 else { throw bytes.failure("protocols up to 5", "\(version)") }
    case "\u{95}":
      let count = try bytes.count(8)
      var rest = bytes
      _ = try rest.take(count)
    case "c": try pushGlobal(try bytes.textLine(), try bytes.textLine())
    case "\u{93}":
      let (name, module) = (try pop(), try pop())
      guard case .string(let name) = tree[name], case .string(let module) = tree[module] else {
        throw bytes.failure("the name of a class or function", "other values")
      }
      try pushGlobal(module, name)
    case "R", "\u{81}":
      let (arguments, function) = (try pop(), try pop())
      push(.object(PickleObject(function: function, arguments: arguments)))
    case "\u{92}":
      // Arguments with keywords make no difference to what is called.
      _ = try pop()
      let (arguments, function) = (try pop(), try pop())
      push(.object(PickleObject(function: function, arguments: arguments)))
    case "i":
      let arguments = try popToMark()
      try pushGlobal(try bytes.textLine(), try bytes.textLine())
      push(.tuple(arguments))
      let (tuple, function) = (try pop(), try pop())
      push(.object(PickleObject(function: function, arguments: tuple)))
    case "o":
      let values = try popToMark()
      guard let function = values.first else { throw bytes.failure("a class", "none") }
      push(.tuple(Array(values.dropFirst())))
      let arguments = try pop()
      push(.object(PickleObject(function: function, arguments: arguments)))
    case "b": try build()
    case "P":
      push(.string(try bytes.textLine()))
      push(.persistent(try pop()))
    case "Q": push(.persistent(try pop()))
    default: return false
    }
    return true
  }

  /// Readers compare names, maybe a million times the same one.
  private mutating func pushGlobal(_ module: String, _ name: String) throws(PickleError) {
    guard module.utf8.count <= 1000, name.utf8.count <= 1000 else {
      throw bytes.failure("names of at most 1000 bytes", (module + "." + name).shown())
    }
    push(.global(module: module, name: name))
  }

  private mutating func build() throws(PickleError) {
    let state = try pop()
    let target = try pop()
    guard case .object(var object) = tree[target] else {
      throw bytes.failure("an object to give its state", tree.kind(target))
    }
    object.state = state
    tree.nodes[target.index] = .object(object)
    repush(target)
  }

  /// Protocol 0 writes truth values as numbers of two digits.
  private mutating func integerLine() throws(PickleError) -> PickleNode {
    var ahead = bytes
    let text = try ahead.textLine()
    if text == "00" || text == "01" {
      bytes = ahead
      return .bool(text == "01")
    }
    return .int(try bytes.decimal())
  }

  private mutating func floatLine() throws(PickleError) -> Double {
    let text = try bytes.textLine()
    guard let value = Double(text) else { throw bytes.failure("a number", text.shown(20)) }
    return value
  }

  /// A string in quotes with Python 2's escapes, as its `repr` writes them.
  private mutating func quotedLine() throws(PickleError) -> ArraySlice<UInt8> {
    let line = try bytes.line()
    let quotes = [UInt8(ascii: "'"), UInt8(ascii: "\"")]
    guard line.count >= 2, let first = line.first, quotes.contains(first), line.last == first else {
      throw bytes.failure("a string in quotes", "another")
    }
    let text = line.dropFirst().dropLast()
    guard text.contains(UInt8(ascii: "\\")) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let escape = rest.popFirst() else {
        throw bytes.failure("what a backslash stands for", "the string's end")
      }
      if escape == UInt8(ascii: "x") {
        guard rest.count >= 2, let value = Self.hexadecimal(rest.prefix(2)) else {
          throw bytes.failure("two hexadecimal digits behind \\x", "others")
        }
        result.append(UInt8(value))
        rest = rest.dropFirst(2)
      } else if let plain = Self.escapes[escape] {
        result.append(plain)
      } else {
        throw bytes.failure(
          "an escape of Python's repr", "\\" + String(UnicodeScalar(escape)).shown())
      }
    }
    return result[...]
  }

  /// As Python's `repr` of bytes has them.
  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "'"): UInt8(ascii: "'"),
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
    UInt8(ascii: "t"): 9,
  ]

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
    guard digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }) else { return nil }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// Latin-1 with Python's escapes `\uXXXX` and `\UXXXXXXXX`; every other backslash is one.
  private mutating func escapedLine() throws(PickleError) -> String {
    var rest = try bytes.line()
    var scalars = String.UnicodeScalarView()
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let kind = rest.first else {
        scalars.append(UnicodeScalar(byte))
        continue
      }
      let count = kind == UInt8(ascii: "u") ? 4 : kind == UInt8(ascii: "U") ? 8 : 0
      rest = rest.dropFirst()
      guard count > 0 else {
        scalars.append(UnicodeScalar(byte))
        scalars.append(UnicodeScalar(kind))
        continue
      }
      var value = try codePoint(&rest, count)
      // Characters beyond 16 bits as Python 2 may have had them: in two halves.
      if (0xD800..<0xDC00).contains(value), rest.starts(with: Array("\\u".utf8)) {
        rest = rest.dropFirst(2)
        let low = try codePoint(&rest, 4)
        if (0xDC00..<0xE000).contains(low) {
          value = 0x10000 + (value - 0xD800) << 10 + low - 0xDC00
        }
      }
      guard let scalar = UnicodeScalar(value) else {
        throw bytes.failure("a character", "the number \(value)")
      }
      scalars.append(scalar)
    }
    return String(scalars)
  }

  private func codePoint(
    _ rest: inout ArraySlice<UInt8>, _ count: Int
  ) throws(PickleError) -> UInt32 {
    guard rest.count >= count, let value = Self.hexadecimal(rest.prefix(count)) else {
      throw bytes.failure("\(count) hexadecimal digits behind \\u", "others")
    }
    rest = rest.dropFirst(count)
    return value
  }

  /// Two's complement, little-endian.
  private static func integer(_ raw: ArraySlice<UInt8>) -> PickleNode {
    guard raw.count <= 8 else { return .bigInt(raw) }
    let isNegative = raw.last.map { $0 >= 0x80 } ?? false
    let value = raw.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    return .int(value)
  }
}
