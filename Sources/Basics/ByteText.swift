// Names, keys and paths from outside are bytes: Swift's String takes two texts for equal that Unicode calls canonically
// equivalent, such as the two spellings of "é". Leaves out: case and language.

/// A text that equals those of its bytes alone, in the order of the bytes: what dictionaries and sets of names from
/// outside are keyed by.
package struct ByteText: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }

  package var description: String { text }

  /// Equal where the bytes are.
  package static func == (a: ByteText, b: ByteText) -> Bool { a.text.hasBytes(of: b.text) }

  /// In the order of the bytes.
  package static func < (a: ByteText, b: ByteText) -> Bool { bytesPrecede(a.text, b.text) }

  /// Of the bytes.
  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension String {
  /// Whether the other text is the same bytes in UTF-8.
  package func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

/// The order of `sorted()` in Python for names of files, and of SQLite's texts.
package func bytesPrecede(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}

/// Bytes that are no UTF-8 as text: what is stays, and other bytes are written as in C, "\\xfe".
package func shownBytes(_ bytes: some Sequence<UInt8>) -> String {
  var text = ""
  var decoder = UTF8()
  var rest = Array(bytes)[...]
  while !rest.isEmpty {
    var next = rest.makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&next) {
      text.unicodeScalars.append(scalar)
      rest = rest.dropFirst(UTF8.width(scalar))
    } else {
      let byte = rest.removeFirst()
      text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    decoder = UTF8()
  }
  return text
}
