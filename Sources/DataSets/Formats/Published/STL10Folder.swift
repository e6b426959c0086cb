// STL-10 (Coates et al. 2011), https://cs.stanford.edu/~acoates/stl10: images of 96 × 96 as planes whose columns stand one
// after the other, and a byte a label. Not its folds of the training set.

internal import Basics
internal import FoundationEssentials

/// A folder with `train_X.bin` and `train_y.bin`, `test_…` or `unlabeled_X.bin` and, where it is, `class_names.txt`. Images
/// stay in the file.
struct STL10Folder: SplitFolder {
  let directory: String

  private static let shape = ImageShape(channels: 3, height: 96, width: 96)
  private static let names = [
    "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck",
  ]

  static let form = PublishedFormat(
    prefix: "stl-10", files: "train_X.bin and train_y.bin, or test_X.bin and test_y.bin"
  ) { directory, files, _ in
    splits(files).isEmpty ? nil : STL10Folder(directory: directory)
  }

  private static func splits(_ files: [String]) -> [String] {
    ["train", "test", "unlabeled"].filter { files.contains("\($0)_X.bin") }
  }

  func splits() throws(DataSetError) -> [String] { Self.splits(try folderNames(directory).names) }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let isUnlabelled = split == "unlabeled"
    let classes = isUnlabelled ? [] : try classes()
    let file = try MappedFile(path("\(split)_X.bin"))
    let images = file.bytes
    let size = Self.shape.count
    guard !images.isEmpty, images.count.isMultiple(of: size) else {
      throw DataSetError(
        path("\(split)_X.bin"), expected: "images of \(size) bytes",
        found: images.isEmpty ? "an empty file" : "\(images.count) bytes",
        hint: "the file is cut short or is none of STL-10's")
    }
    let count = images.count / size
    guard !isUnlabelled else {
      return ImageDataSet(
        name: "stl-10:\(split)", shape: Self.shape, classes: [],
        labels: [Int?](repeating: nil, count: count), keys: keys(split, count),
        pixels: .columns(images, in: file, of: Self.shape))
    }
    let labels = try readFile(path("\(split)_y.bin"), most: mostListBytes)
    guard labels.count == count else {
      throw DataSetError(
        path("\(split)_y.bin"), expected: "\(count) labels, one an image", found: "\(labels.count)")
    }
    let numbers = labels.map { Int($0) - 1 }
    if let wrong = numbers.firstIndex(where: { !classes.indices.contains($0) }) {
      throw DataSetError(
        path("\(split)_y.bin"), expected: "labels 1 to \(classes.count)",
        found: "\(numbers[wrong] + 1) at position \(wrong)")
    }
    return ImageDataSet(
      name: "stl-10:\(split)", shape: Self.shape, classes: classes, labels: numbers,
      keys: keys(split, count),
      pixels: .columns(images, in: file, of: Self.shape))
  }

  private func keys(_ split: String, _ count: Int) -> [String] {
    (0..<count).map { "\(split)/\(paddedNumber($0))" }
  }

  private func classes() throws(DataSetError) -> [ClassName] {
    let file = path("class_names.txt")
    var names = Self.names
    if FileManager.default.fileExists(atPath: file) {
      names = try TextLines(file).lines.map(\.withoutBlanks).filter { !$0.isEmpty }
      guard names.count == Self.names.count, Set(names).count == names.count else {
        throw DataSetError(
          file, expected: "ten different class names, one a line", found: "\(Set(names).count)")
      }
    }
    return names.map { ClassName(key: $0, name: $0) }
  }
}
