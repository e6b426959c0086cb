// A network over some samples once more, for the entries of Gram matrices of its feature maps: a batch's at a time. What is
// made of them stands in FeatureDetection.

internal import Analytics
internal import DataSets
internal import Networks

/// Samples with their entries.
struct FeatureBatch: Sendable {
  /// In the data set.
  var positions: [Int] = []
  /// The network's outputs.
  var predicted: [Int] = []
  /// Of every image of the batch, samples or not.
  fileprivate var entries: [Double] = []
  fileprivate var size = 0
  /// The images that can be read, by their place in the batch.
  fileprivate var places: [Int] = []

  var count: Int { positions.count }

  /// Calls `body` with a sample's entries.
  func withEntries<Result>(of sample: Int, _ body: (Span<Double>) -> Result) -> Result {
    body(entries.span.extracting(places[sample] * size..<(places[sample] + 1) * size))
  }
}

extension CaptureJob {
  /// Room for a batch's entries.
  private static let mostBytes = 256 << 20

  /// Gives the samples at `positions` of the data set batch by batch, in their order; those whose images cannot be read are
  /// left out. Neither the batches nor the number of threads change a bit.
  /// - Parameter body: Called with a batch.
  func features(
    _ entries: GramEntries, at positions: [Int], observer: CaptureObserver,
    _ body: (FeatureBatch) throws -> Void
  ) throws {
    let reader = BatchReader(data, threads: engine.threads)
    let size = [256, 128, 64].first { $0 * entries.count * 8 <= Self.mostBytes } ?? 32
    let step = min(size, batchSize)
    func batch(from first: Int) -> ArraySlice<Int> {
      positions[min(first, positions.count)..<min(first + step, positions.count)]
    }
    observer.advanced(0)
    for first in stride(from: 0, to: positions.count, by: step) {
      let own = batch(from: first)
      try body(try features(entries, of: own, reader.images(own, next: batch(from: first + step))))
      observer.advanced(own.endIndex)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
  }

  private func features(
    _ entries: GramEntries, of batch: ArraySlice<Int>, _ images: BatchImages
  ) throws -> FeatureBatch {
    var made = FeatureBatch()
    made.size = entries.count
    made.entries = [Double](repeating: 0, count: batch.count * entries.count)
    let pixels = try engine.pixels(batch, images: images)
    let result = unsafe made.entries.withUnsafeMutableBufferPointer { values in
      // Samples are read on threads of their own, each sample's entries by one at a time.
      nonisolated(unsafe) let values = unsafe values
      return engine.forward(images, pixels: pixels, capturing: false) {
        sample, layer, maps, rowStride in
        var own = unsafe UnsafeMutableBufferPointer(
          rebasing: values[sample * entries.count..<(sample + 1) * entries.count]
        ).mutableSpan
        entries.set(layer, of: maps, rowStride: rowStride, in: &own)
      }
    }
    made.places = images.readable ?? Array(images.images.indices)
    made.positions = made.places.map { batch[batch.startIndex + $0] }
    made.predicted = try engine.predictions(result, at: batch, readable: made.places)
      .map(\.predicted)
    return made
  }
}
