// The samples of a job: perturbed, run through the network, written batch by batch, counted.

internal import Bits
internal import DataSets
internal import Networks
internal import Warehouse

extension CaptureJob {
  /// Runs the network over every sample that is not stored yet, and counts them.
  func capture(
    in warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    committed: Int, saver: inout ImageSaver?, observer: CaptureObserver
  ) throws {
    let writer = try RunWriter(try Warehouse.open(warehouse.path, mode: .write), run: run.id)
    defer { writer.drain() }
    // A run begun anew is counted while it is captured; what stands in the file is counted from there.
    let isCounted = committed == 0 && run.profiles == .stored && run.shard == nil
    let isStored = run.bitsets == .stored
    let range = run.range
    let reader = BatchReader(data, threads: engine.threads)
    let maker = pictureMaker
    // Runs over the same samples share their pictures.
    let pictured =
      try maker.map { _ in try warehouse.pictured(dataSet: run.dataSetID).positions } ?? []
    observer.advanced(committed)
    for (layer, own) in zip(layers, engine.layers) { try writer.submit(own.weights, of: layer) }
    for first in stride(
      from: range.lowerBound + committed, to: range.upperBound, by: batchSize)
    {
      let batch = self.batch(from: first)
      let end = batch.endIndex
      let images = reader.images(batch, next: self.batch(from: end))
      try report(images, observer)
      let pixels = try engine.pixels(batch, images: images)
      if let pixels { try saver?.add(batch, images: images, pixels: pixels) }
      let result = engine.forward(images, pixels: pixels)
      let readable = images.readable
      // Places in the selection.
      let own = readable.map { $0.map { first + $0 } } ?? Array(batch.indices)
      let predictions = try engine.predictions(result, at: batch, readable: readable)
      var blobs = engine.encode(result, bits: isStored || isCounted)
      if let readable { blobs = blobs.map { $0.keeping(readable) } }
      let places = own.map { positions[$0] }
      let isLost = Set(images.unreadable.map(\.index))
      let pictures = maker?.pictures(of: images.images) { index in
        !isLost.contains(index) && !pictured.contains(batch[first + index])
      }
      let perturbed = pixels.flatMap { pixels in
        maker?.pictures(of: pixels) { !isLost.contains($0) }
      }
      let labels = places.map { data.labels[$0] }
      let permuted = own.map { permutedLabels[$0] }
      if isCounted, !own.isEmpty {
        let z = result.layers.map { layer in readable.map(layer.z(keeping:)) ?? layer.z }
        try engine.count(blobs, z: z, labels: (labels, permuted))
      }
      try writer.submit(
        Batch(
          positions: places, keys: places.map { data.keys[$0] },
          classes: labels, permuted: permuted,
          assigned: assignedLabels.map { assigned in own.map { assigned[$0] } },
          predicted: predictions.map(\.predicted),
          confidence: predictions.map(\.confidence), loss: predictions.map(\.loss),
          layers: zip(layers, blobs).map { layer, blobs in
            Batch.Layer(
              layerID: layer.id, x: blobs.x, z: blobs.z, bits: isStored ? blobs.bits : [],
              significant: blobs.significant)
          }, unreadable: unreadable(images, in: batch),
          pictures: kept(pictures, readable), perturbedPictures: kept(perturbed, readable)))
      observer.advanced(end - range.lowerBound)
      if observer.isCancelled() {
        try writer.flush()
        throw CaptureCancelled(stored: end - range.lowerBound)
      }
    }
    try writer.flush()
    if run.shard == nil, try warehouse.unreadableSamples(run: run.id) == sampleCount {
      // A run of no samples has nothing to measure, and would pass for one whose ingest was interrupted.
      try warehouse.delete(run: run.id)
      throw nothingReadable
    }
    if isCounted { return try writer.finish(profiles(of: layers)) }
    if run.shard == nil {
      observer.stage("counting")
      try warehouse.countProfiles(run: run.id)
    }
    try warehouse.checkpoint()
  }

  /// Those of images that can be read.
  private func kept(_ pictures: [Picture?]?, _ readable: [Int]?) -> [Picture?] {
    guard let pictures else { return [] }
    return readable.map { $0.map { pictures[$0] } } ?? pictures
  }

  /// Makes the images of the first samples of the run once more.
  func save(
    first count: Int, to saver: inout ImageSaver?, observer: CaptureObserver
  ) throws {
    if count > 0 { observer.stage("making the images of \(count) samples stored earlier again") }
    for first in stride(from: range.lowerBound, to: range.lowerBound + count, by: batchSize) {
      let batch = positions[first..<min(first + batchSize, range.lowerBound + count)]
      let images = BatchImages(batch, of: data, threads: engine.threads)
      if let pixels = try engine.pixels(batch, images: images) {
        try saver?.add(batch, images: images, pixels: pixels)
      }
      if observer.isCancelled() { throw CaptureCancelled(stored: count) }
    }
  }

  /// Every class that has samples, in the order in which counting them from the file writes them.
  private func profiles(of layers: [Stored<LayerRecord>]) -> [ClassProfile] {
    var rows: [ClassProfile] = []
    for (layer, profile) in zip(layers, engine.profiles) {
      let groupings = [(ProfileGrouping.true, profile.true), (.permuted, profile.permuted)]
      func add(
        _ kind: ProfileKind, _ grouping: ProfileGrouping, _ label: Int, _ block: Int,
        _ samples: Int,
        _ counts: [UInt8]
      ) {
        rows.append(
          ClassProfile(
            layerID: layer.id, kind: kind, grouping: grouping, classPosition: label, block: block,
            samples: samples, counts: counts))
      }
      for (grouping, own) in groupings {
        for (label, samples) in own.neurons.samples.enumerated() where samples > 0 {
          for block in 0..<own.neurons.blockCount {
            add(.neuron, grouping, label, block, samples, own.neurons.block(block, of: label))
          }
        }
      }
      for (grouping, own) in groupings {
        for block in 0..<ClassCounts.blockCount(own.interactions.shape) {
          for (label, samples) in own.interactions.samples.enumerated() where samples > 0 {
            add(
              .interaction, grouping, label, block, samples,
              own.interactions.block(block, of: label))
          }
        }
      }
    }
    return rows
  }
}
