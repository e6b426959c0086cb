// Which data set a text such as "DIR:test" or "shapes:train:4000" means, and loading it.

internal import FoundationEssentials

/// A data set as a user names it.
///
/// - `DIR:train`, `DIR:test`: a folder with CIFAR-10's or CIFAR-100's binary or Python batches or MNIST's
///   IDX files, told by their names. `idx:DIR:test` says that it is the last.
/// - `shapes:train`, `shapes:test`, `shapes-stylised:…`: generated images; `:N` behind it gives
///   their number, `@S` the seed they are generated from (0 without one), as in `shapes:test:500@7`.
/// - `npy:FOLDER`: arrays in a folder, which have no splits.
/// - `DIR`: image files in a folder a class, or with a list of labels; they have no splits. `folder:DIR` takes the folders
///   where both are there and whatever they are called, `labels:DIR/FILE` the list.
/// - `DIR:train`, `DIR:val`: Tiny ImageNet's folder.
/// - `DIR:gaussian_noise:3`: ImageNet-C's folder of a corruption and a severity.
package struct DataSource: Sendable, CustomStringConvertible {
  private enum Kind {
    case folder(String)
    case idx(IDXFolder)
    case shapes(ShapesRenderer.Style, count: Int?, seed: UInt64)
    case arrays(ArrayFolder)
    case images(ImageFolder)
    case tinyImageNet(TinyImageNet)
  }

  private let kind: Kind
  /// The split that the text names, if it names one.
  package let split: String?
  package let description: String

  package init(_ text: String) throws(DataSetError) {
    description = text
    if text.hasPrefix("npy:") {
      kind = .arrays(ArrayFolder(directory: String(text.dropFirst("npy:".count))))
      split = nil
      return
    }
    if text.hasPrefix("idx:") {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).dropFirst()
      split = parts.count > 1 ? parts.last.map(String.init) : nil
      let directory = split == nil ? parts[...] : parts.dropLast()
      kind = .idx(IDXFolder(directory: directory.joined(separator: ":")))
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
    let colon = text.lastIndex(of: ":")
    let isFolder = FileManager.default.fileExists(atPath: text)
    guard let colon, !isFolder else {
      split = nil
      if let tiny = TinyImageNet(directory: text) {
        kind = .tinyImageNet(tiny)
        return
      }
      let images = ImageFolder(directory: text)
      let isKnown = (try? KnownFolder.find(text)) != nil
      kind = isFolder && !isKnown && images.looksLikeImages ? .images(images) : .folder(text)
      return
    }
    let directory = String(text[..<colon])
    if let corrupted = try ImageFolder.corruption(text) {
      kind = .images(corrupted)
      split = nil
      return
    }
    let name = String(text[text.index(after: colon)...])
    split = name
    if let tiny = TinyImageNet(directory: directory) {
      kind = .tinyImageNet(tiny)
      return
    }
    kind = .folder(directory)
    let folder = ImageFolder(directory: directory)
    if !name.isEmpty, folder.isFolder(name), (try? KnownFolder.find(directory)) == nil {
      throw DataSetError(
        directory, expected: "\(KnownFolder.names), which have splits", found: "the folder \(name)",
        hint: "write \(folder.path(name)) for its images")
    }
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
    case .folder(let directory): try KnownFolder.find(directory).splits()
    case .idx(let folder): try folder.splits()
    case .shapes: ShapesRenderer.Split.allCases.map(\.rawValue)
    case .tinyImageNet(let tiny): tiny.splits
    case .arrays, .images: []
    }
  }

  /// The split to test on: `test`, or else Tiny ImageNet's `val`; nil where there is none.
  package func heldOut() throws(DataSetError) -> String? {
    let splits = try splits()
    return ["test", "val"].first(where: splits.contains)
  }

  /// The same source's other split, in its usual size; itself where it has none.
  package func with(split: String) -> DataSource {
    switch kind {
    case .folder(let directory):
      DataSource(kind: kind, split: split, description: "\(directory):\(split)")
    case .idx(let folder):
      DataSource(kind: kind, split: split, description: "idx:\(folder.directory):\(split)")
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
      let split = try chosenSplit()
      return try load(
        try tiny.list(split: split), of: tiny.folder, name: "tiny-imagenet:\(split)",
        for: preprocessing)
    default: break
    }
    var set = try loadWhole()
    if case .arrays = kind { set.hasNumberedClasses = true }
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
    case .folder(let directory):
      return try KnownFolder.find(directory).load(split: try chosenSplit())
    case .idx(let folder):
      return try folder.load(split: try chosenSplit())
    case .shapes(let style, let count, let seed):
      guard let split = ShapesRenderer.Split(rawValue: try chosenSplit()) else {
        preconditionFailure("A known split has a case.")
      }
      return Shapes(style: style, split: split, count: count, seed: seed).load()
    case .arrays(let folder):
      return try folder.load()
    case .images, .tinyImageNet:
      preconditionFailure("Image files are loaded for a preprocessing.")
    }
  }

  /// The split that the text names, one of those there are.
  private func chosenSplit() throws(DataSetError) -> String {
    let known = try splits()
    guard !known.isEmpty else {
      throw DataSetError(
        description,
        expected: "MNIST's files train-… or t10k-images-idx3-ubyte, with .gz or without",
        found: "neither in this folder")
    }
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
