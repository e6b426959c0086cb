// A run before it is carried out: its options, checked against each other, what it consists of and how large it will be.
// Carrying it out stands in CaptureRun.

internal import Basics
internal import Bits
internal import CKernels
internal import ContentHash
package import DataSets
internal import Networks
internal import Training
package import Warehouse

/// What a job tells while it works, on the thread that runs it.
package struct CaptureObserver {
  /// Samples that are done, of `CaptureJob.sampleCount`; the first call says where the work begins.
  package let advanced: (Int) -> Void
  /// A sentence when something else begins.
  package let stage: (String) -> Void
  /// Asked between batches.
  package let isCancelled: @Sendable () -> Bool
  /// Every sample is stored and measuring begins, which does not ask.
  package let captured: () -> Void
  /// What is wrong with an image that cannot be read, in a line.
  package let unreadable: (String) -> Void

  package init(
    advanced: @escaping (Int) -> Void = { _ in }, stage: @escaping (String) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }, captured: @escaping () -> Void = {},
    unreadable: @escaping (String) -> Void = { _ in }
  ) {
    self.advanced = advanced
    self.stage = stage
    self.isCancelled = isCancelled
    self.captured = captured
    self.unreadable = unreadable
  }
}

/// A model, a data set and the options that make a run of them.
package struct CaptureJob: Sendable {
  package let model: CapturedModel
  package let data: ImageDataSet
  /// Its images, or tokens of them.
  let samples: RunSamples
  /// Which output says which class.
  let pairing: ClassPairing
  /// Of the samples, ascending.
  package let positions: [Int]
  let selected: SelectedImages
  package let permutationSeed: UInt64
  package var perturbation: Perturbation { engine.perturbation }
  package let estimate: SizeEstimate
  /// How classes and outputs were paired, and what an attack is driven off, a line each.
  package var notes: [String] {
    let foreign = selected.images.count { engine.answers[$0] == nil }
    guard case .attack(let attack) = perturbation, attack.target == nil, attack.temperature == nil,
      foreign > 0
    else {
      return pairing.notes + tokenNotes
    }
    return pairing.notes + tokenNotes + [
      "\(foreign) of \(selected.images.count) \(samples.tokens == nil ? "samples" : "images") have no right answer: they "
        + "are attacked off what the network takes them for"
    ]
  }
  package let name: String
  let selection: Selection
  let preprocessing: Preprocessing
  /// Whether an image that cannot be read ends the job.
  let isStrict: Bool
  let engine: CaptureEngine
  /// Every fully connected layer of the network, captured or not.
  let layerRecords: [LayerRecord]
  /// Parallel to `positions`; nil for samples without a label.
  let permutedLabels: [Int?]
  /// The labels that the network was trained on, parallel to `positions`; nil where none is known.
  let assignedLabels: [Int?]?

  /// How bits and interaction counts are kept: as asked for, else as their sizes advise.
  package let bitsets: BitsetPolicy
  package let profiles: ProfilePolicy
  package let thumbnails: ThumbnailPlan
  package let shard: Shard?

  /// Of the run, or of its part.
  package var sampleCount: Int { range.count }
  var range: Range<Int> { shard?.range(of: positions.count) ?? 0..<positions.count }

  /// Samples to a transaction: fewer, down to the block that a layer's outputs do not depend on, where bits are
  /// made that would fill memory while batches wait to be written, or where every sample is attacked first: a block
  /// a thread is work enough to wait for.
  var batchSize: Int {
    let block = 32
    let most =
      if case .attack = perturbation { min(Shard.batch, block * engine.threads) } else {
        Shard.batch
      }
    guard bitsets == .stored || profiles == .stored else { return most }
    return [most, 128, 64].first { $0 <= most && $0 * estimate.bitsPerSample <= 128 << 20 } ?? block
  }

  /// - Parameters:
  ///   - name: The run's name; nil for "MODEL/DATA".
  ///   - perturbation: What is done to the images first.
  ///   - permutationSeed: Seeds the permutation of labels that floors are measured under.
  ///   - threads: nil for one per core.
  ///   - bitsets: nil for stored bits where the run stays under 4 GiB with them.
  ///   - profiles: nil for stored counts where they stay under 256 MiB.
  ///   - thumbnails: Whether small pictures of the samples are kept.
  ///   - warehouse: Where the run goes: what it has of the data set's pictures is not counted again.
  ///   - shard: The part of the selection to ingest; nil for all of it.
  ///   - preprocessing: nil for the architecture's own; of a folder's images what it was loaded for.
  ///   - isStrict: Whether an image that cannot be read ends the job; else it is noted and left out.
  /// - Throws: a sentence where data, selection, layers and network do not fit.
  package init(
    model: CapturedModel, data: ImageDataSet, selection: Selection, layers: LayerChoice,
    name: String?, perturbation: Perturbation = .none, permutationSeed: UInt64, threads: Int?,
    bitsets: BitsetPolicy? = nil,
    profiles: ProfilePolicy? = nil, thumbnails: ThumbnailChoice = .none,
    into warehouse: String? = nil, shard: Shard? = nil,
    preprocessing: Preprocessing? = nil,
    isStrict: Bool = false
  ) throws {
    let network = model.network
    let preprocessing = preprocessing ?? network.architecture.preprocessing(ofFiles: false)
    let data = try data.prepared(by: preprocessing)
    let pairing = ClassPairing(data, list: model.classList, count: model.classCount)
    self.pairing = pairing
    try preprocessing.check(data, for: network.architecture)
    self.preprocessing = preprocessing
    self.isStrict = isStrict
    try perturbation.check(data, network)
    if case .attack(let attack) = perturbation, let own = model.logitTokens {
      throw CaptureError(
        "attack \(attack): expected a network with logits of every image, found some of each of its \(own) tokens"
      )
    }
    self.model = model
    self.data = data
    self.selection = selection
    self.permutationSeed = permutationSeed
    // Names are listed with commas between them.
    self.name =
      name
      ?? "\(model.name)/\(data.name)\(perturbation.suffix)".map { $0 == "," ? "_" : "\($0)" }
      .joined()
    let known = network.fullyConnected
    let chosen = try layers.names(from: known.map(\.name))
    let kept = known.filter { chosen.contains($0.name) }
    let samples = RunSamples(data, tokens: try model.tokens(of: kept))
    self.samples = samples
    positions = try selection.indices(in: samples)
    selected = SelectedImages(of: positions, in: samples)
    var generator = SeededGenerator(seed: permutationSeed, 0x9E12)
    var permuted = shuffled(positions.compactMap { samples.labels[$0] }, using: &generator)[...]
    permutedLabels = positions.map { samples.labels[$0] == nil ? nil : permuted.popFirst() }
    assignedLabels = model.assignedLabels(in: data).map { [positions] labels in
      positions.map { labels[samples.image(of: $0)] }
    }
    layerRecords = known.map {
      LayerRecord(
        position: $0.position, name: $0.name, inputs: $0.inputs, outputs: $0.outputs,
        hasBias: $0.hasBias, rectifies: $0.rectifies)
    }
    engine = CaptureEngine(
      network: network, layers: kept, data: data,
      pairing: pairing,
      preprocessing: preprocessing, perturbation: perturbation, logitTokens: model.logitTokens,
      threads: threads ?? Parallel.processors)
    let classes = Set(positions.compactMap { samples.labels[$0] }).count
    // Of tokens a few images have many.
    let count = min(samples.tokens == nil ? 32 : 8, selected.images.count)
    let probe = (0..<count).map { [selected] in
      selected.images[$0 * selected.images.count / count]
    }
    let images = BatchImages(probe[...], of: engine.data, threads: engine.threads)
    let estimate = Self.estimate(
      engine, probe, images, tokens: samples.tokens, positions: positions, classes: classes,
      profiles: profiles)
    self.estimate = estimate
    let policy = bitsets ?? (estimate.stored < SizeEstimate.mostStored ? .stored : .derived)
    self.bitsets = policy
    let readable = (images.readable ?? Array(images.images.indices)).map { images.images[$0] }
    self.thumbnails = ThumbnailPlan(
      thumbnails,
      pictures: positions.count
        * ((perturbation == .none ? 0 : 1)
          + (Self.isPictured(samples.fingerprint, in: warehouse) ? 0 : 1)),
      beside: estimate.bytes(policy)
    ) { side in readable.compactMap { Thumbnail($0, shape: data.shape, side: side) } }
    self.profiles = estimate.policy
    self.shard = shard
    guard shard.map({ !$0.range(of: positions.count).isEmpty }) ?? true else {
      throw CaptureError(
        "--shard \(shard.map { "\($0)" } ?? ""): the selection has \(positions.count) samples, which are dealt "
          + "out in batches of \(Shard.batch): this part is empty; take fewer parts")
    }
  }

  /// SHA-256 over everything that changes a bit of the run.
  package var identity: String {
    var hasher = ContentHasher()
    for text in [
      "engram run 1", model.network.architecture.name, model.weightsHash, data.fingerprint,
      preprocessing.description, perturbation.description, "\(permutationSeed)",
      engine.layers.map(\.name).joined(separator: ","),
      positions.map(String.init).joined(separator: ","),
    ] { hasher.update(text) }
    if let tokens = model.tokens { hasher.update("tokens \(tokens)") }
    return hasher.finish()
  }
}
