// A data set as arrays in a folder: images.npy, labels.npy, and, where classes and samples have names, classes.txt and
// keys.txt. What the arrays may be is ArrayLayout's, ArrayRange's and ArrayLabels'.

internal import Basics
internal import FoundationEssentials
internal import NumPyArrays

/// A folder that holds
/// - `images.npy`: N × height × width × 3 bytes, red, green and blue; or other numbers, axes in another order, grey;
/// - `labels.npy`: N whole numbers of any type and byte order, positions in `classes.txt`, or rows with one 1;
/// - `classes.txt`: a class a line, its key, or its key, a tab and its name; there may be more than occur; without it
///   classes are called by their numbers;
/// - `keys.txt`, optional: N different keys, a line each; without it a sample's key is its position.
struct ArrayFolder: Sendable {
  let directory: String
  var options = ArrayOptions()

  func load() throws(DataSetError) -> ImageDataSet {
    let classes = try classes()
    let images = try array(options.images ?? "images.npy", "images")
    let labels =
      options.isUnlabelled
      ? nil : try ArrayLabels(try array(options.labels ?? "labels.npy", "labels").array)
    let set = ArraySet(file: images, labels: labels, name: "npy:\(directory)", options: options)
    return try set.load("npy:\(name)", classes: classes, isTold: false) {
      (count) throws(DataSetError) in
      try keys(count: count)
    }
  }

  /// The folder's own name.
  private var name: String {
    directory.parts(at: "/").last { !["", ".", ".."].contains($0) } ?? directory
  }

  private func path(_ file: String) -> String {
    directory.hasSuffix("/") ? directory + file : directory + "/" + file
  }

  private func array(_ file: String, _ option: String) throws(DataSetError) -> MappedArray {
    if !FileManager.default.fileExists(atPath: path(file)) {
      let others = try folderNames(directory).names.filter { $0.hasSuffix(".npy") }
      throw DataSetError(
        path(file), expected: "a readable file", found: "none",
        hint: others.isEmpty
          ? nil
          : "the folder holds \(listed(others)): name one with npy:\(directory):\(option)=FILE"
            + (option == "labels" ? ", or write labels=none" : ""))
    }
    return try MappedArray(path(file))
  }

  private func classes() throws(DataSetError) -> [ClassName]? {
    guard FileManager.default.fileExists(atPath: path("classes.txt")) else { return nil }
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
