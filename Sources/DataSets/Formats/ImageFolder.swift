// A folder of image files: a folder a class as torchvision's ImageFolder walks it, or files with their labels in a
// list. Only listing: decoding stands in FolderImages.

internal import Basics
internal import FoundationEssentials

/// A folder that holds
/// - a folder for each class, with JPEG and PNG files at any depth; or
/// - image files and `labels.csv` or `labels.txt`, see `LabelsFile`.
///
/// Hidden files, files with other extensions and the folder `__MACOSX` that archives of macOS bring along are passed
/// over; all but hidden ones are counted in the listing's notes. A folder without images is a class without samples.
/// Classes, and samples within them, are in the order of their names' bytes. Links are followed.
struct ImageFolder: Sendable {
  let directory: String

  /// An image file and its class.
  struct Entry: Equatable {
    /// The path from the directory on.
    let key: String
    let label: Int
  }

  struct Listing {
    let classes: [ClassName]
    let entries: [Entry]
    /// What was passed over, a line each.
    let notes: [String]
  }

  static let extensions = ["jpg", "jpeg", "png"]
  /// What macOS's archives hold beside their files.
  static let archiveFolder = "__MACOSX"
  /// Folders in folders, to end where links lead in a circle.
  private static let greatestDepth = 32

  /// Whether the folder has class folders, images or a list of labels.
  var looksLikeImages: Bool {
    // What is wrong with it is told when it is listed.
    guard let names = try? names(in: "") else { return true }
    return names.contains {
      Self.isImage($0) || LabelsFile.names.contains($0) || isFolder($0)
    }
  }

  /// The folder's own name.
  var name: String {
    directory.parts(at: "/").last { !["", ".", ".."].contains($0) } ?? directory
  }

  func path(_ key: String) -> String {
    directory.hasSuffix("/") ? directory + key : directory + "/" + key
  }

  func list() throws(DataSetError) -> Listing {
    let names = try names(in: "")
    if let file = LabelsFile.names.first(where: names.contains) {
      return try LabelsFile(path(file)).listing(in: self)
    }
    var passed = PassedOver()
    let folders = names.filter { isFolder($0) && $0 != Self.archiveFolder }
    guard !folders.isEmpty else {
      throw DataSetError(
        directory, expected: "a folder for each class, or images and labels.csv or labels.txt",
        found: names.contains(where: Self.isImage) ? "images without labels" : "neither")
    }
    for name in names where !isFolder(name) || name == Self.archiveFolder {
      if Self.isImage(name) { passed.beside.append(name) } else { passed.add(name) }
    }
    var entries: [Entry] = []
    for (label, folder) in folders.enumerated() {
      var files: [(folder: String, name: String)] = []
      try walk(folder, depth: 0, into: &files, &passed)
      files.sort {
        $0.folder.hasBytes(of: $1.folder)
          ? bytesPrecede($0.name, $1.name) : bytesPrecede($0.folder, $1.folder)
      }
      if files.isEmpty { passed.emptyClasses.append(folder) }
      entries += files.map { Entry(key: "\($0.folder)/\($0.name)", label: label) }
    }
    guard !entries.isEmpty else {
      throw DataSetError(
        directory,
        expected: "files ending in " + Self.extensions.map { "." + $0 }.joined(separator: ", "),
        found: "none in its \(folders.count) folders")
    }
    return Listing(
      classes: folders.map(ImageNetClasses.named), entries: entries, notes: passed.notes(directory))
  }

  /// Every image of the folder, at any depth, that a list may name.
  func images() throws(DataSetError) -> (keys: [String], passed: PassedOver) {
    var (keys, passed) = ([String](), PassedOver())
    for name in try names(in: "") where !LabelsFile.names.contains(name) {
      if isFolder(name), name != Self.archiveFolder {
        var files: [(folder: String, name: String)] = []
        try walk(name, depth: 0, into: &files, &passed)
        keys += files.map { "\($0.folder)/\($0.name)" }
      } else if Self.isImage(name), name != Self.archiveFolder {
        keys.append(name)
      } else {
        passed.add(name)
      }
    }
    return (keys, passed)
  }

  private func walk(
    _ folder: String, depth: Int, into files: inout [(folder: String, name: String)],
    _ passed: inout PassedOver
  ) throws(DataSetError) {
    guard depth < Self.greatestDepth else {
      throw DataSetError(
        path(folder), expected: "at most \(Self.greatestDepth) folders in one another",
        found: "more", hint: "a link may lead in a circle")
    }
    for name in try names(in: folder) {
      if isFolder("\(folder)/\(name)"), name != Self.archiveFolder {
        try walk("\(folder)/\(name)", depth: depth + 1, into: &files, &passed)
      } else if Self.isImage(name), name != Self.archiveFolder {
        files.append((folder, name))
      } else {
        passed.add(name)
      }
    }
  }

  /// What is not hidden in a folder, in the order of bytes.
  ///
  /// - Throws: For a folder or an image whose name is no UTF-8; other files of such names are passed over.
  private func names(in folder: String) throws(DataSetError) -> [String] {
    let (names, others) = try folderNames(path(folder))
    if let other = others.first(where: {
      ($0.isFolder || Self.isImage(shownBytes($0.bytes))) && $0.bytes.first != UInt8(ascii: ".")
    }) {
      throw DataSetError(
        path(folder), expected: "names in UTF-8",
        found: "'\(shownBytes(other.bytes).shown(200))'", hint: "rename it")
    }
    // As they are shown they name no file, and are counted with what is no image.
    return (names + others.map { shownBytes($0.bytes) }).filter {
      $0.utf8.first != UInt8(ascii: ".")
    }
  }

  static func isImage(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return extensions.contains(name[dot...].dropFirst().lowercased())
  }

  private func isFolder(_ key: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path(key), isDirectory: &isDirectory)
      && isDirectory
  }
}
