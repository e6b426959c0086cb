// A recording made a run, as if the network had been run here: the same rows, the same measures. Reading samples stands in
// RecordingSamples, computing them in RecordingBatches, what becomes of the run in the warehouse in RecordingRun.

internal import Basics
internal import Bits
internal import ContentHash
package import DataSets
package import Warehouse

/// A recording and the options that make a run of it.
package final class RecordingJob {
  let samples: RecordingSamples
  let recording: Recording
  let pairing: ClassPairing
  /// What outputs are called; nil where nothing tells.
  let list: ClassList?
  let selection: Selection
  /// In the recording, ascending.
  let positions: [Int]
  let permutedLabels: [Int?]
  let permutationSeed: UInt64
  let layers: RecordedLayers
  /// Hash over everything that changes a bit of the run.
  package let identity: String
  let profiles: ProfilePolicy
  package let estimate: SizeEstimate
  package let name: String
  package let bitsets: BitsetPolicy
  package let thumbnails: ThumbnailPlan
  package let shard: Shard?
  /// How classes and outputs were paired, what was computed, a line each.
  package private(set) var notes: [String]
  /// The largest deviation of a recorded z, by layer.
  var deviations: [Double]
  /// Samples whose z has values that are not finite, and the first one's key, by layer.
  var infinite: [(count: Int, first: String?)]
  package var sampleCount: Int { range.count }
  var range: Range<Int> { shard?.range(of: positions.count) ?? 0..<positions.count }

  static let batch = 256

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
    thumbnails: ThumbnailChoice = .none, shard: Shard?, isCancelled: () -> Bool
  ) throws {
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
    let some = min(32, positions.count)
    self.thumbnails = try ThumbnailPlan(
      samples.hasImages ? thumbnails : .none, pictures: positions.count,
      beside: estimate.bytes(self.bitsets)
    ) { [positions, samples] side in
      try (0..<some).compactMap {
        try samples.thumbnail(of: positions[$0 * positions.count / some], side: side)
      }
    }
    self.layers = RecordedLayers(layers, bits: self.bitsets == .stored, tokens: tokens)
    deviations = layers.map { _ in 0 }
    infinite = layers.map { _ in (0, nil) }
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

  private static func list(of recording: Recording) -> ClassList? {
    recording.outputs.map {
      ClassList(
        $0.map { (key: $0.key, name: $0.name) },
        source: "outputs of \(recording.path)/recording.json")
    }
  }

  /// - Throws: `CaptureCancelled` when asked to stop; what was committed stays and is resumed from.
  package func run(into path: String, observer: CaptureObserver) throws -> CaptureSummary {
    try ingest(into: path, observer: observer)
  }

  /// Reads everything, and writes nothing.
  package func dryRun(observer: CaptureObserver) throws -> CaptureSummary {
    let started = ContinuousClock.now
    var (correct, answered, unlabelled) = (0, 0, 0)
    try forEachBatch(from: range.lowerBound, layers: []) { batch, end in
      for (i, label) in batch.classes.enumerated() {
        unlabelled += label == nil ? 1 : 0
        guard batch.loss[i] != nil else { continue }
        answered += 1
        correct += label.flatMap { pairing.outputs[$0] } == batch.predicted[i] ? 1 : 0
      }
      observer.advanced(end - range.lowerBound)
      if observer.isCancelled() { throw CaptureCancelled(stored: nil) }
    }
    return CaptureSummary(
      status: "dry run", run: name, samples: range.count,
      accuracy: answered == 0 ? nil : Double(correct) / Double(answered),
      foreign: range.count - answered - unlabelled, unlabelled: unlabelled, fileBytes: 0,
      seconds: (ContinuousClock.now - started).inSeconds, measureSeconds: 0, notes: try finish())
  }
}
