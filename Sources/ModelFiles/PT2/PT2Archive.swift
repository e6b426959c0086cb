// The archive that torch.export.save writes: a zip with models/NAME.json, and weights and constants as raw bytes with their
// descriptions. Archives of before PyTorch 2.9 keep weights as pickles: they are refused. torch/export/pt2_archive.

internal import Basics
internal import WeightFiles

/// Entries of an exported program's archive.
struct PT2Archive {
  let source: ByteSource
  private let zip: ZipDirectory
  /// Of the entries: the folder that holds them all, with its slash.
  private let root: String
  /// The program's name.
  private let model: String

  static let expected = "a program that torch.export.save of PyTorch 2.9 or later wrote"
  static let mend =
    "export it anew: torch.export.save(torch.export.export(net.eval(), (x,), dynamic_shapes=({0: torch.export.Dim(\"batch\")},)), FILE)"

  /// The description of the largest networks is some megabytes.
  private static let longestDescription = 1 << 26

  /// Whether the file is such an archive, of whatever version; a weight file is a zip too.
  static func isOne(_ source: ByteSource) -> Bool {
    guard source.count >= 4, let start = try? source.bytes(0..<4), start == ZipDirectory.firstBytes,
      let names = try? ZipDirectory(source).names
    else { return false }
    return names.contains { models($0) != nil || isOld($0) }
  }

  init(_ source: ByteSource) throws {
    self.source = source
    zip = try ZipDirectory(source)
    let found = zip.names.compactMap(Self.models)
    guard !zip.names.contains(where: Self.isOld), let first = found.first else {
      throw source.refuse(Self.expected, "an older archive", mend: Self.mend)
    }
    guard found.count == 1 else {
      throw source.refuse("one program in the archive", "\(found.count)", mend: Self.mend)
    }
    (root, model) = first
    if let order = try zip.range(root + "byteorder") {
      guard order.count == 6, try source.bytes(order) == Array("little".utf8) else {
        throw source.refuse("little-endian numbers", "another byte order")
      }
    }
  }

  /// Of an entry `ROOT/models/NAME.json`.
  private static func models(_ entry: String) -> (root: String, model: String)? {
    let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, parts[parts.count - 2] == "models",
      let name = parts.last, name.hasSuffix(".json")
    else { return nil }
    return (parts.count == 3 ? parts[0] + "/" : "", String(name.dropLast(5)))
  }

  /// Up to PyTorch 2.6 the program lay beside a pickle of its weights.
  private static func isOld(_ entry: String) -> Bool {
    entry == "serialized_exported_program.json"
      || entry.hasSuffix("/serialized_exported_program.json")
  }

  /// The description of the program.
  func program() throws -> JSONValue { try json("models/\(model).json")! }

  /// What is said of weights, or of constants; by the names that modules have for them.
  func payload(_ folder: String) throws -> [String: JSONValue] {
    guard try zip.range("\(root)data/\(folder)/\(model).pt") == nil else {
      throw source.refuse(
        Self.expected, "an archive of PyTorch 2.8 or before, with pickled weights", mend: Self.mend)
    }
    guard let config = try json("data/\(folder)/\(model)_\(folder)_config.json") else { return [:] }
    guard let entries = config["config"]?.object else {
      throw source.refuse("a description of the \(folder)", "other JSON", mend: Self.mend)
    }
    return entries
  }

  /// Where the bytes of a weight or constant are.
  func range(_ folder: String, _ name: String) throws -> Range<Int> {
    guard let range = try zip.range("\(root)data/\(folder)/\(name)") else {
      throw source.refuse("the entry data/\(folder)/\(name.shown())", "none")
    }
    return range
  }

  /// Texts that were saved beside the program (`extra_files`), by their names.
  func extras() throws -> [String: String] {
    let folder = root + "extra/"
    var texts: [String: String] = [:]
    for name in zip.names where name.hasPrefix(folder) && texts.count < 100 {
      guard let range = try zip.range(name), range.count <= 1 << 20,
        let text = String(validating: try source.bytes(range), as: UTF8.self)
      else { continue }
      texts[String(name.dropFirst(folder.count))] = text
    }
    return texts
  }

  private func json(_ name: String) throws -> JSONValue? {
    guard let range = try zip.range(root + name) else { return nil }
    guard range.count <= Self.longestDescription else {
      throw source.refuse(
        "\(name.shown()) of at most \(Self.longestDescription) bytes", "\(range.count)")
    }
    return try JSONValue(
      parsing: try source.bytes(range), of: "\(source.path): \(name.shown())")
  }
}
