// Batches of a recording's samples as a warehouse takes them: predictions, and of every layer x, z and bits.

internal import Basics
internal import Bits
internal import DataSets
internal import Networks
internal import Warehouse

extension RecordingJob {
  /// Some places of the selection, computed; `layers` are those that are kept, none for a look.
  func batch(_ places: Range<Int>, layers stored: [Stored<LayerRecord>]) throws -> Batch {
    let own = places.map { positions[$0] }
    var (logits, vectors) = (
      [Float](), samples.layers.map { _ in (x: [Float]?.none, z: [Float]?.none) }
    )
    // Positions that follow each other are read at once.
    var next = own.startIndex
    while next < own.endIndex {
      var end = next + 1
      while end < own.endIndex, own[end] == own[end - 1] + 1 { end += 1 }
      let read = try samples.read(own[next]..<own[end - 1] + 1)
      logits += read.logits
      for (index, layer) in read.layers.enumerated() {
        if let x = layer.x { vectors[index].x = (vectors[index].x ?? []) + x }
        if let z = layer.z { vectors[index].z = (vectors[index].z ?? []) + z }
      }
      next = end
    }
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
      loss: loss, layers: try self.layers(vectors, own, stored))
  }

  /// x, z and bits of every layer.
  private func layers(
    _ vectors: [(x: [Float]?, z: [Float]?)], _ own: [Int], _ stored: [Stored<LayerRecord>]
  ) throws -> [Batch.Layer] {
    var (all, made) = ([[Float]](), [Batch.Layer]())
    for (index, layer) in samples.layers.enumerated() {
      let shape = layer.weights.shape
      let source = layer.rectifies.flatMap { name in
        samples.layers.firstIndex { $0.name.hasBytes(of: name) }
      }
      // The mean of rectified tokens is not the rectified mean.
      let rectified = samples.tokens == .mean ? nil : source.map { all[$0].map { max($0, 0) } }
      guard let x = vectors[index].x ?? rectified else {
        throw CaptureError(
          "\(recording.path): expected \(layer.name.shown(80)).x, as the mean of rectified tokens is not the rectified "
            + "mean, found none")
      }
      // Of a z that is computed here the recorded x is the rectified one but for roundings.
      let isChained = x == rectified
      let z: [Float]
      if let recorded = vectors[index].z {
        let worst = products[index].deviation(recorded, x: x, count: own.count)
        guard worst.value <= Warehouse.mostRecordedDeviation else {
          throw CaptureError(
            "\(recording.path): layer \(layer.name.shown(80)), sample \(samples.keys[own[worst.sample]].shown(200)): expected "
              + "z = W x + b within \(Warehouse.mostRecordedDeviation) of the sum of its terms' magnitudes, found "
              + "\(worst.value.isFinite ? "\((worst.value * 1e6).rounded() / 1e6)" : "one of them alone to be finite")"
          )
        }
        deviations[index] = max(deviations[index], worst.value)
        z = recorded
      } else {
        z = products[index].z(x, count: own.count)
      }
      for (place, position) in own.enumerated()
      where !z[place * shape.outputs..<(place + 1) * shape.outputs].allSatisfy(\.isFinite) {
        infinite[index].count += 1
        infinite[index].first = infinite[index].first ?? samples.keys[position]
      }
      all.append(z)
      guard index < stored.count else { continue }
      let parts = Parallel.map(own.count, atATime: 16) {
        [encoder = encoders[index], counter = counters[index]] range in
        let (inputs, outputs) = (shape.inputs, shape.outputs)
        return Self.blobs(
          x: Array(x[range.lowerBound * inputs..<range.upperBound * inputs]),
          z: Array(z[range.lowerBound * outputs..<range.upperBound * outputs]), count: range.count,
          shape, isChained: isChained, encoder, counter)
      }
      made.append(
        Batch.Layer(
          layerID: stored[index].id, x: parts.flatMap(\.x), z: parts.flatMap(\.z),
          bits: parts.flatMap(\.bits), significant: parts.flatMap(\.significant)))
    }
    return made
  }

  /// Of some samples of a layer; x is left out where it is another layer's rectified z.
  private static func blobs(
    x: [Float], z: [Float], count: Int, _ shape: LayerShape, isChained: Bool,
    _ encoder: SignificanceEncoder?, _ counter: SignificanceCounter
  ) -> CapturedBlobs {
    let (x, z) = (x.span, z.span)
    var blobs = CapturedBlobs(x: [], z: [], bits: [], significant: [])
    for sample in 0..<count {
      if !isChained {
        blobs.x.append(
          SparseVector.encode(x.extracting(sample * shape.inputs..<(sample + 1) * shape.inputs)))
      }
      blobs.z.append(
        FloatVector.encode(z.extracting(sample * shape.outputs..<(sample + 1) * shape.outputs)))
    }
    blobs.bits = encoder?.encode(x: x, z: z, count: count) ?? []
    blobs.significant = counter.count(x: x, z: z, count: count)
    return blobs
  }
}
