// What a folder of images holds beside images, counted.

internal import Basics

/// Names that became no samples, as a note tells them.
struct PassedOver {
  /// How many files there are of every extension, and "__MACOSX" folders.
  private var counts: [ByteText: Int] = [:]
  /// Class folders without images.
  var emptyClasses: [String] = []
  /// Images beside the class folders.
  var beside: [String] = []
  /// Images that a list does not name.
  var unlisted: [String] = []

  /// A file or folder that is no image.
  mutating func add(_ name: String) {
    let bytes = name.utf8
    let kind: String
    if name == ImageFolder.archiveFolder {
      kind = name
    } else if let dot = bytes.lastIndex(of: UInt8(ascii: ".")) {
      kind = String(name[dot...]).lowercased()
    } else {
      kind = "no extension"
    }
    counts[ByteText(kind), default: 0] += 1
  }

  /// The most frequent kinds of what was passed over, with their numbers; nil where there is nothing.
  var kinds: String? {
    let kinds = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return kinds.isEmpty ? nil : listed(kinds.map { "\($0.value) × \($0.key.text.shown(30))" })
  }

  /// What mends it where there are images of other formats.
  var advice: String? {
    counts.keys.contains { Self.images.contains($0.text) }
      ? "other images are read when they are converted, as ImageMagick does: magick FILE FILE.png"
      : nil
  }

  private static let images: Set = [
    ".tif", ".tiff", ".gif", ".avif", ".heic", ".heif", ".jxl", ".jp2", ".svg", ".ico", ".psd",
    ".tga", ".exr", ".dng", ".cr2", ".nef",
  ]

  /// A line for every kind of thing, with the folder's path.
  func notes(_ directory: String) -> [String] {
    var notes: [String] = []
    if let kinds {
      let files = counts.values.reduce(0, +)
      notes.append(
        "\(directory): passed over \(files) that \(files == 1 ? "is" : "are") no JPEG, PNG, WebP, BMP or PNM "
          + "\(files == 1 ? "image" : "images"): " + kinds + (advice.map { "; \($0)" } ?? ""))
    }
    if !emptyClasses.isEmpty {
      notes.append(
        "\(directory): \(emptyClasses.count) of the class folders "
          + "\(emptyClasses.count == 1 ? "holds" : "hold") no image and "
          + "\(emptyClasses.count == 1 ? "is a class" : "are classes") without samples: "
          + listed(emptyClasses))
    }
    for (images, place) in [
      (beside, "beside the class folders"), (unlisted, "not in the list of labels"),
    ] where !images.isEmpty {
      notes.append(
        "\(directory): left out \(images.count) image\(images.count == 1 ? "" : "s") \(place): "
          + listed(images))
    }
    return notes
  }
}
