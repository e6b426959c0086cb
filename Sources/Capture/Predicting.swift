// The network over the selection, and what it predicts: nothing is kept.

internal import DataSets
internal import Networks

/// What a network says of one sample.
package struct SamplePrediction: Sendable {
  package let key: String
  /// The key of its class; nil for a sample without a label.
  package let label: String?
  /// The key of the class that the output says, else that of the output.
  package let predicted: String
  /// The softmax of the predicted output.
  package let confidence: Double
  /// Cross-entropy under the label, in nats; nil where no output says the sample's class.
  package let loss: Double?
  /// nil where there is no right answer.
  package let isCorrect: Bool?
}

extension CaptureJob {
  /// Outputs of the network.
  package var classCount: Int { model.classCount }

  /// The key of what an output says.
  private func said(_ output: Int) -> String {
    pairing.classes[output].map { data.classes[$0].key } ?? model.outputs[output].key
  }

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
    var next = batch(from: range.lowerBound)
    while !next.places.isEmpty {
      let batch = next
      next = self.batch(from: batch.places.upperBound)
      let images = reader.images(batch.images, next: next.images)
      try report(images, observer)
      let pass = engine.forward(
        images, pixels: try engine.pixels(batch.images, images: images), capturing: false)
      let rows = rows(batch.places, of: batch, images)
      left += rows.unreadable.count
      let result = result(pass, of: batch.places, in: batch)
      let readable = rows.readable ?? Array(0..<result.count)
      let found = try engine.predictions(result, at: rows.origins, readable: readable)
      try body(
        zip(rows.positions, found).map { position, prediction in
          SamplePrediction(
            key: samples.key(position),
            label: samples.labels[position].map { data.classes[$0].key },
            predicted: said(prediction.predicted), confidence: prediction.confidence,
            loss: prediction.loss,
            isCorrect: engine.answers[samples.image(of: position)].map {
              $0 == prediction.predicted
            })
        }, readable.flatMap { result.logits[$0 * classes..<($0 + 1) * classes] })
      observer.advanced(batch.places.upperBound - range.lowerBound)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
    guard left < sampleCount else { throw nothingReadable }
    return unreadableNote(
      left, of: sampleCount, areTokens: samples.tokens != nil, isListed: false)
  }
}
