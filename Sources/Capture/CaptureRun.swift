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
  /// - Throws: `CaptureCancelled` when asked to stop; what was committed stays and is resumed from.
  package func run(into path: String, observer: CaptureObserver) throws -> CaptureSummary {
    let clock = ContinuousClock()
    let started = clock.now
    let warehouse = try Warehouse.open(path, mode: .create)
    let dataSet = try warehouse.ensure(
      DataSetRecord(
        name: data.name, fingerprint: data.fingerprint, sampleCount: data.count,
        classes: data.classes.map { ClassRecord(key: $0.key, name: $0.name) }))
    let layerRecords = model.network.fullyConnected.map {
      LayerRecord(
        position: $0.position, name: $0.name, inputs: $0.inputs, outputs: $0.outputs,
        hasBias: $0.hasBias)
    }
    let (stored, known) = try warehouse.ensure(
      ModelRecord(
        name: model.name, architecture: model.network.architecture.name,
        weightsSHA256: model.weightsHash, parameters: model.network.parameterCount,
        state: model.state, training: model.training), layers: layerRecords)
    let layers = known.filter { layer in engine.layers.contains { $0.name == layer.name } }
    let state = try warehouse.ensure(
      RunRecord(
        name: name, modelID: stored.id, dataSetID: dataSet.id, identity: identity,
        preprocessing: preprocessing.description, selection: try selection.json,
        sampleCount: sampleCount, permutationSeed: permutationSeed,
        engramVersion: ENGRAM_VERSION, cpuLevel: unsafe String(cString: engram_cpu_level())),
      layers: layers)
    let run = state.run

    switch state {
    case .complete:
      var found = try summary("already ingested", of: run, in: warehouse, path: path)
      if run.name != name {
        found.notes = ["the same weights, samples and options are stored as run '\(run.name)'"]
      }
      return found
    case .unmeasured:
      observer.stage("every sample is stored already; only the measures are missing")
    case .new:
      do { try checkRoom(for: path) } catch {
        try warehouse.forget(run: run.id)
        throw error
      }
      try capture(into: path, run: run, layers: layers, committed: 0, observer: observer)
    case .resume(_, let committed):
      if committed > 0 {
        observer.stage("run '\(run.name)': going on behind \(committed) samples stored earlier")
        try recount(committed, run: run, layers: layers, in: warehouse)
      }
      try capture(into: path, run: run, layers: layers, committed: committed, observer: observer)
    }
    let captured = clock.now
    observer.captured()
    observer.stage("measuring")
    let measures = try warehouse.measure(run: run.id)
    try warehouse.complete(run: run.id)
    var summary = try summary("ingested", of: run, in: warehouse, path: path)
    summary.seconds = (captured - started).inSeconds
    summary.measureSeconds = (clock.now - captured).inSeconds
    summary.notes = measures.notes
    return summary
  }

  /// Runs the network over the selection and keeps nothing.
  package func dryRun(observer: CaptureObserver) throws -> CaptureSummary {
    let started = ContinuousClock.now
    var correct = 0
    observer.advanced(0)
    for first in stride(from: 0, to: sampleCount, by: Self.batchSize) {
      let batch = positions[first..<min(first + Self.batchSize, sampleCount)]
      let predictions = try engine.predictions(engine.forward(batch, capturing: false), at: batch)
      correct += zip(predictions, batch).count { $0.predicted == data.labels[$1] }
      observer.advanced(batch.endIndex)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
    return CaptureSummary(
      status: "dry run", run: name, samples: sampleCount,
      accuracy: Double(correct) / Double(sampleCount), fileBytes: 0,
      seconds: (ContinuousClock.now - started).inSeconds, measureSeconds: 0, notes: [])
  }

  private func capture(
    into path: String, run: Stored<RunRecord>, layers: [Stored<LayerRecord>], committed: Int,
    observer: CaptureObserver
  ) throws {
    let writer = try RunWriter(try Warehouse.open(path, mode: .write), run: run.id)
    observer.advanced(committed)
    for first in stride(from: committed, to: sampleCount, by: Self.batchSize) {
      let end = min(first + Self.batchSize, sampleCount)
      let batch = positions[first..<end]
      let result = engine.forward(batch)
      let predictions = try engine.predictions(result, at: batch)
      let blobs = engine.encode(result)
      let labels = batch.map { data.labels[$0] }
      try engine.count(
        blobs, z: result.layers.map(\.z), labels: (labels, Array(permutedLabels[first..<end])))
      try writer.submit(
        Batch(
          positions: Array(batch), keys: batch.map { data.keys[$0] }, classes: labels,
          predicted: predictions.map(\.predicted), confidence: predictions.map(\.confidence),
          loss: predictions.map(\.loss),
          layers: try zip(layers, blobs).map { layer, blobs in
            Batch.Layer(
              layerID: layer.id, x: blobs.x, z: blobs.z, bits: blobs.bits,
              significant: try blobs.bits.map { try Significance.popcount($0.span.bytes) })
          }))
      observer.advanced(end)
      if observer.isCancelled() {
        try writer.flush()
        throw CaptureCancelled(stored: end)
      }
    }
    try writer.finish(profiles(of: layers))
  }

  /// - Throws: `CaptureError` where the file system has less room than the estimate.
  private func checkRoom(for path: String) throws {
    guard let free = freeBytes(at: path), free < estimate.stored else { return }
    throw CaptureError(
      "\(path): the run needs about \(estimate.stored / 1_000_000) MB, the disk has "
        + "\(free / 1_000_000) MB free; take fewer samples (--limit) or layers (--layers)")
  }

  /// Counts the samples that an earlier attempt stored.
  private func recount(
    _ committed: Int, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    in warehouse: borrowing Warehouse
  ) throws {
    let labels = (
      true: positions[..<committed].map { data.labels[$0] },
      permuted: Array(permutedLabels[..<committed])
    )
    for (index, layer) in layers.enumerated() {
      var pending = StoredBatch()
      var counted = 0
      func flush() throws {
        let samples = counted..<counted + pending.bits.count
        let profile = engine.profiles[index]
        try profile.true.add(
          bits: pending.bits, z: pending.z, classes: Array(labels.true[samples]))
        try profile.permuted.add(
          bits: pending.bits, z: pending.z, classes: Array(labels.permuted[samples]))
        counted = samples.upperBound
        pending = StoredBatch()
      }
      try warehouse.forEachCaptured(run: run.id, layer: layer.id) { sample, blob, z in
        let position = counted + pending.bits.count
        guard position < committed, sample.position == positions[position] else {
          throw CaptureError(
            "\(warehouse.path): run '\(run.name)' holds sample \(sample.position) where the "
              + "selection has none: it was not written by this ingest")
        }
        guard let values = floats(littleEndian: z, count: layer.outputs) else {
          throw CaptureError(
            "\(warehouse.path): z of sample \(sample.position) in layer \(layer.name): expected "
              + "\(4 * layer.outputs) bytes, found \(z.byteCount)")
        }
        pending.bits.append(unsafe blob.withUnsafeBytes { unsafe [UInt8]($0) })
        pending.z += values
        if pending.bits.count == Self.batchSize { try flush() }
      }
      try flush()
      guard counted == committed else {
        throw CaptureError(
          "\(warehouse.path): run '\(run.name)', layer \(layer.name): expected \(committed) stored "
            + "samples, found \(counted)")
      }
    }
  }

  private struct StoredBatch {
    var bits: [[UInt8]] = []
    var z: [Float] = []
  }

  /// Every class that has samples, block by block.
  private func profiles(of layers: [Stored<LayerRecord>]) -> [ClassProfile] {
    var rows: [ClassProfile] = []
    for (layer, profile) in zip(layers, engine.profiles) {
      for (grouping, own) in [
        (ProfileGrouping.true, profile.true), (.permuted, profile.permuted),
      ] {
        for (label, samples) in own.interactions.samples.enumerated() where samples > 0 {
          for block in 0..<ClassCounts.blockCount(own.interactions.shape) {
            rows.append(
              ClassProfile(
                layerID: layer.id, kind: .interaction, grouping: grouping, classPosition: label,
                block: block, samples: samples, counts: own.interactions.block(block, of: label)))
          }
          for block in 0..<own.neurons.blockCount {
            rows.append(
              ClassProfile(
                layerID: layer.id, kind: .neuron, grouping: grouping, classPosition: label,
                block: block, samples: samples, counts: own.neurons.block(block, of: label)))
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
      status: status, run: run.name, samples: run.sampleCount,
      accuracy: try warehouse.accuracy(run: run.id), fileBytes: fileSize(path), seconds: 0,
      measureSeconds: 0, notes: [])
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
