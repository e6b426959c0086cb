// Keeps the perturbed images of a run as a data set of their own, and tells what their rounding to bytes changes.

internal import DataSets
internal import Networks

/// The images of a run, batch by batch in its order.
struct ImageSaver {
  private let engine: CaptureEngine
  private let directory: String
  private let writer: ArrayFolderWriter
  private var count = 0
  private var correct = 0

  /// - Parameter positions: of the run's samples.
  init(_ directory: String, _ engine: CaptureEngine, positions: ArraySlice<Int>) throws {
    self.engine = engine
    self.directory = directory
    writer = try ArrayFolderWriter(directory, of: engine.data, positions: Array(positions))
  }

  /// - Throws: `CaptureError` where one of the images cannot be read: there is nothing to keep in its place.
  mutating func add(_ batch: ArraySlice<Int>, images: BatchImages, pixels: [Float]) throws {
    if let first = images.unreadable.first {
      throw CaptureError("\(first.error); --save-attacked keeps every image or none")
    }
    try writer.append(pixels)
    let rounded = engine.forward(
      images, pixels: pixels.map { $0.rounded() }, capturing: false)
    correct += zip(try engine.predictions(rounded, at: batch), batch).count {
      $0.predicted == engine.data.labels[$1]
    }
    count += batch.count
  }

  /// What was written, in a line.
  func finish() throws -> String {
    try writer.finish()
    let all = count * engine.data.shape.count
    func percent(_ part: Int, of whole: Int) -> String {
      "\((Double(part) / Double(max(1, whole)) * 10_000).rounded() / 100) %"
    }
    return
      "\(count) images saved as npy:\(directory): \(percent(writer.roundedPixels, of: all)) of their pixels "
      + "are rounded, by \((writer.largestRounding * 100).rounded() / 100) grey levels at most; "
      + "\(percent(correct, of: count)) of the rounded images are classified right"
  }
}
