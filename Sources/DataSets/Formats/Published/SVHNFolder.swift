// SVHN, cropped digits (Netzer et al. 2011), http://ufldl.stanford.edu/housenumbers: MATLAB's files with images X and
// labels y. Not the whole house numbers.

internal import FoundationEssentials
internal import NumPyArrays

/// A folder with `train_32x32.mat`, `test_32x32.mat` or `extra_32x32.mat`. The label 10 is the digit 0. X is decompressed
/// into memory, 1.6 GB of the largest split, and stays as it is stored: 32 × 32 × 3 × N, the first index running fastest.
struct SVHNFolder: SplitFolder {
  let directory: String

  static let form = PublishedFormat(
    prefix: "svhn", files: "train_32x32.mat, test_32x32.mat or extra_32x32.mat"
  ) { directory, files, _ in
    splits(files).isEmpty ? nil : SVHNFolder(directory: directory)
  }

  private static func splits(_ files: [String]) -> [String] {
    ["train", "test", "extra"].filter { files.contains("\($0)_32x32.mat") }
  }

  func splits() throws(DataSetError) -> [String] { Self.splits(try folderNames(directory).names) }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let file = try MATFile(path("\(split)_32x32.mat"))
    // Labels first: they are few.
    let labels = try labels(file)
    let images = try file.array("X")
    let shape = CIFARFormat.shape
    // MATLAB leaves out a last side of 1.
    guard images.element == .byte, images.shape.prefix(3) == [shape.height, shape.width, 3],
      images.shape.count == 4 || images.shape.count == 3
    else {
      throw DataSetError(
        file.path, expected: "uint8 of the shape [32, 32, 3, N] in 'X'",
        found: "\(images.element.name) of \(ArrayLayout.told(images.shape))")
    }
    let count = images.shape.count == 4 ? images.shape[3] : 1
    guard labels.count == count else {
      throw DataSetError(
        file.path, expected: "\(count) labels in 'y', one an image", found: "\(labels.count)")
    }
    return ImageDataSet(
      name: "svhn:\(split)", shape: shape,
      classes: (0...9).map { ClassName(key: "\($0)", name: "\($0)") }, labels: labels,
      keys: (0..<count).map { "\(split)/\(paddedNumber($0))" },
      pixels: .columns(images.bytes, in: file.mapped, of: shape))
  }

  private func labels(_ file: MATFile) throws(DataSetError) -> [Int] {
    let array = try file.array("y")
    guard array.count > 0, array.shape.count == 2, array.shape.contains(1) else {
      throw DataSetError(
        file.path, expected: "the shape [N, 1] in 'y', a label an image",
        found: ArrayLayout.told(array.shape))
    }
    let bytes = array.bytes.bytes
    var labels: [Int] = []
    for index in 0..<array.count {
      guard let label = Int(exactly: array.element.value(index, of: bytes)),
        (0...10).contains(label)
      else {
        throw DataSetError(
          file.path, expected: "labels 1 to 10 in 'y', 10 being the digit 0",
          found: "\(array.element.value(index, of: bytes)) at position \(index)")
      }
      labels.append(label % 10)
    }
    return labels
  }
}
