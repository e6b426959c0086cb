// A job carried out: into a warehouse, or dry.

internal import Bits
internal import CKernels
internal import DataSets
internal import Networks
internal import Warehouse

/// What a finished job has to say.
package struct CaptureSummary: Sendable, Equatable {
  /// `ingested`, `already ingested` or `dry run`.
  package var status: String
  package var run: String
  package var samples: Int
  package var accuracy: Double
  /// Of the warehouse, 0 for a dry run.
  package var fileBytes: Int
  /// Capturing and writing the samples.
  package var seconds: Double
  package var measureSeconds: Double
  /// Remarks of the measures, a line each.
  package var notes: [String]
}

extension CaptureJob {
  /// Ingests the run: from the start, behind the last committed batch, or not at all where it is complete.
  /// - Parameter images: A folder for the perturbed images; those of samples stored earlier are made again.
  /// - Throws: `CaptureCancelled` when asked to stop; what was committed stays and is resumed from.
  package func run(
    into path: String, savingImagesTo images: String? = nil, observer: CaptureObserver
  ) throws -> CaptureSummary {
    let done = try WriterLock.holding(
      path,
      waiting: {
        observer.stage("\(path): another program is writing to it; waiting for it to end")
      }, isCancelled: observer.isCancelled,
      do: { try ingest(into: path, images: images, observer: observer) })
    guard let done else { throw CaptureCancelled(stored: nil) }
    return done
  }

  private func ingest(
    into path: String, images: String?, observer: CaptureObserver
  ) throws -> CaptureSummary {
    let clock = ContinuousClock()
    let started = clock.now
    if !fileExists(path) { try checkRoom(for: path) }
    var saver = try images.map { try ImageSaver($0, engine, positions: positions[range]) }
    let warehouse = try Warehouse.open(
      path, mode: .create, pageSize: bitsets == .derived ? .small : .large)
    if let backup = warehouse.backup {
      observer.stage(
        "\(path): brought up to this version's schema; the file as it was is \(backup)")
    }
    let dataSet = try warehouse.ensure(
      DataSetRecord(
        name: data.name, fingerprint: data.fingerprint, sampleCount: data.count,
        classes: data.classes.map { ClassRecord(key: $0.key, name: $0.name) }))
    let (stored, known) = try warehouse.ensure(
      ModelRecord(
        name: model.name, architecture: model.network.architecture.name,
        weightsSHA256: model.weightsHash, parameters: model.network.parameterCount,
        state: model.state, training: model.training), layers: layerRecords)
    let layers = known.filter { layer in engine.layers.contains { $0.name == layer.name } }
    let state = try warehouse.ensure(
      RunRecord(
        name: name, modelID: stored.id, dataSetID: dataSet.id, identity: identity,
        perturbation: perturbation.description,
        preprocessing: preprocessing.description, selection: try selection.json,
        bitsets: bitsets, profiles: profiles, sampleCount: positions.count, shard: shard,
        permutationSeed: permutationSeed,
        engramVersion: ENGRAM_VERSION, cpuLevel: unsafe String(cString: engram_cpu_level())),
      layers: layers)
    let run = state.run
    try fillAssignedLabels(of: run, in: warehouse)
    if saver != nil {
      try save(first: state.committed(of: sampleCount), to: &saver, observer: observer)
    }

    switch state {
    case .complete:
      // Version 1 of the schema had no place for them.
      for (layer, own) in zip(layers, engine.layers) {
        try warehouse.store(own.weights, of: layer)
      }
      var found = try summary("already ingested", of: run, in: warehouse, path: path)
      found.notes = try saver.map { [try $0.finish()] } ?? []
      if run.name != name {
        found.notes.append(
          "the same weights, samples and options are stored as run '\(run.name)'")
      }
      return found
    case .unmeasured:
      observer.stage("every sample is stored already; only the measures are missing")
    case .new:
      do { try checkRoom(for: path) } catch {
        try warehouse.delete(run: run.id)
        throw error
      }
      try capture(
        in: warehouse, run: run, layers: layers, committed: 0, saver: &saver, observer: observer)
    case .resume(_, let committed):
      if committed > 0 {
        observer.stage("run '\(run.name)': going on behind \(committed) samples stored earlier")
      }
      try capture(
        in: warehouse, run: run, layers: layers, committed: committed, saver: &saver,
        observer: observer)
    }
    let saved = try saver?.finish()
    let captured = clock.now
    observer.captured()
    var measures = MeasureSummary()
    if shard == nil {
      observer.stage("measuring")
      measures = try warehouse.measure(run: run.id)
    }
    try warehouse.complete(run: run.id)
    var summary = try summary(
      shard.map { "part \($0) ingested" } ?? "ingested", of: run, in: warehouse, path: path)
    summary.seconds = (captured - started).inSeconds
    summary.measureSeconds = (clock.now - captured).inSeconds
    summary.notes = (saved.map { [$0] } ?? []) + measures.notes
    return summary
  }

  /// Runs the network over the selection and keeps nothing.
  package func dryRun(observer: CaptureObserver) throws -> CaptureSummary {
    let started = ContinuousClock.now
    var correct = 0
    observer.advanced(0)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: batchSize) {
      let batch = positions[first..<min(first + batchSize, range.upperBound)]
      let pixels = try engine.pixels(batch)
      let predictions = try engine.predictions(
        engine.forward(batch, pixels: pixels, capturing: false), at: batch)
      correct += zip(predictions, batch).count { $0.predicted == data.labels[$1] }
      observer.advanced(batch.endIndex - range.lowerBound)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
    return CaptureSummary(
      status: "dry run", run: name, samples: sampleCount,
      accuracy: Double(correct) / Double(sampleCount), fileBytes: 0,
      seconds: (ContinuousClock.now - started).inSeconds, measureSeconds: 0, notes: [])
  }

  private func capture(
    in warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    committed: Int, saver: inout ImageSaver?, observer: CaptureObserver
  ) throws {
    let writer = try RunWriter(try Warehouse.open(warehouse.path, mode: .write), run: run.id)
    // A run begun anew is counted while it is captured; what stands in the file is counted from there.
    let isCounted = committed == 0 && run.profiles == .stored && run.shard == nil
    let isStored = run.bitsets == .stored
    let range = run.range
    observer.advanced(committed)
    for (layer, own) in zip(layers, engine.layers) { try writer.submit(own.weights, of: layer) }
    for first in stride(
      from: range.lowerBound + committed, to: range.upperBound, by: batchSize)
    {
      let end = min(first + batchSize, range.upperBound)
      let batch = positions[first..<end]
      let pixels = try engine.pixels(batch)
      if let pixels { try saver?.add(batch, pixels: pixels) }
      let result = engine.forward(batch, pixels: pixels)
      let predictions = try engine.predictions(result, at: batch)
      let blobs = engine.encode(result, bits: isStored || isCounted)
      let labels = batch.map { data.labels[$0] }
      let permuted = Array(permutedLabels[first..<end])
      if isCounted {
        try engine.count(blobs, z: result.layers.map(\.z), labels: (labels, permuted))
      }
      try writer.submit(
        Batch(
          positions: Array(batch), keys: batch.map { data.keys[$0] }, classes: labels,
          permuted: permuted, assigned: assignedLabels.map { Array($0[first..<end]) },
          predicted: predictions.map(\.predicted),
          confidence: predictions.map(\.confidence), loss: predictions.map(\.loss),
          layers: zip(layers, blobs).map { layer, blobs in
            Batch.Layer(
              layerID: layer.id, x: blobs.x, z: blobs.z, bits: isStored ? blobs.bits : [],
              significant: blobs.significant)
          }))
      observer.advanced(end - range.lowerBound)
      if observer.isCancelled() {
        try writer.flush()
        throw CaptureCancelled(stored: end - range.lowerBound)
      }
    }
    if isCounted { return try writer.finish(profiles(of: layers)) }
    try writer.flush()
    if run.shard == nil {
      observer.stage("counting")
      try warehouse.countProfiles(run: run.id)
    }
    try warehouse.checkpoint()
  }

  /// Makes the images of the first samples of the run once more.
  private func save(
    first count: Int, to saver: inout ImageSaver?, observer: CaptureObserver
  ) throws {
    if count > 0 { observer.stage("making the images of \(count) samples stored earlier again") }
    for first in stride(from: range.lowerBound, to: range.lowerBound + count, by: batchSize) {
      let batch = positions[first..<min(first + batchSize, range.lowerBound + count)]
      if let pixels = try engine.pixels(batch) { try saver?.add(batch, pixels: pixels) }
      if observer.isCancelled() { throw CaptureCancelled(stored: count) }
    }
  }

  /// - Throws: `CaptureError` where the file system has less room than the estimate.
  private func checkRoom(for path: String) throws {
    // Profiles stand in the log, too, until it is moved into the file.
    let needed = (estimate.bytes(bitsets) + estimate.profiles) / positions.count * sampleCount
    guard let free = freeBytes(at: path), free < needed else { return }
    throw CaptureError(
      "\(path): the run needs about \(needed / 1_000_000) MB, the disk has "
        + "\(free / 1_000_000) MB free; take fewer samples (--limit) or layers (--layers)")
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

  private func summary(
    _ status: String, of run: Stored<RunRecord>, in warehouse: borrowing Warehouse, path: String
  ) throws -> CaptureSummary {
    CaptureSummary(
      status: status, run: run.name, samples: run.range.count,
      accuracy: try warehouse.accuracy(run: run.id), fileBytes: fileSize(path), seconds: 0,
      measureSeconds: 0, notes: [])
  }
}

extension FullyConnectedInfo {
  fileprivate var weights: LayerWeights {
    LayerWeights(shape: shape, weight: weight, bias: bias)
  }
}

extension RunState {
  /// Samples that are stored, of `all`.
  fileprivate func committed(of all: Int) -> Int {
    switch self {
    case .new: 0
    case .resume(_, let committed): committed
    case .unmeasured, .complete: all
    }
  }
}

/// The job was asked to stop.
package struct CaptureCancelled: Error, CustomStringConvertible {
  /// Samples that are in the warehouse; nil for a dry run.
  package let stored: Int?

  package var description: String {
    guard let stored else { return "interrupted" }
    return "interrupted; \(stored) samples are stored, the same command goes on behind them"
  }
}
