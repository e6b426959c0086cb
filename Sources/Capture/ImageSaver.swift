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
  /// Those that have a right answer.
  private var answered = 0
  /// Of every image, where each has logits of its own; else 1.
  private var tokens = 1

  /// - Parameter positions: of the run's images.
  /// - Throws: where the folder cannot be written, or the images are none that bytes can hold.
  init(_ directory: String, _ engine: CaptureEngine, positions: ArraySlice<Int>) throws {
    if case .attack(let attack) = engine.perturbation, !attack.isBoxed {
      throw CaptureError(
        "attack \(attack): images that may leave 0 … 255, by steps of less than a grey level, cannot be kept as bytes; "
          + "leave out --save-attacked")
    }
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
    // Each token of an image has its logits where the network has such.
    tokens = rounded.tokens ?? 1
    let rows = batch.indices.flatMap { index in
      (0..<tokens).map { TokenRow(sample: index - batch.startIndex, token: $0) }
    }
    let positions = rows.map { batch[batch.startIndex + $0.sample] }
    let predictions = try engine.predictions(
      tokens == 1 ? rounded : rounded.taking(rows), at: positions)
    for (prediction, position) in zip(predictions, positions) {
      guard let answer = engine.answers[position] else { continue }
      answered += 1
      correct += prediction.predicted == answer ? 1 : 0
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
      + (answered == 0
        ? "none has a class that is an output of the network"
        : "\(percent(correct, of: answered)) of the rounded images\(tokens == 1 ? "" : "' tokens") are classified right")
  }
}
