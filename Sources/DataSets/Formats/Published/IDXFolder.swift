// MNIST's files, and those of data sets in its image: IDX arrays, compressed with gzip or not.
// http://yann.lecun.com/exdb/mnist, https://github.com/zalandoresearch/fashion-mnist,
// http://codh.rois.ac.jp/kmnist. EMNIST, whose names say what it is, is EMNISTFolder's.

internal import FoundationEssentials

struct IDXFolder: SplitFolder {
  /// Data sets whose files have MNIST's names.
  enum Family: String, CaseIterable {
    /// Ten classes called by their digits: MNIST, or whatever nothing names the classes of.
    case digits = "idx"
    case fashion = "fashion-mnist"
    case kuzushiji = "kmnist"

    var classes: [ClassName] {
      let names =
        switch self {
        case .digits: (0...9).map { "\($0)" }
        // As their publishers have them.
        case .fashion:
          [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "Ankle boot",
          ]
        case .kuzushiji: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
        }
      return names.map { ClassName(key: $0, name: $0) }
    }

    /// By the folder's own name, or that of the folder around "raw": torchvision's are FashionMNIST and KMNIST.
    static func named(_ directory: String) -> Family {
      let names = directory.parts(at: "/").filter { !["", "."].contains($0) }.suffix(2)
      let name = (names.last == "raw" ? names.first : names.last)?.lowercased() ?? ""
      if name.contains("fashion") { return .fashion }
      return name.contains("kmnist") || name.contains("kuzushiji") ? .kuzushiji : .digits
    }
  }

  let directory: String
  let family: Family
  /// Whether the family is the folder's name's, which a note tells.
  let isGuessed: Bool

  static let forms = Family.allCases.map { family in
    PublishedFormat(
      prefix: family.rawValue,
      files: "MNIST's files train-… or t10k-images-idx3-ubyte, with .gz or without"
    ) { directory, files, isNamed in
      guard isOne(files), isNamed || family == .named(directory) else { return nil }
      return IDXFolder(
        directory: directory, family: family, isGuessed: !isNamed && family != .digits)
    }
  }

  /// What the files of a split begin with.
  static func prefix(_ split: String) -> String { split == "test" ? "t10k" : split }

  /// Names of the images' or the labels' file, as they are published and as some mirrors have them.
  static func names(_ prefix: String, _ kind: String) -> [String] {
    ["-", "."].flatMap { mark in
      ["", ".gz"].map { end in
        "\(prefix)-\(kind)\(mark)idx\(kind == "images" ? 3 : 1)-ubyte\(end)"
      }
    }
  }

  static func isOne(_ files: [String]) -> Bool {
    ["train", "test"].contains { split in
      names(prefix(split), "images").contains(where: files.contains)
    }
  }

  func splits() throws(DataSetError) -> [String] {
    ["train", "test"].filter { file(Self.prefix($0), "images") != nil }
  }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let prefix = Self.prefix(split)
    let note =
      "\(directory): \(family.rawValue), as the folder is called; idx:\(directory):\(split) calls its classes 0 to 9"
    return try load(
      prefix, name: "\(family.rawValue):\(split)", classes: family.classes,
      notes: isGuessed ? [note] : [])
  }

  /// The set whose files begin with `prefix`.
  ///
  /// - Parameters:
  ///   - first: The least label.
  ///   - isTransposed: Whether columns of an image stand one after the other.
  func load(
    _ prefix: String, name: String, classes: [ClassName], first: Int = 0,
    isTransposed: Bool = false, notes: [String] = []
  ) throws(DataSetError) -> ImageDataSet {
    let images = try IDXArray(try existing(prefix, "images"), dimensions: 3)
    let labels = try IDXArray(try existing(prefix, "labels"), dimensions: 1)
    guard !images.shape.contains(0) else {
      throw DataSetError(images.path, expected: "images", found: "the shape \(images.shape)")
    }
    try ImageShape.check(images.path, height: images.shape[1], width: images.shape[2])
    guard labels.shape[0] == images.shape[0] else {
      throw DataSetError(
        labels.path, expected: "\(images.shape[0]) labels, one an image",
        found: "\(labels.shape[0])")
    }
    let known = first..<first + classes.count
    let bytes = labels.bytes
    if let wrong = bytes.firstIndex(where: { !known.contains(Int($0)) }) {
      throw DataSetError(
        labels.path, expected: "labels \(first) to \(known.upperBound - 1)",
        found: "\(bytes[wrong]) at position \(wrong)")
    }
    let (rows, columns) = (images.shape[1], images.shape[2])
    return ImageDataSet(
      name: name,
      shape: ImageShape(
        channels: 3, height: isTransposed ? columns : rows, width: isTransposed ? rows : columns),
      classes: classes, labels: bytes.map { Int($0) - first },
      keys: bytes.indices.map { "\(prefix)/\(paddedNumber($0))" },
      pixels: StoredImages(
        images.content, in: images.file, start: images.start,
        strides: StoredImages.Strides(
          image: rows * columns, channel: 0, row: isTransposed ? 1 : columns,
          column: isTransposed ? columns : 1),
        channels: 1),
      notes: notes)
  }

  /// A file, not a folder: some mirrors have folders of the same names around them.
  func file(_ prefix: String, _ kind: String) -> String? {
    Self.names(prefix, kind).map(path).first {
      var isDirectory = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isDirectory) && !isDirectory
    }
  }

  private func existing(_ prefix: String, _ kind: String) throws(DataSetError) -> String {
    if let file = file(prefix, kind) { return file }
    throw DataSetError(
      path(Self.names(prefix, kind)[0]), expected: "a readable file, with .gz or without",
      found: "none")
  }
}
