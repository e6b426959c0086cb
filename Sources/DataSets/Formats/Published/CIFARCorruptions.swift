// CIFAR-10-C and CIFAR-100-C (Hendrycks and Dietterich 2019), https://github.com/hendrycks/robustness: an array a
// corruption, the test images five times, severity after severity.

internal import Basics
internal import NumPyArrays

/// A folder with `labels.npy` and `gaussian_noise.npy` and its like. Samples have the keys of the clean test set, so that
/// runs over both pair.
struct CIFARCorruptions: SplitFolder {
  let directory: String
  /// 10 or 100.
  let classCount: Int

  private static let severities = 5
  private static let published: Set = [
    "brightness", "contrast", "defocus_blur", "elastic_transform", "fog", "frost", "gaussian_blur",
    "gaussian_noise", "glass_blur", "impulse_noise", "jpeg_compression", "motion_blur", "pixelate",
    "saturate", "shot_noise", "snow", "spatter", "speckle_noise", "zoom_blur",
  ]

  static let forms = [10, 100].map { count in
    PublishedFormat(
      prefix: "cifar-\(count)-c", files: "labels.npy and arrays such as gaussian_noise.npy"
    ) { directory, files, isNamed in
      guard files.contains(where: { $0.hasSuffix(".npy") && published.contains(stem($0)) }) else {
        return nil
      }
      let isOne = isNamed || classCount(in: directory) == count
      return isOne ? CIFARCorruptions(directory: directory, classCount: count) : nil
    }
  }

  /// Both have the same files: of CIFAR-100 are labels beyond 9, or a folder with 100 in its own name.
  private static func classCount(in directory: String) -> Int {
    let name = directory.parts(at: "/").last { !$0.isEmpty } ?? ""
    if name.contains("100") { return 100 }
    // What is wrong with labels is told when they are loaded.
    guard let file = try? MappedArray(directory + "/labels.npy"),
      let labels = try? ArrayLabels(file.array)
    else { return 10 }
    return labels.numbers.contains { $0 > 9 } ? 100 : 10
  }

  private static func stem(_ file: String) -> String { String(file.dropLast(".npy".utf8.count)) }

  private func corruptions() throws(DataSetError) -> [String] {
    try folderNames(directory).names.filter { $0.hasSuffix(".npy") && $0 != "labels.npy" }
      .map(Self.stem)
  }

  func splits() throws(DataSetError) -> [String] {
    try corruptions().flatMap { name in (1...Self.severities).map { "\(name):\($0)" } }
  }

  func chosen(_ split: String?, name: String) throws(DataSetError) -> String {
    let known = try corruptions()
    let parts = split?.parts(at: ":") ?? []
    guard let corruption = parts.first else {
      throw DataSetError(
        name, expected: "a corruption and a severity from 1 to \(Self.severities)", found: "none",
        hint: "write \(name):\(known[0]):3, or another of \(listed(known, most: 30))")
    }
    guard known.contains(corruption) else {
      throw DataSetError(
        name, expected: "a corruption whose array is there", found: "'\(corruption.shown())'",
        hint: knownNames(known, nearestTo: corruption))
    }
    guard parts.count == 2, let severity = Int(parts[1]), (1...Self.severities).contains(severity)
    else {
      throw DataSetError(
        "\(name):\(corruption)", expected: "a severity from 1 to \(Self.severities)",
        found: parts.count == 1 ? "none" : "'\(parts.dropFirst().joined(separator: ":").shown())'",
        hint: "write \(name):\(corruption):3")
    }
    return "\(corruption):\(severity)"
  }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let parts = split.parts(at: ":")
    let severity = Int(parts[1]) ?? 1
    let file = try MappedArray(path(parts[0] + ".npy"))
    let images = file.array
    let shape = CIFARFormat.shape
    guard images.element == .byte, !images.isFortranOrder, images.shape.count == 4,
      images.shape[0] > 0, images.shape[0].isMultiple(of: Self.severities),
      images.shape.dropFirst() == [shape.height, shape.width, 3]
    else {
      throw DataSetError(
        images.path, expected: "uint8 of the shape [5 × N, 32, 32, 3], severity after severity",
        found: "\(images.element.name) of \(ArrayLayout.told(images.shape))")
    }
    let count = images.shape[0] / Self.severities
    let labels = try self.labels(count: count)
    return ImageDataSet(
      name: "cifar-\(classCount)-c:\(split)", shape: shape,
      classes: classCount == 10 ? CIFARClasses.ten : CIFARClasses.hundred, labels: labels,
      keys: (0..<count).map { (classCount == 10 ? "test_batch/" : "test/") + paddedNumber($0) },
      pixels: StoredImages(
        images.file, in: file.file, start: images.start + (severity - 1) * count * shape.count,
        strides: StoredImages.Strides(
          image: shape.count, channel: 1, row: 3 * shape.width, column: 3)))
  }

  /// Of one severity; all have the same.
  private func labels(count: Int) throws(DataSetError) -> [Int] {
    let labels = try ArrayLabels(try MappedArray(path("labels.npy")).array)
    let numbers = labels.numbers
    guard numbers.count == count || numbers.count == Self.severities * count else {
      throw DataSetError(
        labels.path, expected: "\(Self.severities * count) labels, one an image",
        found: "\(numbers.count)")
    }
    try labels.check(classes: classCount)
    if let other = numbers.indices.first(where: { numbers[$0] != numbers[$0 % count] }) {
      throw DataSetError(
        labels.path, expected: "the same \(count) labels for every severity",
        found:
          "\(numbers[other]) at position \(other), \(numbers[other % count]) at \(other % count)")
    }
    return Array(numbers[..<count])
  }
}
