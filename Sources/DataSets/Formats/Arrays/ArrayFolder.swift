// A data set as arrays in a folder: images.npy, labels.npy, classes.txt and, where samples have names, keys.txt.
// No other layouts of images than N × height × width × 3, no floats.

internal import Basics
internal import FoundationEssentials
internal import NumPyArrays

/// A folder that holds
/// - `images.npy`: uint8, N × height × width × 3, red, green and blue;
/// - `labels.npy`: N whole numbers of any type and byte order, positions in `classes.txt`;
/// - `classes.txt`: a class a line, its key, or its key, a tab and its name; there may be more than occur;
/// - `keys.txt`, optional: N different keys, a line each; without it a sample's key is its position.
struct ArrayFolder: Sendable {
  let directory: String

  func load() throws(DataSetError) -> ImageDataSet {
    let classes = try classes()
    let images = try ArrayFile(path("images.npy"), elements: .bytes)
    guard images.shape.count == 4, images.shape[3] == 3, !images.shape.contains(0) else {
      throw DataSetError(
        images.path, expected: "the shape N × height × width × 3, none of them 0",
        found: "\(images.shape)")
    }
    let count = images.shape[0]
    let shape = ImageShape(channels: 3, height: images.shape[1], width: images.shape[2])
    return ImageDataSet(
      name: "npy:\(name)", shape: shape, classes: classes,
      labels: try labels(count: count, classes: classes.count), keys: try keys(count: count),
      pixels: images)
  }

  /// The folder's own name.
  private var name: String {
    directory.parts(at: "/").last { !["", ".", ".."].contains($0) } ?? directory
  }

  private func path(_ file: String) -> String {
    directory.hasSuffix("/") ? directory + file : directory + "/" + file
  }

  private func labels(count: Int, classes: Int) throws(DataSetError) -> [Int] {
    let file = try ArrayFile(path("labels.npy"), elements: .wholeNumbers)
    guard file.shape == [count] else {
      throw DataSetError(
        file.path, expected: "the shape [\(count)], a label an image", found: "\(file.shape)")
    }
    let labels = file.integers
    if let wrong = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw DataSetError(
        file.path, expected: "labels 0 to \(classes - 1)",
        found: "\(labels[wrong]) at position \(wrong)")
    }
    return labels
  }

  private func classes() throws(DataSetError) -> [ClassName] {
    let lines = try lines("classes.txt")
    var classes: [ClassName] = []
    for line in lines {
      let parts = line.parts(at: "\t")
      guard parts.count <= 2, !parts.contains("") else {
        throw DataSetError(
          path("classes.txt"), expected: "KEY or KEY<TAB>NAME in line \(classes.count + 1)",
          found: "'\(line.shown(80))'")
      }
      classes.append(ClassName(key: parts[0], name: parts[parts.count - 1]))
    }
    try check(classes.map(\.key), in: "classes.txt")
    return classes
  }

  private func keys(count: Int) throws(DataSetError) -> [String] {
    guard FileManager.default.fileExists(atPath: path("keys.txt")) else {
      return (0..<count).map(paddedNumber)
    }
    let keys = try lines("keys.txt")
    guard keys.count == count else {
      throw DataSetError(
        path("keys.txt"), expected: "\(count) lines, one an image", found: "\(keys.count)")
    }
    try check(keys, in: "keys.txt")
    return keys
  }

  private func check(_ keys: [String], in file: String) throws(DataSetError) {
    var seen: Set<ByteText> = []
    for (index, key) in keys.enumerated() {
      guard !key.isEmpty, seen.insert(ByteText(key)).inserted else {
        throw DataSetError(
          path(file), expected: "different keys, none empty",
          found: "'\(key.shown(80))' in line \(index + 1)")
      }
    }
  }

  private func lines(_ file: String) throws(DataSetError) -> [String] {
    let lines = try TextLines(path(file)).lines
    guard !lines.isEmpty else {
      throw DataSetError(path(file), expected: "a line at least", found: "none")
    }
    return lines
  }
}
