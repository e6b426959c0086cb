// The parts of a verification, which several connections work on side by side: each reads the file by itself, and all see
// the same state of it.

internal import Basics
internal import SQLiteKit
internal import Synchronization

/// What can be looked at by itself.
enum VerifyTask: Sendable {
  case structure
  /// Of the data sets.
  case pictures
  case weights(Stored<LayerRecord>, model: String)
  /// Rows, values and pictures.
  case run(Stored<RunRecord>)
  case activations(Stored<RunRecord>, Stored<LayerRecord>)
  case bitsets(Stored<RunRecord>, Stored<LayerRecord>)
  case recomputed(Stored<RunRecord>, Stored<LayerRecord>, LayerSoundness)
  /// Whether its activations are sound, and its bits or what they are derived from.
  case profiles(Stored<RunRecord>, Stored<LayerRecord>, vectors: Bool, bits: Bool)
  case index(Stored<RunRecord>, Stored<LayerRecord>, vectors: Bool)

  /// What follows from a layer's blobs.
  static func following(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ soundness: LayerSoundness
  ) -> [VerifyTask] {
    let canDerive = soundness.vectors && soundness.hasWeights && soundness.isSourceWhole
    return [
      .recomputed(run, layer, soundness),
      .profiles(
        run, layer, vectors: soundness.vectors,
        bits: soundness.bits && (run.bitsets == .stored || canDerive)),
      .index(run, layer, vectors: soundness.vectors),
    ]
  }

  /// The same with what is known of blobs now; nil where nothing else came out.
  func corrected(by sound: VerifySoundness) -> VerifyTask? {
    func task(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ place: Int) -> VerifyTask {
      Self.following(run, layer, sound.of(run, layer))[place]
    }
    switch self {
    case .recomputed(let run, let layer, let soundness):
      return soundness == sound.of(run, layer) ? nil : task(run, layer, 0)
    case .profiles(let run, let layer, let vectors, let bits):
      guard case .profiles(_, _, let newVectors, let newBits) = task(run, layer, 1) else {
        return nil
      }
      return (vectors, bits) == (newVectors, newBits) ? nil : task(run, layer, 1)
    case .index(let run, let layer, let vectors):
      return vectors == sound.of(run, layer).vectors ? nil : task(run, layer, 2)
    default: return nil
    }
  }

  /// What takes longest begins first.
  fileprivate var rank: Int {
    switch self {
    case .structure: 0
    case .profiles: 1
    case .bitsets, .activations, .recomputed: 2
    default: 3
    }
  }
}

/// What of a layer of a run is as it was written.
struct LayerSoundness: Sendable, Equatable {
  /// Its activations, as far as it has some.
  var vectors: Bool
  var bits = true
  var hasWeights = true
  /// False where x is to be had from activations that are damaged.
  var isSourceWhole = true

  /// All of it.
  init(_ run: Stored<RunRecord>) { vectors = run.activations == .stored }
}

/// What came out of the checks that others stand on.
struct VerifySoundness {
  private struct Place: Hashable {
    let run: Int
    let layer: Int
  }

  private var intact: Set<Int> = []
  private var vectors: [Place: Bool] = [:]
  private var bits: [Place: Bool] = [:]
  /// By run, the names of layers.
  private var damaged: [Int: [String]] = [:]

  init(_ tasks: [VerifyTask], _ isSound: [Bool]) {
    for (task, isSound) in zip(tasks, isSound) {
      switch task {
      case .weights(let layer, _): if isSound { intact.insert(layer.id) }
      case .activations(let run, let layer):
        vectors[Place(run: run.id, layer: layer.id)] = isSound
        if run.activations == .stored, !isSound { damaged[run.id, default: []].append(layer.name) }
      case .bitsets(let run, let layer): bits[Place(run: run.id, layer: layer.id)] = isSound
      default: break
      }
    }
  }

  func of(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>) -> LayerSoundness {
    let place = Place(run: run.id, layer: layer.id)
    var soundness = LayerSoundness(run)
    soundness.vectors = vectors[place] ?? false
    soundness.bits = bits[place] ?? false
    soundness.hasWeights = intact.contains(layer.id)
    let isDamaged = damaged[run.id]?.contains { layer.rectifies?.hasBytes(of: $0) ?? false }
    soundness.isSourceWhole = !(isDamaged ?? false)
    return soundness
  }
}

/// How far a verification has come: told from several threads, one at a time.
final class VerifyProgress: Sendable {
  private let counts = Mutex((done: 0, total: 0))
  /// Called by who holds the counts.
  nonisolated(unsafe) private let observer: VerifyObserver

  init(_ observer: VerifyObserver) { unsafe self.observer = observer }

  /// Before the first row.
  func expect(_ rows: Int) { counts.withLock { $0.total += rows } }

  func advance() {
    counts.withLock {
      $0.done += 1
      unsafe observer.advanced($0.done, $0.total)
    }
  }

  func stage(_ text: String) { counts.withLock { _ in unsafe observer.stage(text) } }
}

/// Connections to a file, one a processor; none where what is looked at is not committed yet, which its own connection alone
/// sees.
final class VerifyReaders: Sendable {
  private let readers: [WarehouseReader]

  init(of warehouse: borrowing Warehouse) throws {
    if warehouse.connection.isInTransaction {
      readers = []
    } else {
      try registerEngramFunctions()
      readers = try warehouse.readers(Parallel.processors)
    }
  }

  /// What each part finds, in their order.
  func perform(
    _ tasks: [VerifyTask], of warehouse: borrowing Warehouse, _ options: VerifyOptions,
    _ progress: VerifyProgress
  ) -> [(isSound: Bool, findings: [VerificationFinding])] {
    guard !readers.isEmpty else {
      return tasks.map { task in
        var own = Verification(options, progress)
        return (warehouse.perform(task, &own), own.findings)
      }
    }
    let results = Mutex(
      [(isSound: Bool, findings: [VerificationFinding])](
        repeating: (false, []), count: tasks.count))
    let order = tasks.indices.sorted { (tasks[$0].rank, $0) < (tasks[$1].rank, $1) }
    Parallel.run(tasks.count, threads: readers.count) { worker, item in
      let index = order[item]
      var own = Verification(options, progress)
      let isSound = readers[worker].use { $0.perform(tasks[index], &own) }
      results.withLock { $0[index] = (isSound, own.findings) }
    }
    return results.withLock { $0 }
  }
}
