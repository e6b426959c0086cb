// The one reader of lists of text lines: labels.csv, labels.txt, classes.txt, keys.txt and CIFAR's class names. What a
// line means is its reader's; leaves out encodings other than UTF-8.

internal import Basics

/// The lines of a text in UTF-8, without what ends them: a line feed, a carriage return or both. A byte order mark at
/// its beginning, as spreadsheets write it, is no part of the first line, and the end of the last line begins no other.
struct TextLines {
  let path: String
  private(set) var lines: [String] = []

  /// - Throws: `DataSetError` for a file that cannot be read or is no UTF-8, naming the line.
  init(_ path: String) throws(DataSetError) {
    try self.init(try readList(path), path: path)
  }

  init(_ bytes: [UInt8], path: String) throws(DataSetError) {
    self.path = path
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw DataSetError(
        path, expected: "UTF-8 text", found: "UTF-16", hint: "save it as UTF-8")
    }
    let isMarked = bytes.starts(with: Self.byteOrderMark)
    var rest = bytes[(isMarked ? Self.byteOrderMark.count : 0)...]
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      let line = rest[..<(end ?? rest.endIndex)]
      guard let text = String(validating: line, as: UTF8.self) else {
        throw DataSetError(
          path, expected: "UTF-8 text",
          found: "other bytes in line \(lines.count + 1), '\(shownBytes(line).shown(80))'",
          hint: "save it as UTF-8")
      }
      lines.append(text)
      guard let end else { break }
      let isPair =
        rest[end] == UInt8(ascii: "\r") && rest[(end + 1)...].first == UInt8(ascii: "\n")
      rest = rest[(end + (isPair ? 2 : 1))...]
    }
  }

  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Whether a text is a line's whole content when it is read again: it ends no line, and at the beginning of a file
  /// no part of it is a mark.
  static func canHold(_ text: String) -> Bool {
    !text.utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      && !text.utf8.starts(with: byteOrderMark)
  }
}

extension String {
  /// Without blanks at both ends.
  var withoutBlanks: String {
    var scalars = unicodeScalars[...]
    while scalars.first?.properties.isWhitespace ?? false { scalars.removeFirst() }
    while scalars.last?.properties.isWhitespace ?? false { scalars.removeLast() }
    return String(scalars)
  }

  /// Its parts between every `separator`, whatever marks stand behind it.
  func parts(at separator: Unicode.Scalar) -> [String] {
    unicodeScalars.split(separator: separator, omittingEmptySubsequences: false)
      .map { String($0) }
  }
}
