// The network over the selection, and what it predicts: nothing is kept.

internal import DataSets
internal import Networks

/// What a network says of one sample.
package struct SamplePrediction: Sendable {
  package let key: String
  /// Keys of classes.
  package let label: String
  package let predicted: String
  /// The softmax of the predicted class.
  package let confidence: Double
  /// Cross-entropy under the label, in nats.
  package let loss: Double
  package var isCorrect: Bool { label == predicted }
}

extension CaptureJob {
  /// Outputs of the network.
  package var classCount: Int { model.network.classCount }

  /// Gives every batch's predictions, in the order of the selection, and their logits, samples × classes. Samples whose
  /// images cannot be read are left out; where all are, that is an error.
  /// - Returns: Remarks, a line each.
  package func predict(
    observer: CaptureObserver, _ body: ([SamplePrediction], [Float]) throws -> Void
  ) throws -> [String] {
    let reader = BatchReader(data, threads: engine.threads)
    let classes = classCount
    var left = 0
    observer.advanced(0)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: batchSize) {
      let batch = self.batch(from: first)
      let images = reader.images(batch, next: self.batch(from: batch.endIndex))
      try report(images, observer)
      left += images.unreadable.count
      let result = engine.forward(
        images, pixels: try engine.pixels(batch, images: images), capturing: false)
      let readable = images.readable ?? Array(images.images.indices)
      let found = try engine.predictions(result, at: batch, readable: readable)
      try body(
        zip(readable, found).map { index, prediction in
          let position = batch[batch.startIndex + index]
          return SamplePrediction(
            key: data.keys[position], label: data.classes[data.labels[position]].key,
            predicted: data.classes[prediction.predicted].key, confidence: prediction.confidence,
            loss: prediction.loss)
        }, readable.flatMap { result.logits[$0 * classes..<($0 + 1) * classes] })
      observer.advanced(batch.endIndex - range.lowerBound)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
    guard left < sampleCount else { throw nothingReadable }
    return unreadableNote(left, isListed: false)
  }
}
