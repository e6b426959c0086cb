// A recording's way into a warehouse: what its run stands on, and its batches written.

internal import Basics
package import Bits
internal import CKernels
internal import DataSets
package import Warehouse

extension RecordingJob: RunSource {
  package var weights: [LayerWeights] { samples.layers.map(\.weights) }

  package var bytesNeeded: Int {
    (estimate.bytes(bitsets) + estimate.profiles + (thumbnails.side == nil ? 0 : thumbnails.bytes))
      / positions.count * sampleCount
  }

  package var isOfTokens: Bool { samples.tokens?.isSpread == true }

  package func begin() throws {}

  package func ensure(
    in warehouse: borrowing Warehouse
  ) throws -> (state: RunState, layers: [Stored<LayerRecord>]) {
    let dataSet = try warehouse.ensure(
      DataSetRecord(
        name: recording.dataSetName, fingerprint: Self.fingerprint(recording, samples),
        sampleCount: samples.count,
        classes: recording.classes.map { ClassRecord(key: $0.key, name: $0.name) }))
    let outputs =
      list?.outputs
      ?? (0..<samples.outputCount).map { ClassName(key: "output \($0)", name: "output \($0)") }
    let (model, known) = try warehouse.ensure(
      ModelRecord(
        name: recording.modelName, architecture: recording.architecture ?? "recorded",
        weightsSHA256: Self.weightsHash(recording.layers),
        parameters: recording.layers.reduce(0) {
          $0 + $1.weights.weight.count + ($1.weights.bias?.count ?? 0)
        },
        state: recording.state, outputs: outputs.map { ClassRecord(key: $0.key, name: $0.name) },
        classList: list?.source),
      layers: recording.layers.map {
        LayerRecord(
          position: $0.position, name: $0.name, inputs: $0.weights.shape.inputs,
          outputs: $0.weights.shape.outputs, hasBias: $0.weights.shape.hasBias,
          rectifies: $0.rectifies)
      })
    try warehouse.ensure(pairing: pairing.classes, model: model, dataSet: dataSet)
    let layers = known.filter { layer in
      samples.layers.contains { $0.name.hasBytes(of: layer.name) }
    }
    let state = try warehouse.ensure(
      RunRecord(
        name: name, modelID: model.id, dataSetID: dataSet.id, identity: identity,
        perturbation: recording.perturbation,
        preprocessing: recording.preprocessing,
        selection: try selectionText, bitsets: bitsets, profiles: profiles,
        sampleCount: positions.count, shard: shard, permutationSeed: permutationSeed,
        engramVersion: ENGRAM_VERSION, cpuLevel: unsafe String(cString: engram_cpu_level())),
      layers: layers)
    return (state, layers)
  }

  package func found(
    _ run: Stored<RunRecord>, committed: Int, in warehouse: borrowing Warehouse,
    observer: CaptureObserver
  ) throws {
    try fillPictures(of: run, committed: committed, in: warehouse, observer: observer)
  }

  package func capture(
    in warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    committed: Int, observer: CaptureObserver
  ) throws {
    do { try write(into: warehouse, run: run, layers: layers, committed, observer) } catch let error
      as CaptureError
    {
      // What is wrong with the recording is wrong whenever it is read: nothing could go on with this run.
      try warehouse.delete(run: run.id)
      throw error
    }
  }

  private func write(
    into warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    _ committed: Int, _ observer: CaptureObserver
  ) throws {
    let writer = try RunWriter(try Warehouse.open(warehouse.path, mode: .write), run: run.id)
    defer { writer.drain() }
    observer.advanced(committed)
    for (layer, own) in zip(layers, weights) { try writer.submit(own, of: layer) }
    // Runs over the same samples share their pictures.
    let pictured =
      thumbnails.side == nil ? [] : try warehouse.pictured(dataSet: run.dataSetID).positions
    try forEachBatch(from: range.lowerBound + committed, layers: layers) { batch, end in
      var batch = batch
      let pictures = try pictures(of: batch.positions) { !isPerturbed && pictured.contains($0) }
      if isPerturbed { batch.perturbedPictures = pictures } else { batch.pictures = pictures }
      try writer.submit(batch)
      observer.advanced(end - range.lowerBound)
      if observer.isCancelled() {
        try writer.flush()
        throw CaptureCancelled(stored: end - range.lowerBound)
      }
    }
    try writer.flush()
    if run.shard == nil {
      observer.stage("counting")
      try warehouse.countProfiles(run: run.id)
    }
    try warehouse.checkpoint()
  }

  /// Tokens that are samples of their own are grouped by the sample that they are of.
  package func labelling(of rows: [SampleRow]) -> LabellingRecord? {
    guard samples.tokens?.isSpread == true else { return nil }
    return .tokens(rows, source: recording.path) { samples.origin(of: $0) }
  }

  package func finish() throws -> [String] {
    let recorded = zip(samples.layers, deviations).compactMap { layer, worst in
      worst == 0
        ? nil
        : "layer \(layer.name): the recorded z is W x + b within \(worst) of the sum of its terms' magnitudes"
    }
    return recorded
      + zip(samples.layers, infinite).compactMap { layer, found in
        found.first.map {
          "layer \(layer.name): z has values that are not finite in \(found.count) of \(sampleCount) samples, the first "
            + "\($0.shown(200)): no interaction of these neurons is significant"
        }
      }
  }
}
