// The JSON header of a safetensors file: parsing and writing. Only what the format allows is read.

internal import Basics
internal import Pickle

/// {"__metadata__": {text: text}, tensor: {"dtype": type, "shape": […], "data_offsets": [begin,
/// end]}, …}
struct SafetensorsHeader {
  struct Entry {
    let name: String
    var type = ElementType.float32
    let shape: [Int]
    /// Bytes of the data part; end − begin = the type's size · elements.
    let begin: Int
    let end: Int
  }

  /// The format's own limit, in bytes.
  static let longest = 100_000_000

  var entries: [Entry]
  let metadata: [String: String]

  init(entries: [Entry], metadata: [String: String]) {
    self.entries = entries
    self.metadata = metadata
  }

  init(parsing bytes: ArraySlice<UInt8>, path: String) throws {
    var json = StrictJSON(bytes, path: path)
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    try json.object { name, json in
      if name == "__metadata__" {
        try json.object { key, json in
          guard metadata.updateValue(try json.string(), forKey: key) == nil else {
            throw json.failure("entries whose names differ in their letters", "two \(key.shown())")
          }
        }
      } else {
        entries.append(try Self.entry(name, &json, path: path))
      }
    }
    try json.end()
    self.init(entries: entries, metadata: metadata)
  }

  /// Whether a file that begins with `start` is to be read as safetensors: the stated length fits
  /// it, or what follows the length is JSON's.
  static func mayBegin(_ start: [UInt8], fileSize: Int) -> Bool {
    let stated = LittleEndian(start).number(8, at: 0)
    let fits = stated.map { $0 <= min(fileSize - 8, longest) } ?? false
    return fits || start.dropFirst(8).first == UInt8(ascii: "{")
  }

  private static func entry(
    _ name: String, _ json: inout StrictJSON, path: String
  ) throws -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try json.object { key, json in
      switch key {
      case "dtype": type = try json.string()
      case "shape": shape = try json.integers()
      case "data_offsets": offsets = try json.integers()
      default: throw json.failure("dtype, shape or data_offsets", "\"\(key.shown())\"")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw WeightFileError(
        "\(path): tensor \(name.shown()): expected dtype, shape and two data_offsets.")
    }
    guard let element = ElementType(named: type) else {
      throw WeightFileError(
        "\(path): tensor \(name.shown()): expected a dtype of "
          + "\(ElementType.allCases.map(\.name).joined(separator: ", ")), found \(type.shown(20)).")
    }
    var bytes = element.size
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw WeightFileError(
          "\(path): tensor \(name.shown()): expected a smaller shape, found \(shown(shape)).")
      }
      bytes = product
    }
    guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == bytes else {
      throw WeightFileError(
        "\(path): tensor \(name.shown()): expected \(bytes) bytes for shape \(shown(shape)), found offsets "
          + "\(offsets).")
    }
    return Entry(name: name, type: element, shape: shape, begin: offsets[0], end: offsets[1])
  }

  /// Padded with spaces to a multiple of eight bytes, so that the data is aligned in the file.
  func encoded() -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      members.append(
        "\"__metadata__\":{"
          + pairs.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }.joined(separator: ",")
          + "}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(Self.quoted(entry.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(entry.begin),\(entry.end)]}")
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    return text
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// A shape as messages show it.
private func shown(_ shape: [Int]) -> String {
  shape.count <= 8 ? "\(shape)" : "\(shape.prefix(8)) and \(shape.count - 8) more"
}
