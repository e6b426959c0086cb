// A data set as one .npz file, as Keras publishes MNIST (x_train, y_train, x_test, y_test) and MedMNIST its sets
// (train_images, train_labels, …). Which arrays are taken is told by their names, and said.

internal import Basics
internal import FoundationEssentials
internal import NumPyArrays

struct ArrayArchive: Sendable {
  let path: String
  var options = ArrayOptions()

  /// The arrays of a split; nil is the split of an archive that has none.
  private struct Pair {
    let split: String?
    let images: String
    /// Nil of images without labels.
    let labels: String?
  }

  private static let splits = [
    ("train", ["train"]), ("test", ["test"]), ("val", ["val", "valid", "validation"]),
  ]
  private static let imageNames = ["images", "imgs", "image", "x", "data"]
  private static let labelNames = ["labels", "label", "y", "targets"]

  static func isOne(_ path: String) -> Bool { path.lowercased().hasSuffix(".npz") }

  private var fileName: String { path.parts(at: "/").last ?? path }

  func splits() throws(DataSetError) -> [String] {
    try pairs(try open(try MappedFile(path))).compactMap(\.split)
  }

  /// - Parameter split: Nil where the archive has none.
  func load(split: String?) throws(DataSetError) -> ImageDataSet {
    let file = try MappedFile(path)
    let archive = try open(file)
    let found = try pairs(archive)
    guard let pair = found.first(where: { $0.split == split }) else {
      let known = found.compactMap(\.split)
      guard !known.isEmpty else {
        throw DataSetError(
          path, expected: "no split, as its images are the array \(found[0].images)",
          found: "'\(split?.shown() ?? "")'")
      }
      throw DataSetError(
        path, expected: split == nil ? "a split" : "one of its splits \(listed(known))",
        found: split.map { "'\($0.shown())'" } ?? "none",
        hint: "write " + known.map { "\(path):\($0)" }.joined(separator: " or "))
    }
    func array(_ name: String) throws(DataSetError) -> ArrayFile {
      do { return try archive.array(name, most: mostImageBytes) } catch {
        throw DataSetError(error.description)
      }
    }
    let name = split.map { "npy:\(path):\($0)" } ?? "npy:\(path)"
    let set = ArraySet(
      file: MappedArray(array: try array(pair.images), file: file),
      labels: try pair.labels.map { (name) throws(DataSetError) in
        try ArrayLabels(try array(name))
      }, name: name,
      options: options)
    let prefix = split.map { "\($0)/" } ?? ""
    return try set.load(
      "npy:\(fileName)" + (split.map { ":\($0)" } ?? ""), classes: nil, isTold: true
    ) { count in (0..<count).map { prefix + paddedNumber($0) } }
  }

  private func open(_ file: MappedFile) throws(DataSetError) -> NumPyArchiveFile {
    do { return try NumPyArchiveFile(file.bytes, path: path) } catch {
      throw DataSetError(error.description)
    }
  }

  private func pairs(_ archive: NumPyArchiveFile) throws(DataSetError) -> [Pair] {
    let names = archive.names
    func named(_ candidates: [String]) -> String? {
      for candidate in candidates {
        if let name = names.first(where: { $0.lowercased() == candidate }) { return name }
      }
      return nil
    }
    func pair(_ split: String?, _ images: [String], _ labels: [String]) -> Pair? {
      guard let images = named(images), let labels = named(labels) else { return nil }
      return Pair(split: split, images: images, labels: labels)
    }
    if options.isUnlabelled {
      guard
        let images = named(options.images.map { [$0.lowercased()] } ?? Self.imageNames + ["arr_0"])
      else {
        throw DataSetError(
          path, expected: "an array of images", found: listed(names.map { $0.shown() }),
          hint: "name it with npy:\(path):images=NAME,labels=none")
      }
      return [Pair(split: nil, images: images, labels: nil)]
    }
    if options.images != nil || options.labels != nil {
      guard
        let pair = pair(
          nil, options.images.map { [$0.lowercased()] } ?? Self.imageNames,
          options.labels.map { [$0.lowercased()] } ?? Self.labelNames)
      else {
        throw DataSetError(
          path, expected: "the arrays that images= and labels= name", found: "only \(listed(names))"
        )
      }
      return [pair]
    }
    let inSplits = Self.splits.compactMap { split, words in
      func both(_ kinds: [String]) -> [String] {
        words.flatMap { word in kinds.flatMap { ["\($0)_\(word)", "\(word)_\($0)"] } }
      }
      return pair(split, both(Self.imageNames), both(Self.labelNames))
    }
    if !inSplits.isEmpty { return inSplits }
    if let pair = pair(nil, Self.imageNames + ["arr_0"], Self.labelNames + ["arr_1"]) {
      return [pair]
    }
    throw DataSetError(
      path,
      expected:
        "arrays x_train and y_train, train_images and train_labels, images and labels or such",
      found: listed(names.map { $0.shown() }),
      hint: "name them with npy:\(path):images=NAME,labels=NAME")
  }
}
