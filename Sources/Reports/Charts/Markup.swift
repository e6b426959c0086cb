// Text that is HTML or SVG. Interpolated strings are escaped, whatever they hold; only literals and
// other markup pass as they are. Leaves out: elements as types, pretty printing.

/// A piece of well-formed markup, written as a string literal with interpolations.
package struct Markup: ExpressibleByStringInterpolation, Sendable, Equatable {
  package private(set) var text: String

  package init(stringLiteral value: String) { text = value }
  package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Puts `right` after `left`, nothing between them.
  package static func += (left: inout Markup, right: Markup) { left.text += right.text }

  /// `text` for an element's content or a quoted attribute. Characters XML forbids, and those that turn
  /// the reading direction of what follows, become U+FFFD.
  package static func escape(_ text: String) -> String {
    if let escaped = escapedASCII(text) { return escaped }
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}",
        "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// The same byte by byte, which is most of a page; nil where there are others than ASCII's.
  private static func escapedASCII(_ text: String) -> String? {
    var text = text
    return text.withUTF8 { bytes -> (isPlain: Bool, escaped: [UInt8])? in
      var (isPlain, isASCII) = (true, true)
      for place in bytes.indices {
        let byte = unsafe bytes[place]
        isASCII = isASCII && byte < 0x80
        isPlain = isPlain && !isSpecial[Int(byte)]
      }
      guard isASCII else { return nil }
      return isPlain ? (true, []) : (false, unsafe escaped(bytes))
    }.map { $0.isPlain ? text : String(decoding: $0.escaped, as: UTF8.self) }
  }

  private static func escaped(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(bytes.count + bytes.count / 8)
    for place in bytes.indices {
      let byte = unsafe bytes[place]
      guard isSpecial[Int(byte)] else {
        escaped.append(byte)
        continue
      }
      switch byte {
      case UInt8(ascii: "&"): escaped += "&amp;".utf8
      case UInt8(ascii: "<"): escaped += "&lt;".utf8
      case UInt8(ascii: ">"): escaped += "&gt;".utf8
      case UInt8(ascii: "\""): escaped += "&quot;".utf8
      case UInt8(ascii: "'"): escaped += "&#39;".utf8
      case UInt8(ascii: "\t"), UInt8(ascii: "\n"): escaped.append(byte)
      default: escaped += "\u{FFFD}".utf8
      }
    }
    return escaped
  }

  /// By byte of ASCII's: whether it does not always stand for itself.
  private static let isSpecial: [Bool] = (0..<256).map { byte in
    byte < 0x20 || byte == 0x7F || "&<>\"'".utf8.contains(UInt8(byte))
  }

  /// Escapes strings, and lets literals and markup pass.
  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 12 * interpolationCount)
    }

    /// Written in the source, and so taken as it is.
    package mutating func appendLiteral(_ literal: String) { text += literal }
    /// Well-formed already.
    package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
    /// Escaped.
    package mutating func appendInterpolation(_ text: String) { self.text += Markup.escape(text) }
    /// In full.
    package mutating func appendInterpolation(_ number: Int) { text += String(number) }

    /// A length or position in pixels, to a hundredth.
    package mutating func appendInterpolation(_ pixels: Double) {
      text += NumberText.trimmed(pixels, decimals: 2)
    }
  }
}

extension Sequence where Element == Markup {
  /// All pieces in order, a line break between them.
  package func joined() -> Markup {
    var all: Markup = ""
    for (index, piece) in enumerated() {
      if index > 0 { all += "\n" }
      all += piece
    }
    return all
  }
}
