// Reading CIFAR-10 and CIFAR-100 from their published files. Equal images give an equal fingerprint in whichever
// form. No download, no coarse labels.

internal import Basics

struct CIFARFolder: SplitFolder {
  let directory: String
  let format: CIFARFormat

  /// Of the two forms of each the binary one is taken where both are there: they hold the same.
  static let forms = [10, 100].map { count in
    PublishedFormat(
      prefix: "cifar-\(count)",
      files: count == 10
        ? "data_batch_1.bin, test_batch.bin and batches.meta.txt, or data_batch_1, test_batch and batches.meta"
        : "train.bin, test.bin and fine_label_names.txt, or train, test and meta"
    ) { directory, files, isNamed in
      let folders = CIFARFormat.allCases.filter { $0.classCount == count }
        .map { CIFARFolder(directory: directory, format: $0) }
        .filter { files.contains(where: $0.isBatch) }
      // Batches without the file of class names: its absence is said when they are loaded.
      return folders.first { files.contains($0.format.namesFile) }
        ?? folders.first { $0.format.isDistinctive || isNamed }
    }
  }

  func isBatch(_ file: String) -> Bool {
    ["train", "test"].contains { number(of: file, in: $0) != nil }
  }

  func splits() throws(DataSetError) -> [String] {
    let files = try listing()
    return ["train", "test"].filter { split in
      files.contains { number(of: $0, in: split) != nil }
    }
  }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let classes = try classNames()
    let files = try listing().compactMap { file in
      number(of: file, in: split).map { (number: $0, file: file) }
    }.sorted { $0.number < $1.number }.map(\.file)
    var batches = CIFARImages(classCount: classes.count)
    for file in files {
      let stem = String(file.dropLast(format.batch(split).end.utf8.count))
      if format.isPickled {
        try batches.append(try CIFARPickle(path(file), try read(file)), format, file: stem)
      } else {
        try batches.append(try read(file), format, file: stem, path: path(file))
      }
    }
    return ImageDataSet(
      name: "\(format.name):\(split)", shape: CIFARFormat.shape, classes: classes,
      labels: batches.labels, keys: batches.keys, pixels: batches.pixels)
  }

  private func classNames() throws(DataSetError) -> [ClassName] {
    let file = path(format.namesFile)
    let bytes = try read(format.namesFile)
    let names: [String]
    if format.isPickled {
      names = try CIFARPickle(file, bytes).names(format.namesKey)
    } else {
      names = try TextLines(bytes, path: file).lines
        .map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    }
    let count = format.classCount
    let different = Set(names.map(ByteText.init)).count
    guard names.count == count, different == count else {
      throw DataSetError(
        file,
        expected: "\(count == 10 ? "ten" : "\(count)") different class names"
          + (format.isPickled ? "" : ", one a line"), found: "\(different)")
    }
    return names.map { ClassName(key: $0, name: $0) }
  }

  /// N of "data_batch_N.bin", 0 of a file without a number.
  private func number(of file: String, in split: String) -> Int? {
    let (start, isNumbered, end) = format.batch(split)
    guard file.hasPrefix(start), file.hasSuffix(end) else { return nil }
    let middle = file.dropFirst(start.count).dropLast(end.count)
    return isNumbered ? Int(middle) : middle.isEmpty ? 0 : nil
  }

  private func listing() throws(DataSetError) -> [String] {
    try folderNames(directory).names
  }
}

/// At least five digits, so that keys sort like positions.
func paddedNumber(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
}
