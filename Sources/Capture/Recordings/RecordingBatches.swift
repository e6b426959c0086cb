// Batches of a recording's samples as a warehouse takes them: predictions, and of every layer x, z and bits. Computing them is
// RecordedLayers's.

internal import Basics
internal import Bits
internal import DataSets
internal import Networks
internal import Warehouse

/// Some samples, of which the layers are computed on a thread of their own.
private struct RecordedChunk {
  let logits: [Float]
  let parts: Later<[RecordedLayers.Part]>
}

extension RecordingJob {
  /// Chunks that are computed ahead: one for every thread, and one that is ready.
  private static let ahead = Parallel.processors + 1

  /// Calls `body` with every batch from a place of the selection on, in order, and the place behind it; `layers` are those that are
  /// kept, none for a look.
  func forEachBatch(
    from first: Int, layers: [Stored<LayerRecord>], _ body: (Batch, _ end: Int) throws -> Void
  ) throws {
    var started: [RecordedChunk] = []
    defer { for chunk in started { _ = chunk.parts.value } }
    var next = first
    for begin in stride(from: first, to: range.upperBound, by: Self.batch) {
      let end = min(begin + Self.batch, range.upperBound)
      var chunks: [RecordedChunk] = []
      for _ in stride(from: begin, to: end, by: ActiveInputs.mostSamples) {
        while started.count < Self.ahead, next < range.upperBound {
          let places = next..<min(next + ActiveInputs.mostSamples, range.upperBound)
          started.append(try chunk(places, isKept: !layers.isEmpty))
          next = places.upperBound
        }
        chunks.append(started.removeFirst())
      }
      try body(try batch(begin..<end, chunks, layers: layers), end)
    }
  }

  /// Reads what was recorded of some places of the selection, and begins to compute it.
  private func chunk(_ places: Range<Int>, isKept: Bool) throws -> RecordedChunk {
    let own = positions[places]
    var (logits, vectors) = (
      [Float](), samples.layers.map { _ in (x: [Float]?.none, z: [Float]?.none) }
    )
    // Positions that follow each other are read at once.
    var next = own.startIndex
    while next < own.endIndex {
      var end = next + 1
      while end < own.endIndex, own[end] == own[end - 1] + 1 { end += 1 }
      let read = try samples.read(own[next]..<own[end - 1] + 1)
      guard end - next < own.count else {
        (logits, vectors) = (read.logits, read.layers)
        break
      }
      logits += read.logits
      for (index, layer) in read.layers.enumerated() {
        if let x = layer.x { vectors[index].x = (vectors[index].x ?? []) + x }
        if let z = layer.z { vectors[index].z = (vectors[index].z ?? []) + z }
      }
      next = end
    }
    for (index, layer) in samples.layers.enumerated()
    where vectors[index].x == nil && samples.tokens == .mean {
      throw CaptureError(
        "\(recording.path): expected \(layer.name.shown(80)).x, as the mean of rectified tokens is not the rectified "
          + "mean, found none")
    }
    return RecordedChunk(
      logits: logits,
      parts: Later { [layers, vectors] in
        layers.parts(vectors, count: places.count, isKept: isKept)
      })
  }

  private func batch(
    _ places: Range<Int>, _ chunks: [RecordedChunk], layers stored: [Stored<LayerRecord>]
  ) throws -> Batch {
    let own = Array(positions[places])
    let logits = chunks.flatMap(\.logits)
    let count = samples.outputCount
    var (predicted, confidence, loss) = ([Int](), [Double](), [Double?]())
    for (place, position) in own.enumerated() {
      let row = logits.span.extracting(place * count..<(place + 1) * count)
      let best = SoftmaxCrossEntropy.prediction(row)
      let answer = samples.labels[position].flatMap { pairing.outputs[$0] }
      let value = SoftmaxCrossEntropy.loss(row, label: answer ?? best)
      guard value.isFinite else {
        throw CaptureError(
          "\(recording.path): sample \(samples.keys[position].shown(200)): its logits are not finite"
        )
      }
      predicted.append(best)
      confidence.append(SoftmaxCrossEntropy.probabilities(row)[best])
      loss.append(answer.map { _ in value })
    }
    return Batch(
      positions: own, keys: own.map { samples.keys[$0] }, classes: own.map { samples.labels[$0] },
      permuted: places.map { permutedLabels[$0] }, predicted: predicted, confidence: confidence,
      loss: loss, layers: try self.layers(chunks.map(\.parts.value), own, stored))
  }

  /// x, z and bits of every layer.
  private func layers(
    _ chunks: [[RecordedLayers.Part]], _ own: [Int], _ stored: [Stored<LayerRecord>]
  ) throws -> [Batch.Layer] {
    var made: [Batch.Layer] = []
    for (index, layer) in samples.layers.enumerated() {
      let parts = chunks.map { $0[index] }
      var worst = (value: 0.0, sample: 0)
      for (place, part) in parts.enumerated() {
        let first = place * ActiveInputs.mostSamples
        if part.deviation.value > worst.value {
          worst = (part.deviation.value, own[first + part.deviation.sample])
        }
        infinite[index].count += part.infinite.count
        infinite[index].first =
          infinite[index].first ?? part.infinite.first.map { samples.keys[own[first + $0]] }
      }
      guard worst.value <= Warehouse.mostRecordedDeviation else {
        throw CaptureError(
          "\(recording.path): layer \(layer.name.shown(80)), sample \(samples.keys[worst.sample].shown(200)): expected "
            + "z = W x + b within \(Warehouse.mostRecordedDeviation) of the sum of its terms' magnitudes, found "
            + "\(worst.value.isFinite ? "\((worst.value * 1e6).rounded() / 1e6)" : "one of them alone to be finite")"
        )
      }
      deviations[index] = max(deviations[index], worst.value)
      guard index < stored.count else { continue }
      made.append(
        Batch.Layer(
          layerID: stored[index].id, x: try x(of: index, chunks), z: parts.flatMap(\.blobs.z),
          bits: parts.flatMap(\.blobs.bits), significant: parts.flatMap(\.blobs.significant)))
    }
    return made
  }

  /// Every sample's, or none where all of a batch are the source's rectified z.
  private func x(of layer: Int, _ chunks: [[RecordedLayers.Part]]) throws -> [[UInt8]] {
    guard !chunks.allSatisfy({ $0[layer].isChained }) else { return [] }
    return try chunks.flatMap { chunk in
      guard chunk[layer].isChained, let source = layers.layers[layer].source else {
        return chunk[layer].blobs.x
      }
      return try chunk[source].blobs.z.map { z in
        let count = layers.layers[layer].weights.shape.inputs
        return SparseVector.rectified(try FloatVector.decode(z.span.bytes, count: count))
      }
    }
  }
}
