// Which data set a text such as "DIR:test" or "shapes:train:4000" means, and loading it.

internal import FoundationEssentials

/// A data set as a user names it.
///
/// - `DIR:train`, `DIR:test`: a folder with CIFAR-10's or CIFAR-100's binary or Python batches or MNIST's
///   IDX files, told by their names. `idx:DIR:test` says that it is the last.
/// - `shapes:train`, `shapes:test`, `shapes-stylised:…`: generated images; `:N` behind it gives
///   their number, `@S` the seed they are generated from (0 without one), as in `shapes:test:500@7`.
/// - `npy:FOLDER`: arrays in a folder, which have no splits.
/// - `DIR` or `folder:DIR`: image files in a folder a class, or with a list of labels; they have no splits.
package struct DataSource: Sendable, CustomStringConvertible {
  private enum Kind {
    case folder(String)
    case idx(IDXFolder)
    case shapes(ShapesRenderer.Style, count: Int?, seed: UInt64)
    case arrays(ArrayFolder)
    case images(ImageFolder)
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
      kind = .images(ImageFolder(directory: String(text.dropFirst("folder:".count))))
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
      let images = ImageFolder(directory: text)
      let isKnown = (try? KnownFolder.find(text)) != nil
      kind = isFolder && !isKnown && images.looksLikeImages ? .images(images) : .folder(text)
      return
    }
    kind = .folder(String(text[..<colon]))
    split = String(text[text.index(after: colon)...])
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
  package var hasImageFiles: Bool { if case .images = kind { true } else { false } }

  /// The splits there are.
  package func splits() throws(DataSetError) -> [String] {
    switch kind {
    case .folder(let directory): try KnownFolder.find(directory).splits()
    case .idx(let folder): try folder.splits()
    case .shapes: ShapesRenderer.Split.allCases.map(\.rawValue)
    case .arrays, .images: []
    }
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
    case .arrays, .images: self
    }
  }

  /// - Parameter preprocessing: Resizes and crops the images of a folder, which it makes of one size; the others'
  ///   where it resizes.
  package func load(
    for preprocessing: Preprocessing? = nil
  ) throws(DataSetError) -> ImageDataSet {
    if case .images(let folder) = kind { return try load(folder, for: preprocessing) }
    var set = try loadWhole()
    if case .arrays = kind { set.hasNumberedClasses = true }
    return try preprocessing.map { (steps) throws(DataSetError) in try set.prepared(by: steps) }
      ?? set
  }

  private func load(
    _ folder: ImageFolder, for preprocessing: Preprocessing?
  ) throws(DataSetError) -> ImageDataSet {
    guard let geometry = preprocessing?.geometry, geometry.side != nil else {
      throw DataSetError(
        description,
        expected: "a preprocessing that makes its images one size (crop=N or squash=N)",
        found: preprocessing.map { "\($0)" } ?? "none", hint: "such as --preprocess imagenet")
    }
    let listing = try folder.list()
    let keys = listing.entries.map(\.key)
    var set = ImageDataSet(
      name: "folder:\(folder.name)", classes: listing.classes,
      labels: listing.entries.map(\.label),
      digests: FolderImages.digests(folder, keys: keys),
      images: FolderImages(folder: folder, keys: keys, geometry: geometry), notes: listing.notes)
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
    case .images: preconditionFailure("Image files are loaded for a preprocessing.")
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
