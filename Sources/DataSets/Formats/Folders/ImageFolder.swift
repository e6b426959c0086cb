// A folder of image files: a folder a class as torchvision's ImageFolder walks it, or files with their labels in a
// list. Only listing: decoding stands in FolderImages, roots that hold several such folders in ImageRoots.

internal import Basics
internal import FoundationEssentials

/// A folder that holds
/// - a folder for each class, with images at any depth; or
/// - images and a list of their labels, see `LabelsFile`; or
/// - images alone, which have no labels.
///
/// Hidden files, files that are no images (see `ImageNames`) and the folder `__MACOSX` that archives of macOS bring along
/// are passed over; all but hidden ones are counted in the listing's notes. A folder without images is a class without
/// samples. Classes are in the order of `ClassOrder`, samples within them in that of their names' bytes. Links are
/// followed.
struct ImageFolder: Sendable {
  /// What tells the classes.
  enum Choice: Sendable {
    /// Whichever is there; both are refused unless they agree.
    case whichever
    /// `folder:DIR`: the folders where there are several, whatever their names are.
    case folders
    /// `labels:FILE`: the list.
    case list(String)
  }

  let directory: String
  let choice: Choice
  /// The folder's own name, or what it was asked for as.
  let name: String

  init(directory: String, choice: Choice = .whichever, name: String? = nil) {
    self.directory = directory
    self.choice = choice
    self.name =
      name ?? directory.parts(at: "/").last { !["", ".", ".."].contains($0) } ?? directory
  }

  /// - Parameter list: A list of labels beside its images, or a folder with one.
  init(list: String) throws(DataSetError) {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: list, isDirectory: &isDirectory) else {
      throw DataSetError(
        list, expected: "a list of labels beside its images, labels:DIR/labels.csv", found: "none")
    }
    guard isDirectory else {
      let parts = list.parts(at: "/")
      let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
      self.init(directory: folder.isEmpty ? "/" : folder, choice: .list(list))
      return
    }
    let folder = ImageFolder(directory: list)
    let lists = LabelsFile.lists(among: try folder.names(in: ""), hasFolders: false)
    guard let only = lists.first, lists.count == 1 else {
      throw DataSetError(
        list, expected: "one list of labels",
        found: lists.isEmpty
          ? "none of \(listed(LabelsFile.names))" : lists.joined(separator: " and "),
        hint: "labels:DIR/FILE names another")
    }
    self.init(directory: list, choice: .list(folder.path(only)))
  }

  /// An image file and its class; nil where nothing tells it.
  struct Entry: Equatable {
    /// The path from the directory on.
    let key: String
    let label: Int?
  }

  struct Listing {
    let classes: [ClassName]
    let entries: [Entry]
    /// What was passed over, a line each.
    let notes: [String]
  }

  /// What macOS's archives hold beside their files.
  static let archiveFolder = "__MACOSX"
  /// Folders in folders, to end where links lead in a circle.
  private static let greatestDepth = 32

  /// Whether the folder has class folders, images or a list of labels.
  var looksLikeImages: Bool {
    // What is wrong with it is told when it is listed.
    guard let names = try? names(in: "") else { return true }
    return names.contains {
      ImageNames.isNamed($0) || LabelsFile.names.contains($0) || isFolder($0)
    } || names.contains { isImage($0, in: "") }
  }

  func path(_ key: String) -> String {
    directory.hasSuffix("/") ? directory + key : directory + "/" + key
  }

  func list() throws(DataSetError) -> Listing {
    if case .list(let file) = choice { return try LabelsFile(file).listing(in: self) }
    let names = try names(in: "")
    let folders = names.filter { isFolder($0) && $0 != Self.archiveFolder }
    let lists = LabelsFile.lists(among: names, hasFolders: !folders.isEmpty)
    guard let list = lists.first else { return try listFolders(folders, among: names) }
    // One folder holds the images of a list, several may be classes.
    let several =
      folders.count > 1 ? folders.lazy.filter { hasImage($0, depth: 0) }.prefix(2).count : 0
    if several == 2 {
      if case .folders = choice { return try listFolders(folders, among: names, beside: list) }
      return try agreeing(list, folders)
    }
    guard lists.count == 1 else {
      throw DataSetError(
        directory, expected: "one list of labels", found: lists.joined(separator: " and "),
        hint: "write labels:\(path(list)) or labels:\(path(lists[1]))")
    }
    return try LabelsFile(path(list)).listing(in: self)
  }

  /// What a list says where it says what the class folders do.
  private func agreeing(_ list: String, _ folders: [String]) throws(DataSetError) -> Listing {
    var listing: Listing?
    // A list that does not fit here is one more thing that the folders are beside.
    do throws(DataSetError) { listing = try LabelsFile(path(list)).listing(in: self) } catch {}
    if let listing,
      listing.entries.allSatisfy({ entry in
        let own = entry.label.map { listing.classes[$0].key }
        return own.map(entry.key.parts(at: "/")[0].hasBytes(of:)) ?? false
      })
    {
      return listing
    }
    throw DataSetError(
      directory, expected: "class folders or a list of labels",
      found: "both, \(folders.count) folders and \(list), which do not say the same",
      hint: "write folder:\(directory) or labels:\(path(list))")
  }

  /// A folder a class.
  private func listFolders(
    _ folders: [String], among names: [String], beside list: String? = nil
  ) throws(DataSetError) -> Listing {
    guard !folders.isEmpty else { return try listUnlabelled(names) }
    if case .whichever = choice { try checkRoot(folders, among: names) }
    var passed = PassedOver()
    let classes = Set(folders.map(ByteText.init))
    for name in names where !classes.contains(ByteText(name)) {
      if isImage(name, in: "") { passed.beside.append(name) } else { passed.add(name) }
    }
    let order = ClassOrder(folders, in: directory)
    var entries: [Entry] = []
    for (label, folder) in order.keys.enumerated() {
      let files = try files(in: folder, &passed)
      if files.isEmpty { passed.emptyClasses.append(folder) }
      entries += files.map { Entry(key: $0, label: label) }
    }
    guard !entries.isEmpty else {
      throw DataSetError(
        directory, expected: "JPEG, PNG, WebP, BMP or PNM images",
        found: "none in its \(folders.count == 1 ? "folder" : "\(folders.count) folders")"
          + (passed.kinds.map { ", but \($0)" } ?? ""),
        hint: passed.advice)
    }
    var notes = passed.notes(directory) + (order.note.map { [$0] } ?? [])
    if let list { notes.append("\(path(list)): not read, as folder: takes the class folders") }
    return Listing(classes: order.keys.map(ImageNetClasses.named), entries: entries, notes: notes)
  }

  /// Images, and nothing that tells their classes.
  private func listUnlabelled(_ names: [String]) throws(DataSetError) -> Listing {
    var passed = PassedOver()
    var entries: [Entry] = []
    for name in names {
      if isImage(name, in: "") {
        entries.append(Entry(key: name, label: nil))
      } else {
        passed.add(name)
      }
    }
    guard !entries.isEmpty else {
      throw DataSetError(
        directory,
        expected: "a folder for each class, or images with labels.csv or labels.txt, or without",
        found: "no image" + (passed.kinds.map { ", but \($0)" } ?? ""), hint: passed.advice)
    }
    let note =
      "\(directory): \(entries.count) images without labels, as no class folder and no \(LabelsFile.names[0]) tells "
      + "their classes"
    return Listing(classes: [], entries: entries, notes: passed.notes(directory) + [note])
  }

  /// Images of a folder at any depth, in the order of their folders' and names' bytes.
  func files(in folder: String, _ passed: inout PassedOver) throws(DataSetError) -> [String] {
    var files: [(folder: String, name: String)] = []
    try walk(folder, depth: 0, into: &files, &passed)
    files.sort {
      $0.folder.hasBytes(of: $1.folder)
        ? bytesPrecede($0.name, $1.name) : bytesPrecede($0.folder, $1.folder)
    }
    return files.map { "\($0.folder)/\($0.name)" }
  }

  /// Every image of the folder, at any depth, that a list may name.
  func images() throws(DataSetError) -> (keys: [String], passed: PassedOver) {
    var (keys, passed) = ([String](), PassedOver())
    for name in try names(in: "") where !LabelsFile.names.contains(name) {
      if isFolder(name), name != Self.archiveFolder {
        keys += try files(in: name, &passed)
      } else if isImage(name, in: "") {
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
      } else if isImage(name, in: folder) {
        files.append((folder, name))
      } else {
        passed.add(name)
      }
    }
  }

  /// What is not hidden in a folder, in the order of bytes.
  ///
  /// - Throws: For a folder or an image whose name is no UTF-8; other files of such names are passed over.
  func names(in folder: String) throws(DataSetError) -> [String] {
    let (names, others) = try folderNames(path(folder))
    if let other = others.first(where: {
      ($0.isFolder || ImageNames.isNamed(shownBytes($0.bytes)))
        && $0.bytes.first != UInt8(ascii: ".")
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

  private func isImage(_ name: String, in folder: String) -> Bool {
    // Most names say it, without a path being made.
    ImageNames.isNamed(name)
      || name != Self.archiveFolder
        && ImageNames.isImage(name, at: path(folder.isEmpty ? name : "\(folder)/\(name)"))
  }

  /// Whether there is an image at any depth; a folder that cannot be listed is told when it is walked.
  private func hasImage(_ folder: String, depth: Int) -> Bool {
    guard depth < Self.greatestDepth, let names = try? names(in: folder) else { return true }
    return names.contains { isImage($0, in: folder) && !isFolder("\(folder)/\($0)") }
      || names.contains {
        isFolder("\(folder)/\($0)") && hasImage("\(folder)/\($0)", depth: depth + 1)
      }
  }

  func isFolder(_ key: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path(key), isDirectory: &isDirectory)
      && isDirectory
  }
}
