// CIFAR-10.1 (Recht et al. 2018), https://github.com/modestyachts/CIFAR-10.1: new test images for CIFAR-10, in versions 4
// and 6, an array of images and one of labels each.

internal import NumPyArrays

/// A folder with `cifar10.1_v6_data.npy` and `cifar10.1_v6_labels.npy`; versions are its splits.
struct CIFAR101Folder: SplitFolder {
  let directory: String

  static let form = PublishedFormat(
    prefix: "cifar-10.1", files: "cifar10.1_v6_data.npy and cifar10.1_v6_labels.npy"
  ) { directory, files, _ in
    versions(files).isEmpty ? nil : CIFAR101Folder(directory: directory)
  }

  private static func versions(_ files: [String]) -> [String] {
    ["v4", "v6"].filter { files.contains("cifar10.1_\($0)_data.npy") }
  }

  func splits() throws(DataSetError) -> [String] { Self.versions(try folderNames(directory).names) }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let file = try MappedArray(path("cifar10.1_\(split)_data.npy"))
    let images = file.array
    let shape = CIFARFormat.shape
    guard images.element == .byte, !images.isFortranOrder, images.shape.count == 4,
      images.shape[0] > 0, images.shape.dropFirst() == [shape.height, shape.width, 3]
    else {
      throw DataSetError(
        images.path, expected: "uint8 of the shape [N, 32, 32, 3]",
        found: "\(images.element.name) of \(ArrayLayout.told(images.shape))")
    }
    let labels = try ArrayLabels(try MappedArray(path("cifar10.1_\(split)_labels.npy")).array)
    let count = images.shape[0]
    guard labels.numbers.count == count else {
      throw DataSetError(
        labels.path, expected: "\(count) labels, one an image", found: "\(labels.numbers.count)")
    }
    try labels.check(classes: CIFARClasses.ten.count)
    return ImageDataSet(
      name: "cifar-10.1:\(split)", shape: shape, classes: CIFARClasses.ten, labels: labels.numbers,
      keys: (0..<count).map { "\(split)/\(paddedNumber($0))" },
      pixels: StoredImages(
        images.file, in: file.file, start: images.start,
        strides: StoredImages.Strides(
          image: shape.count, channel: 1, row: 3 * shape.width, column: 3)))
  }
}
