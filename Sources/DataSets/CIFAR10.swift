// CIFAR-10's binary version (Krizhevsky 2009): records of one label byte and 3 × 32 × 32 pixels.
// https://www.cs.toronto.edu/~kriz/cifar.html. No download, no CIFAR-100.

internal import FoundationEssentials

/// A folder with CIFAR-10's binary batches.
struct CIFAR10: Sendable {
  let directory: String

  static let shape = ImageShape(channels: 3, height: 32, width: 32)
  private static let recordSize = 1 + shape.count
  private static let metaFile = "batches.meta.txt"

  /// The splits of which at least one file is there, and their files in numeric order.
  func splits() throws(DataSetError) -> [(name: String, files: [String])] {
    let entries: [String]
    do {
      entries = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw DataSetError(
        directory,
        expected: "a folder with CIFAR-10's binary batches or images, or shapes, "
          + "shapes-stylised or npy:FOLDER",
        found: "no folder that can be listed")
    }
    let numbered = entries.compactMap { name in
      batchNumber(name).map { (number: $0, name: name) }
    }
    let train = numbered.sorted { $0.number < $1.number }.map(\.name)
    return [("train", train), ("test", entries.filter { $0 == "test_batch.bin" })]
      .filter { !$0.1.isEmpty }
  }

  /// Whether the folder has none of CIFAR-10's files.
  var isEmpty: Bool {
    get throws(DataSetError) {
      try splits().isEmpty
        && !FileManager.default.fileExists(atPath: path(Self.metaFile))
    }
  }

  func load(split: String, files: [String]) throws(DataSetError) -> ImageDataSet {
    let classes = try classNames()
    var labels: [Int] = []
    var keys: [String] = []
    var pixels: [UInt8] = []
    for file in files {
      let bytes = try read(file)
      guard !bytes.isEmpty, bytes.count % Self.recordSize == 0 else {
        throw DataSetError(
          path(file), expected: "records of \(Self.recordSize) bytes",
          found: bytes.isEmpty ? "an empty file" : "\(bytes.count) bytes",
          hint: "the file is cut short or is no CIFAR-10 batch")
      }
      let stem = file.dropLast(".bin".count)
      pixels.reserveCapacity(pixels.count + bytes.count)
      for index in 0..<bytes.count / Self.recordSize {
        let start = index * Self.recordSize
        let label = Int(bytes[start])
        guard classes.indices.contains(label) else {
          throw DataSetError(
            path(file), expected: "labels 0 to \(classes.count - 1)",
            found: "\(label) in record \(index)")
        }
        labels.append(label)
        keys.append("\(stem)/\(paddedNumber(index))")
        pixels.append(contentsOf: bytes[start + 1..<start + Self.recordSize])
      }
    }
    return ImageDataSet(
      name: "cifar-10:\(split)", shape: Self.shape, classes: classes, labels: labels, keys: keys,
      pixels: pixels)
  }

  private func classNames() throws(DataSetError) -> [ClassName] {
    let text = String(decoding: try read(Self.metaFile), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }
      .filter { !$0.isEmpty }
    guard names.count == 10, Set(names).count == 10 else {
      throw DataSetError(
        path(Self.metaFile), expected: "ten different class names, one a line",
        found: "\(Set(names).count)")
    }
    return names.map { ClassName(key: $0, name: $0) }
  }

  /// N of "data_batch_N.bin".
  private func batchNumber(_ name: String) -> Int? {
    guard name.hasPrefix("data_batch_"), name.hasSuffix(".bin") else { return nil }
    return Int(name.dropFirst("data_batch_".count).dropLast(".bin".count))
  }

  private func path(_ file: String) -> String {
    directory.hasSuffix("/") ? directory + file : directory + "/" + file
  }

  private func read(_ file: String) throws(DataSetError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path(file)) else {
      throw DataSetError(
        path(file), expected: "a readable file",
        found: FileManager.default.fileExists(atPath: path(file)) ? "an unreadable one" : "none")
    }
    return [UInt8](data)
  }
}

/// At least five digits, so that keys sort like positions.
func paddedNumber(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
}
