// Which data set a text such as "DIR:test" or "shapes:train:4000" means, and loading it.

internal import FoundationEssentials

/// A data set as a user names it.
///
/// - `DIR:train`, `DIR:test`: a folder with a published data set's own files, told by their names
///   (`PublishedFormat.all`), or a root with such folders as torchvision makes it. `FORM:DIR:test` says which one it is,
///   as in `idx:DIR:test`; some have longer splits, as `DIR:gaussian_noise:3`.
/// - `shapes:train`, `shapes:test`, `shapes-stylised:…`: generated images; `:N` behind it gives
///   their number, `@S` the seed they are generated from (0 without one), as in `shapes:test:500@7`.
/// - `npy:FOLDER`: arrays in a folder, which have no splits. `FILE.npz`, `FILE.npz:test`: arrays in a file. Behind both
///   may stand how they are read, as `:layout=nchw,range=1` (`ArrayOptions`).
/// - `DIR`: image files in a folder a class, or with a list of labels; they have no splits. `folder:DIR` takes the folders
///   where both are there and whatever they are called, `labels:DIR/FILE` the list.
/// - `DIR:train`, `DIR:val`: Tiny ImageNet's folder.
/// - `DIR:gaussian_noise:3`: ImageNet-C's folder of a corruption and a severity.
package struct DataSource: Sendable, CustomStringConvertible {
  private enum Kind {
    /// A published form, or whichever it is.
    case folder(String, prefix: String?)
    case shapes(ShapesRenderer.Style, count: Int?, seed: UInt64)
    case arrays(ArrayFolder)
    case archive(ArrayArchive)
    case images(ImageFolder)
    case tinyImageNet(TinyImageNet)
  }

  private let kind: Kind
  /// The split that the text names, if it names one.
  package let split: String?
  package let description: String

  package init(_ text: String) throws(DataSetError) {
    description = text
    if let arrays = try Self.arrays(text) {
      (kind, split) = arrays
      return
    }
    if let (prefix, rest) = Self.published(text) {
      let (directory, split) = Self.parts(rest)
      kind = .folder(directory, prefix: prefix)
      self.split = split
      return
    }
    if text.hasPrefix("folder:") {
      let directory = String(text.dropFirst("folder:".count))
      kind = .images(ImageFolder(directory: directory, choice: .folders))
      split = nil
      return
    }
    if text.hasPrefix("labels:") {
      kind = .images(try ImageFolder(list: String(text.dropFirst("labels:".count))))
      split = nil
      return
    }
    if let style = ShapesRenderer.Style.allCases.first(where: {
      text == $0.rawValue || text.hasPrefix($0.rawValue + ":") || text.hasPrefix($0.rawValue + "@")
    }) {
      let options = try Self.shapesOptions(text, name: style.rawValue)
      kind = .shapes(style, count: options.count, seed: options.seed)
      split = options.split
      return
    }
    if let corrupted = try ImageFolder.corruption(text) {
      kind = .images(corrupted)
      split = nil
      return
    }
    let (directory, split) = Self.parts(text)
    self.split = split
    if let tiny = TinyImageNet(directory: directory) {
      kind = .tinyImageNet(tiny)
      return
    }
    let images = ImageFolder(directory: directory)
    let isKnown = KnownFolder.holds(directory)
    let isImages =
      split == nil && FileManager.default.fileExists(atPath: text) && !isKnown
      && images.looksLikeImages
    kind = isImages ? .images(images) : .folder(directory, prefix: nil)
    if let split, !split.isEmpty, !isKnown, images.isFolder(split) {
      throw DataSetError(
        directory, expected: "a published data set's own files, which have splits",
        found: "the folder \(split)", hint: "write \(images.path(split)) for its images")
    }
  }

  /// `npy:FOLDER`, `npy:FILE.npz:test` or `FILE.npz:test`, with options or without.
  private static func arrays(_ text: String) throws(DataSetError) -> (Kind, split: String?)? {
    var rest = text
    let isNamed = text.hasPrefix("npy:")
    if isNamed { rest = String(text.dropFirst("npy:".count)) }
    guard isNamed || text.lowercased().contains(".npz") else { return nil }
    let options = try ArrayOptions(takenFrom: &rest)
    let (path, split) = parts(rest)
    if ArrayArchive.isOne(path), isNamed || !FileManager.default.isFolder(path) {
      return (.archive(ArrayArchive(path: path, options: options)), split)
    }
    return isNamed ? (.arrays(ArrayFolder(directory: rest, options: options)), nil) : nil
  }

  private init(kind: Kind, split: String?, description: String) {
    self.kind = kind
    self.split = split
    self.description = description
  }

  package static func load(
    _ text: String, for preprocessing: Preprocessing? = nil
  ) throws(DataSetError) -> ImageDataSet {
    try DataSource(text).load(for: preprocessing)
  }

  /// Whether its images may be of different sizes, so that `load` needs a preprocessing.
  package var hasImageFiles: Bool {
    switch kind {
    case .images, .tinyImageNet: true
    default: false
    }
  }

  /// The splits there are.
  package func splits() throws(DataSetError) -> [String] {
    switch kind {
    case .folder(let directory, let prefix):
      try KnownFolder.find(directory, prefix: prefix, split: split).splits()
    case .archive(let archive): try archive.splits()
    case .shapes: ShapesRenderer.Split.allCases.map(\.rawValue)
    case .tinyImageNet(let tiny): tiny.splits
    case .arrays, .images: []
    }
  }

  /// The split to test on what is trained on this one: `test`, or `letters:test` of `letters:train`, or Tiny ImageNet's
  /// `val`.
  package func testSplit() throws(DataSetError) -> String? {
    let known = try splits()
    if known.contains("test") { return split == "test" ? nil : "test" }
    if known.contains("val") { return split == "val" ? nil : "val" }
    guard let split, split.hasSuffix(":train") else { return nil }
    let other = split.dropLast("train".utf8.count) + "test"
    return known.contains(String(other)) ? String(other) : nil
  }

  /// The same source's other split, in its usual size; itself where it has none.
  package func with(split: String) -> DataSource {
    switch kind {
    case .folder(let directory, let prefix):
      DataSource(
        kind: kind, split: split,
        description: (prefix.map { "\($0):" } ?? "") + "\(directory):\(split)")
    case .archive(let archive):
      // An archive of one pair of arrays is what it is.
      ((try? archive.splits()) ?? []).isEmpty
        ? self
        : DataSource(
          kind: kind, split: split,
          description: "npy:\(archive.path):\(split)\(archive.options.description)")
    case .shapes(let style, _, let seed):
      DataSource(
        kind: .shapes(style, count: nil, seed: seed), split: split,
        description: "\(style.rawValue):\(split)" + (seed == 0 ? "" : "@\(seed)"))
    case .tinyImageNet(let tiny):
      DataSource(kind: kind, split: split, description: "\(tiny.folder.directory):\(split)")
    case .arrays, .images: self
    }
  }

  /// - Parameter preprocessing: Resizes and crops the images of a folder, which it makes of one size; the others'
  ///   where it resizes.
  package func load(
    for preprocessing: Preprocessing? = nil
  ) throws(DataSetError) -> ImageDataSet {
    switch kind {
    case .images(let folder):
      return try load(
        try folder.list(), of: folder, name: "folder:\(folder.name)", for: preprocessing)
    case .tinyImageNet(let tiny):
      let split = try chosenSplit(among: tiny.splits)
      return try load(
        try tiny.list(split: split), of: tiny.folder, name: "tiny-imagenet:\(split)",
        for: preprocessing)
    default: break
    }
    var set = try loadWhole()
    switch kind {
    case .arrays, .archive: set.hasNumberedClasses = true
    default: break
    }
    return try preprocessing.map { (steps) throws(DataSetError) in try set.prepared(by: steps) }
      ?? set
  }

  private func load(
    _ listing: ImageFolder.Listing, of folder: ImageFolder, name: String,
    for preprocessing: Preprocessing?
  ) throws(DataSetError) -> ImageDataSet {
    let (digests, images) = try FolderImages.opened(
      folder, keys: listing.entries.map(\.key),
      geometry: preprocessing?.geometry ?? ImageGeometry(),
      steps: preprocessing.map { "\($0)" } ?? "nothing")
    var set = ImageDataSet(
      name: name, classes: listing.classes, labels: listing.entries.map(\.label),
      digests: digests, images: images, notes: listing.notes)
    set.hasNumberedClasses = true
    return set
  }

  private func loadWhole() throws(DataSetError) -> ImageDataSet {
    switch kind {
    case .folder(let directory, let prefix):
      let folder = try KnownFolder.find(directory, prefix: prefix, split: split)
      let name = (prefix.map { "\($0):" } ?? "") + directory
      return try folder.load(split: try folder.chosen(split, name: name))
    case .archive(let archive):
      return try archive.load(split: split)
    case .shapes(let style, let count, let seed):
      let known = ShapesRenderer.Split.allCases.map(\.rawValue)
      guard let split = ShapesRenderer.Split(rawValue: try chosenSplit(among: known)) else {
        preconditionFailure("A known split has a case.")
      }
      return Shapes(style: style, split: split, count: count, seed: seed).load()
    case .arrays(let folder):
      return try folder.load()
    case .images, .tinyImageNet:
      preconditionFailure("Image files are loaded for a preprocessing.")
    }
  }

  /// The split that the text names, one of these.
  private func chosenSplit(among known: [String]) throws(DataSetError) -> String {
    guard let split else {
      throw DataSetError(
        description, expected: "a split", found: "none",
        hint: "write " + known.map { "\(description):\($0)" }.joined(separator: " or "))
    }
    guard known.contains(split) else {
      throw DataSetError(
        description, expected: "one of its splits \(known.joined(separator: ", "))",
        found: "'\(split)'")
    }
    return split
  }

  /// The parts of `name[:split[:count]][@seed]`.
  private static func shapesOptions(
    _ text: String, name: String
  ) throws(DataSetError) -> (split: String?, count: Int?, seed: UInt64) {
    let halves = text.split(separator: "@", omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
    guard halves.count <= 2, parts.count <= 3 else {
      throw DataSetError(text, expected: "\(name):SPLIT[:COUNT][@SEED]", found: "more parts")
    }
    var seed: UInt64 = 0
    if halves.count == 2 {
      guard let number = UInt64(halves[1]) else {
        throw DataSetError(text, expected: "a seed, 0 or more", found: "'\(halves[1])'")
      }
      seed = number
    }
    var count: Int?
    if parts.count == 3 {
      guard let number = Int(parts[2]), (1...Shapes.largestCount).contains(number) else {
        throw DataSetError(
          text, expected: "a number of images from 1 to \(Shapes.largestCount)",
          found: "'\(parts[2])'")
      }
      count = number
    }
    return (parts.count > 1 ? String(parts[1]) : nil, count, seed)
  }
}

extension FileManager {
  fileprivate func isFolder(_ path: String) -> Bool {
    var isDirectory = false
    return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
  }
}
