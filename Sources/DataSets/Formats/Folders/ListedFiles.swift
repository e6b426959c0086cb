// Which image of a folder the name in a list means: the file of that path, else the one image that has it as its name
// without extension or folder.

internal import Basics
internal import FoundationEssentials

/// The images of a folder, by their names.
final class ListedFiles {
  private let folder: ImageFolder
  let images: [String]
  /// Images by the last part of their paths, with and without extension: made when a name is no path.
  private lazy var byName = Dictionary(
    grouping: images.flatMap { key in
      Set([ByteText(Self.last(key)), ByteText(Self.last(Self.stem(key)))]).map {
        (name: $0, key: key)
      }
    }
  ) { $0.name }
  private var completed: [(name: String, key: String)] = []

  init(folder: ImageFolder, images: [String]) {
    self.folder = folder
    self.images = images
  }

  /// The first of a line's ways to name a file that is one: as a path, or else loosely.
  func first(
    among divisions: [(file: String, label: String)], in path: String, line: Int
  ) throws(DataSetError) -> (file: String, label: String)? {
    if let exact = divisions.first(where: { isFile($0.file) }) { return exact }
    for (file, label) in divisions {
      let found = meant(by: file)
      guard found.count <= 1 else {
        throw DataSetError(
          path, expected: "a name that is one image's in line \(line)",
          found: "'\(file.shown(200))', which is that of "
            + found.prefix(2).joined(separator: " and "))
      }
      if let key = found.first {
        completed.append((file, key))
        return (key, label)
      }
    }
    return nil
  }

  /// Whether a name means an image, or several.
  func isNamed(_ name: String) -> Bool { isFile(name) || !meant(by: name).isEmpty }

  /// Whether a path is that of a file.
  func isFile(_ key: String) -> Bool {
    var isDirectory = false
    return !key.isEmpty
      && FileManager.default.fileExists(atPath: folder.path(key), isDirectory: &isDirectory)
      && !isDirectory
  }

  /// Images whose path, or whose path without its extension, ends in the name.
  private func meant(by name: String) -> [String] {
    guard !name.isEmpty, let candidates = byName[ByteText(Self.last(name))] else { return [] }
    return candidates.map(\.key).filter { key in
      [key, Self.stem(key)].contains {
        $0.hasBytes(of: name) || $0.utf8.reversed().starts(with: "/\(name)".utf8.reversed())
      }
    }
  }

  /// What is said where names were no paths.
  func note(_ path: String) -> String? {
    guard let (name, key) = completed.first else { return nil }
    return
      "\(path): \(completed.count) of its files are named without extension or folder, the first is taken for \(key): \(name.shown(200))"
  }

  private static func last(_ key: String) -> String { key.parts(at: "/").last ?? key }

  private static func stem(_ key: String) -> String {
    let name = last(key)
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
      return key
    }
    return String(key.dropLast(name[dot...].count))
  }

  /// 293 of ILSVRC2012_val_00000293.JPEG at any depth; nil for other names.
  static func number(of key: String) -> Int? {
    let (name, start) = (last(stem(key)), "ILSVRC2012_val_")
    guard name.hasPrefix(start) else { return nil }
    let digits = name.dropFirst(start.count)
    return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
  }
}
