// What stands behind an array data set's path: its split, and how its arrays are to be read where they do not say so.

internal import Basics
internal import FoundationEssentials

/// `PATH[:SPLIT][:OPTION=VALUE,…]`.
struct ArrayOptions: Equatable, Sendable {
  /// The axes in the order of the shape: n, h, w and, if there is one, c. Such as "nchw".
  var layout: String?
  /// The number that means white.
  var range: Double?
  /// Other names of the arrays; "none" of labels says that there are none.
  var images: String?
  var labels: String?

  var isUnlabelled: Bool { labels == "none" }

  init() {}

  static let names = ["layout", "range", "images", "labels"]

  /// Takes the options off the end of `text`, if it ends in any.
  ///
  /// - Throws: `DataSetError` for an option or a value that there is not.
  init(takenFrom text: inout String) throws(DataSetError) {
    let whole = text
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return }
    let parts = String(text[text.index(after: colon)...]).parts(at: ",")
    let pairs = parts.map { $0.parts(at: "=") }
    // A folder may have such a name.
    guard pairs[0].count == 2, !FileManager.default.fileExists(atPath: text) else { return }
    for pair in pairs {
      guard pair.count == 2, !pair[1].isEmpty else {
        throw DataSetError(
          whole, expected: "OPTION=VALUE", found: "'\(pair.joined(separator: "=").shown())'")
      }
      switch pair[0] {
      case "layout":
        guard pair[1].utf8.count <= 4, ["chnw", "hnw"].contains(String(pair[1].sorted())) else {
          throw DataSetError(
            whole,
            expected: "a layout of the letters n, h, w and c, each once, such as nchw or nhw",
            found: "'\(pair[1].shown())'")
        }
        layout = pair[1]
      case "range":
        guard let number = Double(pair[1]), number.isFinite, number > 0 else {
          throw DataSetError(
            whole, expected: "the number that means white, such as range=1 or range=255",
            found: "'\(pair[1].shown())'")
        }
        range = number
      case "images": images = pair[1]
      case "labels": labels = pair[1]
      default:
        throw DataSetError(
          whole, expected: "one of the options " + Self.names.joined(separator: ", "),
          found: "'\(pair[0].shown())'")
      }
    }
    text = String(text[..<colon])
  }

  /// As they are written, with the colon before them.
  var description: String {
    let parts =
      [layout.map { "layout=\($0)" }, range.map { "range=\(trimmed("\($0)"))" }]
      + [images.map { "images=\($0)" }, labels.map { "labels=\($0)" }]
    let given = parts.compactMap(\.self)
    return given.isEmpty ? "" : ":" + given.joined(separator: ",")
  }
}
