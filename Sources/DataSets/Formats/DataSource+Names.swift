// Where a data set's name ends and its split begins, and whether a published form is named before both.

internal import FoundationEssentials

extension DataSource {
  /// The folder and what stands behind it: the longest path that is there, or what is before the last colon.
  static func parts(_ text: String) -> (directory: String, split: String?) {
    let files = FileManager.default
    var end = text.endIndex
    while !files.fileExists(atPath: String(text[..<end])) {
      guard let colon = text[..<end].lastIndex(of: ":") else {
        guard let last = text.lastIndex(of: ":") else { return (text, nil) }
        return (String(text[..<last]), String(text[text.index(after: last)...]))
      }
      end = colon
    }
    return (
      String(text[..<end]), end == text.endIndex ? nil : String(text[text.index(after: end)...])
    )
  }

  /// A form and the text behind its name. A folder that is called like a form is meant where nothing else can be.
  static func published(_ text: String) -> (prefix: String, rest: String)? {
    guard let colon = text.firstIndex(of: ":"),
      PublishedFormat.all.contains(where: { $0.prefix == text[..<colon] })
    else { return nil }
    let (prefix, rest) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    if prefix != "idx", FileManager.default.fileExists(atPath: prefix) {
      let (directory, split) = parts(rest)
      guard split != nil, FileManager.default.fileExists(atPath: directory) else { return nil }
    }
    return (prefix, rest)
  }
}
