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
    let reader = BatchReader(data, threads: engine.threads)
    // Runs over the same samples share their pictures.
    let pictured =
      thumbnails.side == nil ? [] : try warehouse.pictured(dataSet: run.dataSetID).positions
    observer.advanced(committed)
    for (layer, own) in zip(layers, engine.layers) { try writer.submit(own.weights, of: layer) }
    var next = batch(from: range.lowerBound + committed)
    while !next.places.isEmpty {
      let batch = next
      next = self.batch(from: batch.places.upperBound)
      let images = reader.images(batch.images, next: next.images)
      try report(images, observer)
      let pixels = try engine.pixels(batch.images, images: images)
      if let pixels { try save(batch, images, pixels, to: &saver) }
      let pictures = pictures(of: batch, images, pixels, without: pictured)
      for part in parts(of: batch) {
        let pass = engine.forward(
          images.taking(part.images), pixels: pixels.map { share(of: $0, part.images) })
        for chunk in part.chunks {
          let rows = rows(chunk, of: batch, images)
          let result = result(pass, of: chunk, in: batch, from: part.images.lowerBound)
          var made = try rowsToWrite(rows, result, layers, bits: isStored, counting: isCounted)
          made.pictures = rows.pictures(pictures.own) { !pictured.contains($0) }
          made.perturbedPictures = rows.pictures(pictures.perturbed) { _ in true }
          try writer.submit(made)
        }
        let done = (part.chunks.last?.upperBound ?? 0) - range.lowerBound
        observer.advanced(done)
        if observer.isCancelled() {
          try writer.flush()
          throw CaptureCancelled(stored: done)
        }
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

  /// What came out for a chunk's samples, counted where it is to be.
  private func rowsToWrite(
    _ rows: ChunkRows, _ result: ForwardResult, _ layers: [Stored<LayerRecord>], bits: Bool,
    counting: Bool
  ) throws -> Batch {
    let predictions = try engine.predictions(result, at: rows.origins, readable: rows.readable)
    var blobs = engine.encode(result, bits: bits || counting)
    if let readable = rows.readable { blobs = blobs.map { $0.keeping(readable) } }
    let labels = rows.positions.map { samples.labels[$0] }
    let permuted = rows.places.map { permutedLabels[$0] }
    if counting, !rows.places.isEmpty {
      let z = result.layers.map { layer in rows.readable.map(layer.z(keeping:)) ?? layer.z }
      try engine.count(blobs, z: z, labels: (labels, permuted))
    }
    return Batch(
      positions: rows.positions, keys: rows.positions.map(samples.key),
      classes: labels, permuted: permuted,
      assigned: assignedLabels.map { assigned in rows.places.map { assigned[$0] } },
      predicted: predictions.map(\.predicted), confidence: predictions.map(\.confidence),
      loss: predictions.map(\.loss),
      layers: zip(layers, blobs).map { layer, blobs in
        Batch.Layer(
          layerID: layer.id, x: blobs.x, z: blobs.z, bits: bits ? blobs.bits : [],
          significant: blobs.significant)
      }, unreadable: rows.unreadable)
  }

  /// The pixels of some images of a batch.
  private func share(of pixels: [Float], _ images: Range<Int>) -> [Float] {
    let size = data.shape.count
    guard images.count * size < pixels.count else { return pixels }
    return Array(pixels[images.lowerBound * size..<images.upperBound * size])
  }

  /// Makes the images of the first samples of the run once more.
  func save(
    first count: Int, to saver: inout ImageSaver?, observer: CaptureObserver
  ) throws {
    if count > 0 { observer.stage("making the images of \(count) samples stored earlier again") }
    let end = range.lowerBound + count
    var next = batch(from: range.lowerBound, to: end)
    while !next.places.isEmpty {
      let batch = next
      next = self.batch(from: batch.places.upperBound, to: end)
      let images = BatchImages(batch.images, of: data, threads: engine.threads)
      if let pixels = try engine.pixels(batch.images, images: images) {
        try save(batch, images, pixels, to: &saver)
      }
      if observer.isCancelled() { throw CaptureCancelled(stored: count) }
    }
  }

  /// The images that no batch before this one had samples of.
  private func save(
    _ batch: ImageBatch, _ images: BatchImages, _ pixels: [Float], to saver: inout ImageSaver?
  ) throws {
    let fresh = fresh(batch)
    guard !fresh.isEmpty else { return }
    let first = batch.images.startIndex
    try saver?.add(
      batch.images[first + fresh.lowerBound..<first + fresh.upperBound],
      images: images.taking(fresh), pixels: share(of: pixels, fresh))
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
