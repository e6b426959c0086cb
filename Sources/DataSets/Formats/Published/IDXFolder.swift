// MNIST's files, and those of data sets in its image: IDX arrays, compressed with gzip or not.
// http://yann.lecun.com/exdb/mnist. Ten classes called by their digits, as nothing in the files names them.

internal import FoundationEssentials

struct IDXFolder: SplitFolder {
  let directory: String

  /// What the files of a split begin with.
  private static func prefix(_ split: String) -> String { split == "test" ? "t10k" : split }

  /// Names of the images' or the labels' file, as they are published and as some mirrors have them.
  private static func names(_ split: String, _ kind: String) -> [String] {
    ["-", "."].flatMap { mark in
      ["", ".gz"].map { end in
        "\(prefix(split))-\(kind)\(mark)idx\(kind == "images" ? 3 : 1)-ubyte\(end)"
      }
    }
  }

  static func isOne(_ files: [String]) -> Bool {
    ["train", "test"].contains { split in names(split, "images").contains(where: files.contains) }
  }

  func splits() throws(DataSetError) -> [String] {
    ["train", "test"].filter { file($0, "images") != nil }
  }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let images = try IDXArray(try existing(split, "images"), dimensions: 3)
    let labels = try IDXArray(try existing(split, "labels"), dimensions: 1)
    guard !images.shape.contains(0) else {
      throw DataSetError(images.path, expected: "images", found: "the shape \(images.shape)")
    }
    guard labels.shape[0] == images.shape[0] else {
      throw DataSetError(
        labels.path, expected: "\(images.shape[0]) labels, one an image",
        found: "\(labels.shape[0])")
    }
    if let wrong = labels.bytes.firstIndex(where: { $0 > 9 }) {
      throw DataSetError(
        labels.path, expected: "labels 0 to 9",
        found: "\(labels.bytes[wrong]) at position \(wrong)")
    }
    let shape = ImageShape(channels: 3, height: images.shape[1], width: images.shape[2])
    let grey = shape.count / 3
    let pixels = [UInt8](capacity: images.bytes.count * 3) { target in
      for start in stride(from: 0, to: images.bytes.count, by: grey) {
        // Red, green and blue alike.
        for _ in 0..<3 {
          for pixel in start..<start + grey { target.append(images.bytes[pixel]) }
        }
      }
    }
    return ImageDataSet(
      name: "idx:\(split)", shape: shape,
      classes: (0...9).map { ClassName(key: "\($0)", name: "\($0)") },
      labels: labels.bytes.map(Int.init),
      keys: labels.bytes.indices.map { "\(Self.prefix(split))/\(paddedNumber($0))" },
      pixels: pixels)
  }

  private func file(_ split: String, _ kind: String) -> String? {
    Self.names(split, kind).map(path).first { FileManager.default.fileExists(atPath: $0) }
  }

  private func existing(_ split: String, _ kind: String) throws(DataSetError) -> String {
    if let file = file(split, kind) { return file }
    throw DataSetError(
      path(Self.names(split, kind)[0]), expected: "a readable file, with .gz or without",
      found: "none")
  }
}
