// EMNIST (Cohen et al. 2017), https://www.nist.gov/itl/products-and-services/emnist-dataset: six data sets in MNIST's
// form, whose images lie on their sides as published.

internal import Basics
internal import FoundationEssentials

/// A folder with `emnist-letters-train-images-idx3-ubyte.gz` and its like. A split is `letters:train`;
/// `letters:train:stored` leaves the images as they are stored, as torchvision does.
struct EMNISTFolder: SplitFolder {
  let directory: String

  /// The six sets, the characters of their labels, and the least label.
  private static let sets: [(name: String, characters: String, first: Int)] = [
    ("balanced", digits + upper + "abdefghnqrt", 0), ("byclass", digits + upper + lower, 0),
    ("bymerge", digits + upper + "abdefghnqrt", 0), ("digits", digits, 0), ("letters", lower, 1),
    ("mnist", digits, 0),
  ]
  private static let digits = "0123456789"
  private static let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  private static let lower = "abcdefghijklmnopqrstuvwxyz"

  static let form = PublishedFormat(
    prefix: "emnist", files: "files such as emnist-letters-train-images-idx3-ubyte.gz"
  ) { directory, files, _ in
    let isOne = files.contains { $0.hasPrefix("emnist-") && $0.contains("-images") }
    return isOne ? EMNISTFolder(directory: directory) : nil
  }

  private var arrays: IDXFolder {
    IDXFolder(directory: directory, family: .digits, isGuessed: false)
  }

  func splits() throws(DataSetError) -> [String] {
    Self.sets.flatMap { set in
      ["train", "test"].filter { arrays.file("emnist-\(set.name)-\($0)", "images") != nil }
        .map { "\(set.name):\($0)" }
    }
  }

  func chosen(_ split: String?, name: String) throws(DataSetError) -> String {
    let known = try splits()
    guard !known.isEmpty else {
      throw DataSetError(
        directory, expected: Self.form.files, found: "none of " + listed(Self.sets.map(\.name)))
    }
    guard let split, known.contains(split) || known.contains(where: { "\($0):stored" == split })
    else {
      throw DataSetError(
        name, expected: "one of its splits \(known.joined(separator: ", "))",
        found: split.map { "'\($0.shown())'" } ?? "none", hint: "write \(name):\(known[0])")
    }
    return split
  }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let parts = split.parts(at: ":")
    guard let set = Self.sets.first(where: { $0.name == parts[0] }) else {
      preconditionFailure("A chosen split is one of a known set.")
    }
    let isStored = parts.count > 2
    var notes = [
      isStored
        ? "\(directory): images are as they are stored, on their sides"
        : "\(directory): images are turned upright; \(set.name):\(parts[1]):stored leaves them as torchvision does"
    ]
    if set.first > 0 {
      notes.append(
        "\(directory): labels \(set.first) to \(set.characters.utf8.count) are the classes 0 to \(set.characters.utf8.count - 1)"
      )
    }
    return try arrays.load(
      "emnist-\(set.name)-\(parts[1])", name: "emnist-\(set.name):\(parts[1])",
      classes: try classes(set), first: set.first, isTransposed: !isStored, notes: notes)
  }

  /// Named by the set's own list where it is there, else as it is published.
  private func classes(
    _ set: (name: String, characters: String, first: Int)
  ) throws(DataSetError) -> [ClassName] {
    let usual = set.characters.map { String($0) }
    let file = path("emnist-\(set.name)-mapping.txt")
    guard FileManager.default.fileExists(atPath: file) else {
      return usual.map { ClassName(key: $0, name: $0) }
    }
    var names: [String] = []
    for line in try TextLines(file).lines where !line.withoutBlanks.isEmpty {
      let numbers = line.split(separator: " ").map { Int($0) }
      // A label, and the ASCII codes of its characters: of letters the small one is the last.
      guard numbers.count >= 2, numbers[0] == names.count + set.first,
        let code = numbers.last.flatMap(\.self), (33...126).contains(code)
      else {
        throw DataSetError(
          file, expected: "LABEL CODE with the label \(names.count + set.first) in its line",
          found: "'\(line.shown())'")
      }
      names.append(String(UnicodeScalar(UInt8(code))))
    }
    guard names.count == usual.count, Set(names).count == names.count else {
      throw DataSetError(
        file, expected: "\(usual.count) different characters", found: "\(Set(names).count)")
    }
    return names.map { ClassName(key: $0, name: $0) }
  }
}
