// Writes the arrays that ArrayFolder reads, images as they come: pixels that are no whole numbers are rounded to bytes.

internal import Basics
internal import FoundationEssentials
internal import Glibc
internal import NumPyArrays

/// A folder of arrays in the making. The files get their names when every image is in, `images.npy` last; a writer that
/// is let go before that leaves what the folder held.
package final class ArrayFolderWriter {
  private let directory: String
  private let shape: ImageShape
  private let count: Int
  /// What stands beside the images.
  private let companions: [(name: String, bytes: [UInt8])]
  private let file: ReplacedFile
  private var written = 0
  /// The largest rounding so far, in grey levels.
  package private(set) var largestRounding: Float = 0
  /// Bytes of all images so far that are not the pixels they were rounded from.
  package private(set) var roundedPixels = 0

  private var images: String { "\(directory)/images.npy" }

  /// Makes the folder where it is not there.
  ///
  /// - Parameters:
  ///   - set: Whose classes, labels and keys these are.
  ///   - positions: The samples, in the order in which their images will come.
  /// - Throws: `DataSetError` where the folder cannot be written or the images have no three colours.
  package init(_ directory: String, of set: ImageDataSet, positions: [Int]) throws(DataSetError) {
    guard set.shape.channels == 3 else {
      throw DataSetError(
        directory, expected: "images of three colours to save",
        found: "\(set.shape.channels) channels")
    }
    try Self.check(set, positions)
    self.directory = directory
    shape = set.shape
    count = positions.count
    func lines(_ texts: [String]) -> [UInt8] { texts.flatMap { Array(($0 + "\n").utf8) } }
    let known = positions.compactMap { set.labels[$0] }
    guard known.count == positions.count else {
      throw DataSetError(
        set.name, expected: "a label for every sample to save",
        found: "\(positions.count - known.count) without one",
        hint: "leave out --save-attacked")
    }
    let labels = known.flatMap { label in
      (0..<8).map { UInt8(truncatingIfNeeded: label >> (8 * $0)) }
    }
    companions = [
      (
        "classes.txt",
        lines(set.classes.map { $0.key.hasBytes(of: $0.name) ? $0.key : "\($0.key)\t\($0.name)" })
      ),
      ("keys.txt", lines(positions.map { set.keys[$0] })),
      ("labels.npy", NumPyHeader.encoded("<i8", [count]) + labels),
    ]
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    do { file = try ReplacedFile("\(directory)/images.npy") } catch {
      throw DataSetError(directory, expected: "a folder that can be written", found: "\(error)")
    }
    try append(NumPyHeader.encoded("|u1", [count, shape.height, shape.width, 3]))
  }

  /// That every name is read again as it is.
  private static func check(_ set: ImageDataSet, _ positions: [Int]) throws(DataSetError) {
    for item in set.classes {
      for text in [item.key, item.name]
      where text.isEmpty || !TextLines.canHold(text) || text.utf8.contains(UInt8(ascii: "\t")) {
        throw DataSetError(
          set.name, expected: "classes to save whose names hold no line break and no tab",
          found: "'\(text.shown(200))'", hint: "rename it, or leave out --save-attacked")
      }
    }
    for key in positions.lazy.map({ set.keys[$0] }) where key.isEmpty || !TextLines.canHold(key) {
      throw DataSetError(
        set.name, expected: "samples to save whose names hold no line break",
        found: "'\(key.shown(200))'", hint: "rename the file, or leave out --save-attacked")
    }
  }

  /// Adds images, `shape.count` pixels each, plane after plane, in 0 … 255.
  package func append(_ pixels: [Float]) throws(DataSetError) {
    precondition(pixels.count.isMultiple(of: shape.count), "Whole images.")
    let plane = shape.height * shape.width
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count)
    for image in stride(from: 0, to: pixels.count, by: shape.count) {
      for pixel in 0..<plane {
        for channel in 0..<3 {
          let value = pixels[image + channel * plane + pixel]
          let byte = value.rounded()
          largestRounding = max(largestRounding, abs(value - byte))
          roundedPixels += value == byte ? 0 : 1
          bytes.append(UInt8(byte))
        }
      }
    }
    written += pixels.count / shape.count
    try append(bytes)
  }

  /// Writes what stands beside the images and gives these their name. Earlier images go first: they never stand beside
  /// other ones' labels.
  package func finish() throws(DataSetError) {
    precondition(written == count, "Every image is in.")
    unsafe unlink(images)
    for (name, bytes) in companions {
      let path = "\(directory)/\(name)"
      do {
        let file = try ReplacedFile(path)
        try file.write(bytes)
        try file.finish()
      } catch {
        throw DataSetError(path, expected: "a file that can be written", found: "\(error)")
      }
    }
    do { try file.finish() } catch { throw failure("writing it ended in: \(error)") }
  }

  private func append(_ bytes: [UInt8]) throws(DataSetError) {
    do { try file.write(bytes) } catch { throw failure("writing it ended in: \(error)") }
  }

  private func failure(_ found: String) -> DataSetError {
    DataSetError(images, expected: "room for \(count) images", found: found)
  }
}
