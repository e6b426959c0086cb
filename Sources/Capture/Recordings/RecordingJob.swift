// A recording made a run, as if the network had been run here: the same rows, the same measures. Reading it stands in
// RecordingSamples, what becomes of the run in the warehouse in RunIngest.

internal import Basics
package import Bits
internal import CBLAS
internal import CKernels
internal import ContentHash
package import DataSets
internal import FoundationEssentials
internal import Networks
package import Warehouse

/// A recording and the options that make a run of it.
package final class RecordingJob {
  private let samples: RecordingSamples
  private let recording: Recording
  private let pairing: ClassPairing
  private let selection: Selection
  /// In the recording, ascending.
  private let positions: [Int]
  private let permutedLabels: [Int?]
  private let permutationSeed: UInt64
  private let products: [RecordedProduct]
  private let counters: [SignificanceCounter]
  private let encoders: [SignificanceEncoder?]
  private let identity: String
  private let profiles: ProfilePolicy
  package let estimate: SizeEstimate
  package let name: String
  package let bitsets: BitsetPolicy
  package let shard: Shard?
  /// How classes and outputs were paired, what was computed, a line each.
  package private(set) var notes: [String]
  /// The largest deviation of a recorded z, by layer.
  private var deviations: [Double]
  package var sampleCount: Int { range.count }
  private var range: Range<Int> { shard?.range(of: positions.count) ?? 0..<positions.count }

  private static let batch = 256

  private struct Labels: LabelledSet {
    let name: String
    let classes: [ClassName]
    let labels: [Int?]
    let hasNumberedClasses = false
  }

  /// Reads every number of the recording once, for its identity.
  /// - Throws: a sentence where recording and options do not fit, `CaptureCancelled` when asked to stop.
  package init(
    _ recording: Recording, selection: Selection, layers choice: LayerChoice, name: String?,
    classList: ClassList?, tokens: TokenChoice?, bitsets: BitsetPolicy?, profiles: ProfilePolicy?,
    shard: Shard?, isCancelled: () -> Bool
  ) throws {
    openblas_set_num_threads(1)
    self.recording = recording
    self.selection = selection
    self.shard = shard
    permutationSeed = selection.seed
    let chosen = try choice.names(from: recording.layers.map(\.name))
    let layers = recording.layers.filter { layer in chosen.contains { $0.hasBytes(of: layer.name) }
    }
    samples = try RecordingSamples(recording, layers: layers, tokens: tokens)
    let count = samples.outputCount
    if let list = classList ?? Self.list(of: recording), list.outputs.count != count {
      throw CaptureError(
        "\(list.source): expected a class for each of the \(count) outputs, found \(list.outputs.count)"
      )
    }
    let set = Labels(
      name: recording.dataSetName, classes: recording.classes, labels: samples.labels)
    let list = classList ?? Self.list(of: recording) ?? ClassList.assumed(for: count)
    self.list = list
    pairing = ClassPairing(set, list: list, count: count)
    positions = try selection.indices(in: set)
    var generator = SeededGenerator(seed: permutationSeed, 0x9E12)
    var permuted = shuffled(positions.compactMap { set.labels[$0] }, using: &generator)[...]
    permutedLabels = positions.map { set.labels[$0] == nil ? nil : permuted.popFirst() }
    products = layers.map { RecordedProduct($0.weights) }
    counters = layers.map {
      SignificanceCounter(shape: $0.weights.shape, weight: $0.weights.weight, bias: $0.weights.bias)
    }
    self.name =
      name
      ?? "\(recording.modelName)/\(recording.dataSetName)".map { $0 == "," ? "_" : "\($0)" }
      .joined()
    let probe = try samples.read(positions[0]..<min(positions[0] + 32, samples.count))
    let read = Double(min(32, samples.count - positions[0]))
    let classes = Set(positions.compactMap { set.labels[$0] }).count
    estimate = SizeEstimate(
      layers: zip(layers, probe.layers).map { layer, vectors in
        SizeEstimate.Layer(
          shape: layer.weights.shape,
          activeInputs: vectors.x.map { Double($0.count { $0 != 0 }) / read }
            ?? Double(layer.weights.shape.inputs) / 2,
          isChained: layer.rectifies.map { source in
            layers.contains { $0.name.hasBytes(of: source) }
          } ?? false)
      }, samples: positions.count, classes: classes, profiles: profiles,
      keyBytes: positions.reduce(0) { [samples] in $0 + samples.keys[$1].utf8.count }
        / max(1, positions.count))
    self.bitsets = bitsets ?? (estimate.stored < SizeEstimate.mostStored ? .stored : .derived)
    self.profiles = estimate.policy
    let isStored = self.bitsets == .stored
    encoders = layers.map { isStored ? $0.weights.encoder : nil }
    deviations = layers.map { _ in 0 }
    var notes = recording.remarks + pairing.notes
    if recording.sampleCount == nil {
      notes.append(
        "\(recording.path): the recording was not finished: the \(samples.count) samples of its whole parts are taken"
      )
    }
    for (array, type) in samples.types.sorted(by: { $0.key < $1.key }) {
      notes.append(
        "\(recording.path): \(array) is \(type): "
          + (type == "F64" ? "rounded to F32" : "bits are those of the widened numbers"))
    }
    self.notes = notes
    let all = positions.count
    guard shard.map({ !$0.range(of: all).isEmpty }) ?? true else {
      throw CaptureError(
        "--shard \(shard.map { "\($0)" } ?? ""): this part is empty; take fewer parts")
    }
    var hasher = ContentHasher()
    for text in [
      "engram recording 1", Self.weightsHash(recording.layers),
      Self.fingerprint(recording, samples),
      recording.preprocessing, recording.perturbation, tokens?.description ?? "",
      "\(permutationSeed)",
      layers.map(\.name).joined(separator: "\n"), positions.map(String.init).joined(separator: ","),
    ] { hasher.update(text) }
    try samples.hash(into: &hasher, isCancelled: isCancelled)
    identity = hasher.finish()
  }

  private let list: ClassList?

  private static func list(of recording: Recording) -> ClassList? {
    recording.outputs.map {
      ClassList(
        $0.map { (key: $0.key, name: $0.name) },
        source: "outputs of \(recording.path)/recording.json")
    }
  }

  /// SHA-256 over the recorded layers.
  private static func weightsHash(_ layers: [Recording.Layer]) -> String {
    var hasher = ContentHasher()
    hasher.update("recorded layers")
    for layer in layers {
      hasher.update(layer.name)
      for size in [layer.weights.shape.outputs, layer.weights.shape.inputs] {
        hasher.update(UInt64(size))
      }
      hasher.update(FloatVector.encode(layer.weights.weight.span))
      let bias = layer.weights.bias ?? []
      hasher.update(FloatVector.encode(bias.span))
    }
    return hasher.finish()
  }

  /// SHA-256 over name, classes, keys and labels: samples are known by these alone.
  private static func fingerprint(_ recording: Recording, _ samples: RecordingSamples) -> String {
    var hasher = ContentHasher()
    hasher.update("recorded data set")
    hasher.update(recording.dataSetName)
    for size in [recording.classes.count, samples.count] { hasher.update(UInt64(size)) }
    for item in recording.classes { hasher.update(item.key) }
    for (key, label) in zip(samples.keys, samples.labels) {
      hasher.update(key)
      hasher.update(label.map(UInt64.init) ?? .max)
    }
    return hasher.finish()
  }

  /// - Throws: `CaptureCancelled` when asked to stop; what was committed stays and is resumed from.
  package func run(into path: String, observer: CaptureObserver) throws -> CaptureSummary {
    try ingest(into: path, observer: observer)
  }

  /// Reads everything, and writes nothing.
  package func dryRun(observer: CaptureObserver) throws -> CaptureSummary {
    let started = ContinuousClock.now
    var (correct, answered, unlabelled) = (0, 0, 0)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.batch) {
      let batch = try self.batch(first..<min(first + Self.batch, range.upperBound), layers: [])
      for (i, label) in batch.classes.enumerated() {
        unlabelled += label == nil ? 1 : 0
        guard batch.loss[i] != nil else { continue }
        answered += 1
        correct += label.flatMap { pairing.outputs[$0] } == batch.predicted[i] ? 1 : 0
      }
      observer.advanced(min(first + Self.batch, range.upperBound) - range.lowerBound)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
    return CaptureSummary(
      status: "dry run", run: name, samples: range.count,
      accuracy: answered == 0 ? nil : Double(correct) / Double(answered),
      foreign: range.count - answered - unlabelled, unlabelled: unlabelled, fileBytes: 0,
      seconds: (ContinuousClock.now - started).inSeconds, measureSeconds: 0, notes: try finish())
  }

  /// Some places of the selection, computed; `layers` are those that are kept, none for a look.
  private func batch(_ places: Range<Int>, layers stored: [Stored<LayerRecord>]) throws -> Batch {
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
              + "\((worst.value * 1e6).rounded() / 1e6)")
        }
        deviations[index] = max(deviations[index], worst.value)
        z = recorded
      } else {
        z = products[index].z(x, count: own.count)
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

/// As a run of a recording keeps it.
private struct RecordedSelection: Encodable {
  struct Origin: Encodable {
    let tokens: String?
    /// Arrays that are no F32.
    let types: [String: String]
    let notes: String?
  }
  private enum Key: CodingKey { case recording }

  let selection: Selection
  let origin: Origin

  func encode(to encoder: any Encoder) throws {
    try selection.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(origin, forKey: .recording)
  }
}

extension RecordingJob {
  private var selectionText: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let all = RecordedSelection(
        selection: selection,
        origin: .init(
          tokens: samples.tokens.map { "\($0)" }, types: samples.types, notes: recording.notes))
      return String(decoding: try encoder.encode(all), as: UTF8.self)
    }
  }
}

extension RecordingJob: RunSource {
  package var weights: [LayerWeights] { samples.layers.map(\.weights) }

  package var bytesNeeded: Int {
    (estimate.bytes(bitsets) + estimate.profiles) / positions.count * sampleCount
  }

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
  ) throws {}

  package func capture(
    in warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    committed: Int, observer: CaptureObserver
  ) throws {
    let writer = try RunWriter(try Warehouse.open(warehouse.path, mode: .write), run: run.id)
    defer { writer.drain() }
    observer.advanced(committed)
    for (layer, own) in zip(layers, weights) { try writer.submit(own, of: layer) }
    for first in stride(from: range.lowerBound + committed, to: range.upperBound, by: Self.batch) {
      let end = min(first + Self.batch, range.upperBound)
      try writer.submit(try batch(first..<end, layers: layers))
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

  package func finish() throws -> [String] {
    zip(samples.layers, deviations).compactMap { layer, worst in
      worst == 0
        ? nil
        : "layer \(layer.name): the recorded z is W x + b within \(worst) of the sum of its terms' magnitudes"
    }
  }
}
