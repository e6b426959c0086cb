// A data set: every sample's bytes, label and stable key. Listing and decoding files stand in ImageFolder and
// FolderImages, numbers in Preprocessing.

internal import Basics
internal import ContentHash

/// The size of an image, stored channel by channel, row by row.
package struct ImageShape: Hashable, Sendable {
  package let channels: Int
  package let height: Int
  package let width: Int

  package init(channels: Int, height: Int, width: Int) {
    precondition(channels > 0 && height > 0 && width > 0, "An image has no empty side.")
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Values of one image.
  package var count: Int { channels * height * width }
}

/// A class, or an output of a network: the key, byte for byte, pairs it with the same class of another data set, the
/// name is shown.
package struct ClassName: Hashable, Sendable {
  package let key: String
  package let name: String

  package init(key: String, name: String) {
    self.key = key
    self.name = name
  }

  /// Equal where the bytes of both are.
  package static func == (a: ClassName, b: ClassName) -> Bool {
    a.key.hasBytes(of: b.key) && a.name.hasBytes(of: b.name)
  }

  /// Of the bytes.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(ByteText(key))
    hasher.combine(ByteText(name))
  }
}

/// Bytes, label and stable key of every sample.
package struct ImageDataSet: Sendable {
  /// Such as "cifar-10:test": told by the content, not by the folder it was read from.
  package let name: String
  /// SHA-256 over shape, class keys, sample keys, labels and pixels; of a folder over the files' bytes in place of
  /// shape and pixels. The name is left out.
  package let fingerprint: String
  package let shape: ImageShape
  package let classes: [ClassName]
  /// Positions in `classes`, one per sample; nil for a sample without a label.
  package let labels: [Int?]
  /// Unique, one per sample.
  package let keys: [String]
  /// What was passed over when the set was read, a line each.
  package let notes: [String]
  /// Whether a class that is called by a number is so for its position: folders 0, 1, 2, say, and no digits.
  package internal(set) var hasNumberedClasses = false
  private let images: Images

  /// Where the images are.
  private enum Images: Sendable {
    /// In memory, one after the other, each `shape.count` bytes: the planes R, G, B.
    case planes([UInt8])
    /// In one piece, in memory or in a mapped file.
    case stored(StoredImages)
    /// In files of their own, decoded when asked for.
    case folder(FolderImages)
    /// Another set's, resized and cropped when asked for.
    indirect case resized(Images, of: ImageShape, ImageGeometry)

    var isPrepared: Bool {
      switch self {
      case .planes, .stored: false
      case .folder, .resized: true
      }
    }
  }

  package init(
    name: String, shape: ImageShape, classes: [ClassName], labels: [Int], keys: [String],
    pixels: [UInt8], notes: [String] = []
  ) {
    precondition(
      labels.count * shape.count == pixels.count, "A data set has as many labels and images.")
    var hasher = Self.hasher(shape: shape, classes: classes, labels: labels, keys: keys)
    hasher.update(pixels)
    self.init(
      name, hasher.finish(), shape, classes, labels, keys, .planes(pixels), notes: notes)
  }

  /// - Parameters:
  ///   - pixels: They stay where they are; the fingerprint is that of the bytes they become.
  ///   - notes: How they were read.
  init(
    name: String, shape: ImageShape, classes: [ClassName], labels: [Int?], keys: [String],
    pixels: StoredImages, notes: [String] = []
  ) {
    var hasher = Self.hasher(shape: shape, classes: classes, labels: labels, keys: keys)
    // Made of other numbers or orders of axes by all cores, some megabytes at a time.
    let some = max(1, min(512, (64 << 20) / shape.count))
    for start in stride(from: 0, to: labels.count, by: some) {
      let planes = Parallel.map(min(some, labels.count - start), atATime: 16) { range in
        range.map { pixels.planes(start + $0, of: shape) }
      }
      for image in planes.joined() { hasher.update(image) }
    }
    self.init(
      name, hasher.finish(), shape, classes, labels, keys, .stored(pixels), notes: notes)
  }

  /// - Parameters:
  ///   - digests: Of the files' bytes: the images' sizes are their own, so no shape is part of the fingerprint.
  ///   - images: Which have one shape.
  ///   - notes: What was passed over.
  init(
    name: String, classes: [ClassName], labels: [Int?], digests: [String], images: FolderImages,
    notes: [String] = []
  ) {
    var hasher = Self.hasher(shape: nil, classes: classes, labels: labels, keys: images.keys)
    for digest in digests { hasher.update(digest) }
    self.init(
      name, hasher.finish(), images.shape, classes, labels, images.keys, .folder(images),
      notes: notes)
  }

  private init(
    _ name: String, _ fingerprint: String, _ shape: ImageShape, _ classes: [ClassName],
    _ labels: [Int?], _ keys: [String], _ images: Images, notes: [String] = []
  ) {
    precondition(labels.count == keys.count, "A data set has as many labels and keys.")
    precondition(
      labels.allSatisfy { $0.map(classes.indices.contains) ?? true },
      "A label is a position in classes.")
    self.name = name
    self.fingerprint = fingerprint
    self.shape = shape
    self.classes = classes
    self.labels = labels
    self.keys = keys
    self.notes = notes
    self.images = images
  }

  /// Everything of a fingerprint but the images, which follow.
  private static func hasher(
    shape: ImageShape?, classes: [ClassName], labels: [Int?], keys: [String]
  ) -> ContentHasher {
    var hasher = ContentHasher()
    let sides = shape.map { [$0.channels, $0.height, $0.width] } ?? [0, 0, 0]
    for size in sides + [classes.count, labels.count] { hasher.update(UInt64(size)) }
    for item in classes { hasher.update(item.key) }
    for (key, label) in zip(keys, labels) {
      hasher.update(key)
      hasher.update(label.map(UInt64.init) ?? .max)
    }
    return hasher
  }

  package var count: Int { labels.count }

  /// The `shape.count` bytes of sample `i`: the planes R, G, B. Safe from several threads at once.
  ///
  /// - Throws: For a file that is no image; sets that are no folders do not throw.
  package func image(_ i: Int) throws(DataSetError) -> ArraySlice<UInt8> {
    try Self.image(i, of: images, shape)
  }

  private static func image(
    _ i: Int, of images: Images, _ shape: ImageShape
  ) throws(DataSetError) -> ArraySlice<UInt8> {
    switch images {
    case .planes(let pixels): return pixels[i * shape.count..<(i + 1) * shape.count]
    case .stored(let stored): return try stored.image(i, of: shape)[...]
    case .folder(let folder): return try folder.image(i)[...]
    case .resized(let images, let original, let geometry):
      // The image in a variable: its span straight from the call ends the 6.3 compiler.
      let whole = try image(i, of: images, original)
      return geometry.apply(whole.span, shape: original)[...]
    }
  }

  /// Whether images are made when they are asked for, which takes a while.
  package var isMadeWhenAsked: Bool { images.isPrepared }

  /// Reads ahead where images are in files of their own.
  package func prefetch(_ positions: some Sequence<Int>) {
    if case .folder(let folder) = images { folder.prefetch(positions) }
  }

  /// The set as `preprocessing` takes it: resized and cropped where it resizes. Fingerprint and name stay: what is
  /// done to the images is told by the preprocessing. A folder is as it was opened.
  package func prepared(by preprocessing: Preprocessing) throws(DataSetError) -> ImageDataSet {
    let geometry = preprocessing.geometry
    guard geometry.resize != nil, !images.isPrepared else { return self }
    let size = geometry.resizedSize(height: shape.height, width: shape.width)
    let (height, width) = geometry.crop.map { ($0, $0) } ?? size
    var prepared = ImageDataSet(
      name, fingerprint, ImageShape(channels: shape.channels, height: height, width: width),
      classes, labels, keys, .resized(images, of: shape, geometry), notes: notes)
    prepared.hasNumberedClasses = hasNumberedClasses
    return prepared
  }

  /// The same images without labels: another data set, by its fingerprint.
  package var unlabelled: ImageDataSet {
    relabelled(classes: [], labels: labels.map { _ in nil })
  }

  /// The same images under other classes.
  func relabelled(classes: [ClassName], labels: [Int?]) -> ImageDataSet {
    var hasher = ContentHasher()
    hasher.update(fingerprint)
    for item in classes { hasher.update(item.key) }
    for label in labels { hasher.update(label.map(UInt64.init) ?? .max) }
    return ImageDataSet(
      name, hasher.finish(), shape, classes, labels, keys, images, notes: notes)
  }
}
