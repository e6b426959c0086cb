// The header of a .npy file, read and written: a Python dictionary of three known entries, in any order, and nothing
// else. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

internal import FoundationEssentials

/// What a `.npy` header says.
package struct NumPyHeader: Equatable {
  /// NumPy's `descr`, such as "|u1".
  private(set) var element = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []

  /// - Throws: `NumPyError` naming `path`.
  init(_ bytes: Data, path: String) throws(NumPyError) {
    var scanner = HeaderScanner(bytes: Array(bytes), path: path)
    var missing: Set = ["descr", "fortran_order", "shape"]
    try scanner.take("{")
    while !scanner.skip("}") {
      let key = try scanner.string()
      guard missing.remove(key) != nil else {
        throw scanner.failure("descr, fortran_order and shape, each once", "'\(key.prefix(80))'")
      }
      try scanner.take(":")
      switch key {
      case "descr": element = try scanner.string()
      case "fortran_order": isFortranOrder = try scanner.truth()
      default: shape = try scanner.tuple()
      }
      guard !scanner.skip(",") else { continue }
      try scanner.take("}")
      break
    }
    guard missing.isEmpty else {
      throw scanner.failure("an entry '\(missing.sorted()[0])'", "none")
    }
    try scanner.end()
  }
}

extension NumPyHeader {
  /// What every .npy file begins with.
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Everything before the elements, in version 1.0 of the format, with the elements on a multiple of 64 bytes.
  ///
  /// - Parameter element: NumPy's `descr`, such as "<f4".
  package static func encoded(_ element: String, _ shape: [Int]) -> [UInt8] {
    let sides = shape.map { "\($0)," }.joined(separator: " ")
    var text = "{'descr': '\(element)', 'fortran_order': False, 'shape': (\(sides)), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    return magic + [1, 0] + littleEndian(UInt16(text.utf8.count)) + Array(text.utf8)
  }
}

/// Reads words of the header from left to right; blanks between them do not count.
private struct HeaderScanner {
  let bytes: [UInt8]
  let path: String
  private var next = 0

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  func failure(_ expected: String, _ found: String) -> NumPyError {
    NumPyError("\(path): header", expected: expected, found: found)
  }

  private mutating func skipBlanks() {
    while next < bytes.count, bytes[next] == UInt8(ascii: " ") || bytes[next] == UInt8(ascii: "\n")
    {
      next += 1
    }
  }

  private var found: String {
    guard next < bytes.count else { return "its end" }
    let printable = (0x20...0x7E).contains(bytes[next])
    return printable ? "'\(Character(UnicodeScalar(bytes[next])))'" : "byte \(bytes[next])"
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next < bytes.count, bytes[next] == UInt8(ascii: character) else { return false }
    next += 1
    return true
  }

  mutating func take(_ character: Unicode.Scalar) throws(NumPyError) {
    guard skip(character) else { throw failure("'\(character)'", found) }
  }

  /// A quoted string of printable ASCII without escapes.
  mutating func string() throws(NumPyError) -> String {
    skipBlanks()
    // Python 2 marks texts with a u.
    if next + 1 < bytes.count, bytes[next] == UInt8(ascii: "u"),
      bytes[next + 1] == UInt8(ascii: "'") || bytes[next + 1] == UInt8(ascii: "\"")
    {
      next += 1
    }
    let quote: Unicode.Scalar = next < bytes.count && bytes[next] == UInt8(ascii: "\"") ? "\"" : "'"
    try take(quote)
    let start = next
    while next < bytes.count, bytes[next] != UInt8(ascii: quote) {
      guard (0x20...0x7E).contains(bytes[next]), bytes[next] != UInt8(ascii: "\\") else {
        throw failure("plain characters in a string", found)
      }
      next += 1
    }
    let text = String(decoding: bytes[start..<next], as: UTF8.self)
    try take(quote)
    return text
  }

  mutating func truth() throws(NumPyError) -> Bool {
    skipBlanks()
    for (word, value) in [("True", true), ("False", false)]
    where bytes[next...].starts(with: Array(word.utf8)) {
      next += word.utf8.count
      return value
    }
    throw failure("True or False", found)
  }

  /// `()`, `(3,)`, `(3, 4)`, `(3L, 4L)`: whole numbers from 0.
  mutating func tuple() throws(NumPyError) -> [Int] {
    try take("(")
    var numbers: [Int] = []
    while !skip(")") {
      numbers.append(try number())
      guard !skip(",") else { continue }
      try take(")")
      break
    }
    return numbers
  }

  private mutating func number() throws(NumPyError) -> Int {
    skipBlanks()
    let digits = bytes[next...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty else { throw failure("a whole number", found) }
    let text = String(decoding: digits, as: UTF8.self)
    guard let number = Int(text) else {
      throw failure("a number of elements", String(text.prefix(80)))
    }
    next += digits.count
    // So does it long numbers, with an L.
    if next < bytes.count, bytes[next] == UInt8(ascii: "L") { next += 1 }
    return number
  }

  mutating func end() throws(NumPyError) {
    skipBlanks()
    guard next == bytes.count else { throw failure("its end", found) }
  }
}
