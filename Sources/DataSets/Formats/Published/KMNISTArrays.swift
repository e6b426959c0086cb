// Kuzushiji-MNIST in its second published form (Clanuwat et al. 2018), http://codh.rois.ac.jp/kmnist: an .npz file for each
// array. Its IDX files are IDXFolder's.

internal import NumPyArrays

/// A folder with `kmnist-test-imgs.npz` and `kmnist-test-labels.npz`. Keys are those of the other form.
struct KMNISTArrays: SplitFolder {
  let directory: String

  static let form = PublishedFormat(
    prefix: "kmnist", files: "kmnist-test-imgs.npz and kmnist-test-labels.npz"
  ) { directory, files, _ in
    splits(files).isEmpty ? nil : KMNISTArrays(directory: directory)
  }

  private static func splits(_ files: [String]) -> [String] {
    ["train", "test"].filter { files.contains("kmnist-\($0)-imgs.npz") }
  }

  func splits() throws(DataSetError) -> [String] { Self.splits(try folderNames(directory).names) }

  func load(split: String) throws(DataSetError) -> ImageDataSet {
    let file = try only("kmnist-\(split)-imgs.npz")
    let images = file.array
    guard images.element == .byte, !images.isFortranOrder, images.shape.count == 3,
      !images.shape.contains(0)
    else {
      throw DataSetError(
        images.path, expected: "uint8 of the shape [N, height, width]",
        found: "\(images.element.name) of \(ArrayLayout.told(images.shape))")
    }
    try ImageShape.check(images.path, height: images.shape[1], width: images.shape[2])
    let labels = try ArrayLabels(try only("kmnist-\(split)-labels.npz").array)
    guard labels.numbers.count == images.shape[0] else {
      throw DataSetError(
        labels.path, expected: "\(images.shape[0]) labels, one an image",
        found: "\(labels.numbers.count)")
    }
    let classes = IDXFolder.Family.kuzushiji.classes
    try labels.check(classes: classes.count)
    let (rows, columns) = (images.shape[1], images.shape[2])
    return ImageDataSet(
      name: "kmnist:\(split)", shape: ImageShape(channels: 3, height: rows, width: columns),
      classes: classes, labels: labels.numbers,
      keys: labels.numbers.indices.map { "\(IDXFolder.prefix(split))/\(paddedNumber($0))" },
      pixels: StoredImages(
        images.file, in: file.file, start: images.start,
        strides: StoredImages.Strides(image: rows * columns, channel: 0, row: columns, column: 1),
        channels: 1))
  }

  /// The one array of a file.
  private func only(_ file: String) throws(DataSetError) -> MappedArray {
    let content = try MappedFile(path(file))
    do {
      let archive = try NumPyArchiveFile(content.bytes, path: path(file))
      guard archive.names.count == 1 else {
        throw DataSetError(path(file), expected: "one array", found: "\(archive.names.count)")
      }
      return MappedArray(
        array: try archive.array(archive.names[0], most: mostImageBytes), file: content)
    } catch let error as DataSetError {
      throw error
    } catch {
      throw DataSetError("\(error)")
    }
  }
}
