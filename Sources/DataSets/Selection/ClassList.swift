// What a network's outputs are called: lists that users write, and those in a weight file's metadata. Which class of a
// data set each output stands for is told in ClassPairing.

package import Basics
internal import FoundationEssentials

/// The classes that a network's outputs stand for, by position.
package struct ClassList: Sendable, Hashable {
  package let outputs: [ClassName]
  /// Where they were read: "classes.txt", "class_to_idx of net.pth".
  package let source: String
  /// Whether nobody said so: the outputs are as many as ImageNet's classes.
  package let isAssumed: Bool

  package init(_ entries: [ClassEntry], source: String) {
    outputs = entries.map { ClassName(key: $0.key, name: $0.name) }
    self.source = source
    isAssumed = false
  }

  private init(assuming outputs: [ClassName], source: String) {
    (self.outputs, self.source, isAssumed) = (outputs, source, true)
  }

  /// The entry of a weight file's metadata that `json` is kept under.
  package static let metadataKey = "classes"

  /// What a network of so many outputs says where nothing else tells; nil for numbers that say nothing.
  package static func assumed(for count: Int) -> ClassList? {
    count == ImageNetClasses.all.count
      ? ClassList(assuming: ImageNetClasses.all, source: "ImageNet's 1,000 classes") : nil
  }

  /// A file: a key a line, or `key<TAB>name`; or JSON, a list of keys or of [key, name], or an object from positions to
  /// those or from keys to positions.
  package init(path: String) throws(DataSetError) {
    let bytes = try readList(path)
    let marked = bytes.starts(with: TextLines.byteOrderMark)
    let text = bytes.dropFirst(marked ? TextLines.byteOrderMark.count : 0)
    let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
      guard let entries = Self.entries(json: text) else {
        throw DataSetError(
          path, expected: "JSON: a list of classes, or an object with a position from 0 for each",
          found: "another value", hint: "or write a key a line")
      }
      self.init(entries, source: path)
      return
    }
    self.init(try Self.entries(of: TextLines(bytes, path: path)), source: path)
  }

  private static func entries(of file: TextLines) throws(DataSetError) -> [ClassEntry] {
    var entries: [ClassEntry] = []
    var keys: Set<ByteText> = []
    for (index, line) in file.lines.enumerated() {
      let parts = line.parts(at: "\t").map(\.withoutBlanks)
      guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
        throw DataSetError(
          file.path, expected: "a key, or a key, a tab and a name, in line \(index + 1)",
          found: line.withoutBlanks.isEmpty ? "an empty line" : "'\(line.shown(80))'")
      }
      guard keys.insert(ByteText(parts[0])).inserted else {
        throw DataSetError(
          file.path, expected: "every class once",
          found: "'\(parts[0].shown(80))' again in line \(index + 1)")
      }
      entries.append((parts[0], parts[parts.count - 1]))
    }
    guard !entries.isEmpty else {
      throw DataSetError(file.path, expected: "a class a line", found: "an empty file")
    }
    return entries
  }

  /// nil for a text that is no JSON, or no list of classes.
  package static func entries(json text: some Sequence<UInt8>) -> [ClassEntry]? {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text)) else {
      return nil
    }
    return classEntries(of: value.plain)
  }

  /// As `entries(json:)` reads it: a list of [key, name].
  package static func json(_ classes: [ClassName]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(classes.map { [$0.key, $0.name] }), as: UTF8.self)
  }
}

/// Any value of JSON.
private struct JSONValue: Decodable {
  let plain: PlainValue

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let object = try? decoder.container(keyedBy: Key.self) {
      plain = .pairs(
        try object.allKeys.map {
          (.text($0.stringValue), try object.decode(JSONValue.self, forKey: $0).plain)
        })
    } else if let list = try? [JSONValue](from: decoder) {
      plain = .list(list.map(\.plain))
    } else {
      let single = try decoder.singleValueContainer()
      if let text = try? single.decode(String.self) {
        plain = .text(text)
      } else if let number = try? single.decode(Int.self) {
        plain = .number(number)
      } else {
        plain = .other
      }
    }
  }
}
