// The four published forms of CIFAR-10 and CIFAR-100 (Krizhevsky 2009), https://www.cs.toronto.edu/~kriz/cifar.html.

/// What one form calls its files and fields.
enum CIFARFormat: CaseIterable, Sendable {
  /// Records of one label byte and 3 × 32 × 32 pixels.
  case binary10
  /// Records of two label bytes, coarse and fine, and 3 × 32 × 32 pixels.
  case binary100
  /// Pickled dictionaries with an array of images × 3072.
  case python10, python100

  static let shape = ImageShape(channels: 3, height: 32, width: 32)

  var name: String { classCount == 10 ? "cifar-10" : "cifar-100" }

  var classCount: Int {
    switch self {
    case .binary10, .python10: 10
    case .binary100, .python100: 100
    }
  }

  /// Of the binary forms; the last one is the class.
  var labelBytes: Int { self == .binary100 ? 2 : 1 }

  var isPickled: Bool { self == .python10 || self == .python100 }

  /// Whether no other data set's files are called so.
  var isDistinctive: Bool { classCount == 10 }

  /// The file with the classes' names.
  var namesFile: String {
    switch self {
    case .binary10: "batches.meta.txt"
    case .binary100: "fine_label_names.txt"
    case .python10: "batches.meta"
    case .python100: "meta"
    }
  }

  /// The entries of the pickled forms.
  var namesKey: String { self == .python10 ? "label_names" : "fine_label_names" }
  var labelsKey: String { self == .python10 ? "labels" : "fine_labels" }

  /// The names of a batch's file: what is before its number, and what is behind it.
  func batch(_ split: String) -> (start: String, isNumbered: Bool, end: String) {
    let end = isPickled ? "" : ".bin"
    return switch (classCount, split) {
    case (10, "train"): ("data_batch_", true, end)
    case (10, _): ("test_batch", false, end)
    default: (split, false, end)
    }
  }
}
