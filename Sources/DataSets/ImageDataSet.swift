// A data set: every sample's bytes, label and stable key. No reading, no preprocessing.

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

/// A class: the key pairs it with the same class of another data set, the name is shown.
package struct ClassName: Hashable, Sendable {
  package let key: String
  package let name: String

  package init(key: String, name: String) {
    self.key = key
    self.name = name
  }
}

/// Bytes, label and stable key of every sample.
package struct ImageDataSet: Sendable {
  /// Such as "cifar-10:test": told by the content, not by the folder it was read from.
  package let name: String
  /// SHA-256 over shape, class keys, sample keys, labels and pixels. The name is left out.
  package let fingerprint: String
  package let shape: ImageShape
  package let classes: [ClassName]
  /// Positions in `classes`, one per sample.
  package let labels: [Int]
  /// Unique, one per sample.
  package let keys: [String]
  private let images: Images

  /// All images, one after the other.
  private enum Images {
    /// In memory, each `shape.count` bytes: the planes R, G, B.
    case planes([UInt8])
    /// In a mapped file, each pixel's colours together.
    case file(ArrayFile)
  }

  package init(
    name: String, shape: ImageShape, classes: [ClassName], labels: [Int], keys: [String],
    pixels: [UInt8]
  ) {
    precondition(
      labels.count * shape.count == pixels.count, "A data set has as many labels and images.")
    self.init(name, shape, classes, labels, keys, .planes(pixels))
  }

  /// - Parameter pixels: N × height × width × 3 bytes; they stay in the file.
  init(
    name: String, shape: ImageShape, classes: [ClassName], labels: [Int], keys: [String],
    pixels: ArrayFile
  ) {
    precondition(
      labels.count * shape.count == pixels.bytes.count, "A data set has as many labels and images.")
    self.init(name, shape, classes, labels, keys, .file(pixels))
  }

  private init(
    _ name: String, _ shape: ImageShape, _ classes: [ClassName], _ labels: [Int], _ keys: [String],
    _ images: Images
  ) {
    precondition(labels.count == keys.count, "A data set has as many labels and keys.")
    precondition(labels.allSatisfy(classes.indices.contains), "A label is a position in classes.")
    self.name = name
    self.shape = shape
    self.classes = classes
    self.labels = labels
    self.keys = keys
    self.images = images

    var hasher = ContentHasher()
    for size in [shape.channels, shape.height, shape.width, classes.count, labels.count] {
      hasher.update(UInt64(size))
    }
    for item in classes { hasher.update(item.key) }
    for (key, label) in zip(keys, labels) {
      hasher.update(key)
      hasher.update(UInt64(label))
    }
    switch images {
    case .planes(let pixels): hasher.update(pixels)
    case .file(let file):
      for i in labels.indices { hasher.update(file.planes(i, of: shape)) }
    }
    fingerprint = hasher.finish()
  }

  package var count: Int { labels.count }

  /// The `shape.count` bytes of sample `i`: the planes R, G, B.
  package func image(_ i: Int) -> ArraySlice<UInt8> {
    switch images {
    case .planes(let pixels): pixels[i * shape.count..<(i + 1) * shape.count]
    case .file(let file): file.planes(i, of: shape)[...]
    }
  }
}

extension ArrayFile {
  /// Image `i`, which is stored with each pixel's colours together, as a plane a colour.
  fileprivate func planes(_ i: Int, of shape: ImageShape) -> [UInt8] {
    let source = bytes.extracting(i * shape.count..<(i + 1) * shape.count)
    return [UInt8](capacity: shape.count) { target in
      for channel in 0..<shape.channels {
        for pixel in stride(from: channel, to: shape.count, by: shape.channels) {
          target.append(source[pixel])
        }
      }
    }
  }
}
