// A data set in memory: every sample's bytes, label and stable key. No reading, no preprocessing.

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
  /// All images, one after the other, each `shape.count` bytes: the planes R, G, B.
  package let pixels: [UInt8]

  package init(
    name: String, shape: ImageShape, classes: [ClassName], labels: [Int], keys: [String],
    pixels: [UInt8]
  ) {
    precondition(
      labels.count == keys.count && labels.count * shape.count == pixels.count,
      "A data set has as many labels, keys and images.")
    precondition(labels.allSatisfy(classes.indices.contains), "A label is a position in classes.")
    self.name = name
    self.shape = shape
    self.classes = classes
    self.labels = labels
    self.keys = keys
    self.pixels = pixels

    var hasher = ContentHasher()
    for size in [shape.channels, shape.height, shape.width, classes.count, labels.count] {
      hasher.update(UInt64(size))
    }
    for item in classes { hasher.update(item.key) }
    for (key, label) in zip(keys, labels) {
      hasher.update(key)
      hasher.update(UInt64(label))
    }
    hasher.update(pixels)
    fingerprint = hasher.finish()
  }

  package var count: Int { labels.count }

  /// The `shape.count` bytes of sample `i`.
  package func image(_ i: Int) -> ArraySlice<UInt8> {
    pixels[i * shape.count..<(i + 1) * shape.count]
  }
}
