// A job carried out: into a warehouse, or dry. What becomes of it in the warehouse is RunIngest's.

internal import Basics
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
  /// Over the samples that have a right answer; nil where none has.
  package var accuracy: Double?
  /// Samples whose class is no output of the network.
  package var foreign: Int
  package var unlabelled: Int
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
    guard !engine.layers.isEmpty else {
      throw CaptureError(
        "\(model.network.architecture.name): expected a fully connected layer, whose interactions a warehouse "
          + "keeps, found none")
    }
    return try CapturedRun(self, images: images).ingest(into: path, observer: observer)
  }

  /// Runs the network over the selection and keeps nothing.
  package func dryRun(observer: CaptureObserver) throws -> CaptureSummary {
    let started = ContinuousClock.now
    var (correct, answered, readable, unlabelled) = (0, 0, 0, 0)
    let notes = try predict(observer: observer) { predictions, _ in
      readable += predictions.count
      unlabelled += predictions.count { $0.label == nil }
      answered += predictions.count { $0.isCorrect != nil }
      correct += predictions.count { $0.isCorrect == true }
    }
    return CaptureSummary(
      status: "dry run", run: name, samples: readable,
      accuracy: answered == 0 ? nil : Double(correct) / Double(answered),
      foreign: readable - answered - unlabelled, unlabelled: unlabelled, fileBytes: 0,
      seconds: (ContinuousClock.now - started).inSeconds, measureSeconds: 0, notes: notes)
  }

}

/// A job on its way into a warehouse, and the images that it keeps beside.
private final class CapturedRun: RunSource {
  private let job: CaptureJob
  private let images: String?
  private var saver: ImageSaver?
  private var notes: [String] = []

  var name: String { job.name }
  var sampleCount: Int { job.sampleCount }
  var shard: Shard? { job.shard }
  var bitsets: BitsetPolicy { job.bitsets }
  var isOfTokens: Bool { job.samples.tokens != nil }
  var weights: [LayerWeights] { job.engine.layers.map(\.weights) }
  var bytesNeeded: Int {
    // Profiles stand in the log, too, until it is moved into the file.
    (job.estimate.bytes(job.bitsets) + job.estimate.profiles
      + (job.thumbnails.side == nil ? 0 : job.thumbnails.bytes)) / job.positions.count
      * job.sampleCount
  }

  init(_ job: CaptureJob, images: String?) {
    self.job = job
    self.images = images
  }

  func begin() throws {
    saver = try images.map {
      try ImageSaver($0, job.engine, positions: job.rangeImages)
    }
  }

  func ensure(
    in warehouse: borrowing Warehouse
  ) throws -> (state: RunState, layers: [Stored<LayerRecord>]) {
    try job.ensureRun(in: warehouse, try job.selectionText)
  }

  func found(
    _ run: Stored<RunRecord>, committed: Int, in warehouse: borrowing Warehouse,
    observer: CaptureObserver
  ) throws {
    try job.fillAssignedLabels(of: run, in: warehouse)
    notes = try job.fillPictures(of: run, committed: committed, in: warehouse, observer: observer)
    if saver != nil { try job.save(first: committed, to: &saver, observer: observer) }
  }

  func capture(
    in warehouse: borrowing Warehouse, run: Stored<RunRecord>, layers: [Stored<LayerRecord>],
    committed: Int, observer: CaptureObserver
  ) throws {
    try job.capture(
      in: warehouse, run: run, layers: layers, committed: committed, saver: &saver,
      observer: observer)
  }

  func labelling(of rows: [SampleRow]) -> LabellingRecord? { job.samples.labelling(of: rows) }

  func finish() throws -> [String] { notes + (try saver.map { [try $0.finish()] } ?? []) }
}

extension CaptureJob {
  /// The run and what it stands on, found or made.
  fileprivate func ensureRun(
    in warehouse: borrowing Warehouse, _ selection: String
  ) throws -> (state: RunState, layers: [Stored<LayerRecord>]) {
    let dataSet = try warehouse.ensure(
      DataSetRecord(
        name: data.name, fingerprint: samples.fingerprint, sampleCount: samples.count,
        classes: data.classes.map { ClassRecord(key: $0.key, name: $0.name) }))
    let (stored, known) = try warehouse.ensure(
      ModelRecord(
        name: model.name, architecture: model.network.architecture.name,
        weightsSHA256: model.weightsHash, parameters: model.network.parameterCount,
        state: model.state, training: model.training,
        outputs: model.outputs.map { ClassRecord(key: $0.key, name: $0.name) },
        classList: model.classList?.source), layers: layerRecords)
    try warehouse.ensure(pairing: pairing.classes, model: stored, dataSet: dataSet)
    let layers = known.filter { layer in engine.layers.contains { $0.name == layer.name } }
    let state = try warehouse.ensure(
      RunRecord(
        name: name, modelID: stored.id, dataSetID: dataSet.id, identity: identity,
        perturbation: perturbation.description,
        preprocessing: preprocessing.description, selection: selection,
        bitsets: bitsets, profiles: profiles, sampleCount: positions.count, shard: shard,
        permutationSeed: permutationSeed,
        engramVersion: ENGRAM_VERSION, cpuLevel: unsafe String(cString: engram_cpu_level())),
      layers: layers)
    return (state, layers)
  }
}

extension FullyConnectedInfo {
  var weights: LayerWeights {
    LayerWeights(shape: shape, weight: weight, bias: bias)
  }
}

/// The job was asked to stop.
package struct CaptureCancelled: Error, CustomStringConvertible {
  /// Samples that are in the warehouse; nil for a dry run, and where samples were not what it was at.
  package let stored: Int?
  /// Whether the same command goes on, where no samples are told.
  package let isResumed: Bool

  init(stored: Int?, isResumed: Bool = false) {
    (self.stored, self.isResumed) = (stored, isResumed)
  }

  package var description: String {
    guard let stored else {
      return isResumed ? "interrupted; the same command goes on where it stopped" : "interrupted"
    }
    return "interrupted; \(stored) samples are stored, the same command goes on behind them"
  }
}
