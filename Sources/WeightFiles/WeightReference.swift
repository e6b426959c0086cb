// `--weights FILE:KEY`: a file, and which of its dictionaries is meant.

internal import Glibc

/// What a user names of weights.
package struct WeightReference: Hashable, Sendable {
  package let path: String
  /// A dictionary within the file, its keys joined with dots, or a prefix of names; nil where the
  /// file's content is to tell.
  package let key: String?

  /// A file of this whole name comes first, whatever colons it has; else the longest part before a
  /// colon that is one. Where there is none, the name is taken whole, to be told as missing.
  package init(_ text: String) {
    let colons = text.indices.filter { text[$0] == ":" }
    let cut =
      Self.exists(text)
      ? nil
      : colons.last { Self.exists(String(text[..<$0])) && text.index(after: $0) < text.endIndex }
    path = cut.map { String(text[..<$0]) } ?? text
    key = cut.map { String(text[text.index(after: $0)...]) }
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
