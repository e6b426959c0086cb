// Whether a warehouse is what its ingests wrote: SQLite's own structure, references, numbers of rows, and run by
// run every blob and the range of every number. Only reads. Leaves out whether measures have the right values: `measure`
// makes them anew.

internal import SQLiteKit

/// What one check says, or one thing it found.
package struct VerificationFinding: Sendable, Equatable {
  /// Sound, damaged, or nothing to look at.
  package enum Status: String, Sendable { case ok, damaged, skipped }
  package let status: Status
  package let check: String
  package let run: String?
  package let layer: String?
  /// How much was looked at, what is wrong and where, or why nothing was looked at.
  package let detail: String
}

/// How much is looked at.
package struct VerifyOptions: Sendable {
  /// The id of the only run to verify; nil: every run.
  package var run: Int?
  /// Bitsets made again per run and layer; nil: all.
  package var samples: Int?
  /// Chooses them.
  package var seed: UInt64
  /// Decodes a picture and says what it is, "image/png, 48 × 32"; nil: pictures are not decoded.
  package var inspect: Inspection?

  package typealias Inspection = @Sendable ([UInt8]) throws -> String

  package init(
    run: Int? = nil, samples: Int? = 100, seed: UInt64 = 0, inspect: Inspection? = nil
  ) {
    self.run = run
    self.samples = samples
    self.seed = seed
    self.inspect = inspect
  }
}

/// What a verification tells while it works.
package struct VerifyObserver {
  /// A sentence when something begins.
  package let stage: (String) -> Void
  /// Rows of samples that are done, of how many.
  package let advanced: (_ done: Int, _ total: Int) -> Void

  package init(
    stage: @escaping (String) -> Void = { _ in },
    advanced: @escaping (Int, Int) -> Void = { _, _ in }
  ) {
    self.stage = stage
    self.advanced = advanced
  }
}

/// What is wrong, found by one check.
struct Problems {
  /// Told one by one; more are only counted.
  static let most = 20
  private(set) var texts: [String] = []
  private(set) var count = 0

  mutating func add(_ text: @autoclosure () -> String) {
    count += 1
    if texts.count < Self.most { texts.append(text()) }
  }

  mutating func add(_ error: any Error) {
    if case WarehouseError.corrupt(_, let message) = error { add(message) } else { add("\(error)") }
  }
}

/// The findings so far.
struct Verification {
  let options: VerifyOptions
  let progress: VerifyProgress
  var findings: [VerificationFinding] = []

  init(_ options: VerifyOptions, _ progress: VerifyProgress) {
    (self.options, self.progress) = (options, progress)
  }

  /// Runs a check and notes what it says.
  /// - Parameter body: Adds what is wrong and returns what it looked at, "1000 samples".
  /// - Returns: Whether nothing is wrong.
  @discardableResult
  mutating func check(
    _ name: String, run: Stored<RunRecord>? = nil, layer: Stored<LayerRecord>? = nil,
    _ body: (inout Problems, inout Verification) throws -> String
  ) -> Bool {
    var problems = Problems()
    var scope = ""
    do { scope = try body(&problems, &self) } catch { problems.add(error) }
    func note(_ status: VerificationFinding.Status, _ detail: String) {
      findings.append(
        VerificationFinding(
          status: status, check: name, run: run?.name, layer: layer?.name, detail: detail))
    }
    for text in problems.texts { note(.damaged, text) }
    if problems.count > problems.texts.count {
      note(.damaged, "\(problems.count - problems.texts.count) more")
    }
    if problems.count == 0 { note(.ok, scope) }
    return problems.count == 0
  }

  mutating func skip(
    _ name: String, run: Stored<RunRecord>? = nil, layer: Stored<LayerRecord>? = nil, _ why: String
  ) {
    findings.append(
      VerificationFinding(
        status: .skipped, check: name, run: run?.name, layer: layer?.name, detail: why))
  }

  func advance() { progress.advance() }
}

extension Warehouse {
  /// Every check's findings, in order: what is wrong, or that nothing is.
  /// - Throws: Where there is no such run.
  package func verify(
    _ options: VerifyOptions = VerifyOptions(), observer: VerifyObserver = VerifyObserver()
  ) throws -> [VerificationFinding] {
    let progress = VerifyProgress(observer)
    var structure = Verification(options, progress)
    let runs: [Stored<RunRecord>]
    do {
      runs = try options.run.map { [try run($0)] } ?? self.runs()
      for run in runs {
        progress.expect(2 * (try predictions(run: run.id)) * (try layers(run: run.id).count))
      }
    } catch {
      // Where the structure is broken, what can be read of it is not to be trusted.
      if verifyStructure(&structure) { throw error }
      structure.check("runs") { _, _ in throw error }
      return structure.findings
    }
    let readers = try VerifyReaders(of: self)
    var tasks: [VerifyTask] = [.structure, .pictures]
    for model in Set(runs.map(\.modelID)).sorted() {
      let name = try self.model(model).name
      tasks += try layers(model: model).map { .weights($0, model: name) }
    }
    for run in runs {
      tasks.append(.run(run))
      for layer in try layers(run: run.id) {
        tasks += [.activations(run, layer), .bitsets(run, layer)]
        tasks += VerifyTask.following(run, layer, LayerSoundness(run))
      }
    }
    // What follows from blobs is looked at beside them, and once more where they are not sound after all.
    var results = readers.perform(tasks, of: self, options, progress)
    let sound = VerifySoundness(tasks, results.map(\.isSound))
    let again = tasks.indices.filter { place in
      guard let task = tasks[place].corrected(by: sound) else { return false }
      tasks[place] = task
      return true
    }
    let corrected = readers.perform(again.map { tasks[$0] }, of: self, options, progress)
    for (place, result) in zip(again, corrected) { results[place] = result }
    return results.flatMap(\.findings)
  }

  /// One part of a verification, by itself.
  /// - Returns: Whether nothing is wrong, of what others stand on.
  func perform(_ task: VerifyTask, _ all: inout Verification) -> Bool {
    switch task {
    case .structure: return verifyStructure(&all)
    case .pictures: checkPictures(&all)
    case .weights(let layer, let model): return checkWeights(of: layer, of: model, &all)
    case .run(let run):
      all.check("rows", run: run) { problems, _ in try checkRows(of: run, &problems) }
      all.check("values", run: run) { problems, _ in try checkValues(of: run, &problems) }
      checkPictures(of: run, &all)
    case .activations(let run, let layer):
      all.progress.stage("run \(run.name), layer \(layer.name)")
      guard run.activations == .stored else {
        all.skip("activations", run: run, layer: layer, Self.omitted)
        return false
      }
      return all.check("activations", run: run, layer: layer) {
        try checkActivations(of: run, layer, &$0, &$1)
      }
    case .bitsets(let run, let layer):
      return all.check("bitsets", run: run, layer: layer) {
        try checkBitsets(of: run, layer, &$0, &$1)
      }
    case .recomputed(let run, let layer, let soundness):
      recompute(run, layer, soundness, &all)
    case .profiles(let run, let layer, let vectors, let bits):
      checkProfiles(of: run, layer, vectors: vectors, bits: bits, &all)
    case .index(let run, let layer, let vectors):
      checkIndex(of: run, layer, vectors: vectors, &all)
    }
    return true
  }

  private func recompute(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ soundness: LayerSoundness,
    _ all: inout Verification
  ) {
    if run.activations != .stored {
      all.skip("recomputed", run: run, layer: layer, Self.omitted)
    } else if !soundness.vectors || !soundness.bits || !soundness.isSourceWhole {
      all.skip(
        "recomputed", run: run, layer: layer, "the layer's activations or bitsets are damaged")
    } else if !soundness.hasWeights {
      all.skip(
        "recomputed", run: run, layer: layer,
        "the file does not hold the layer's weights, or they are damaged")
    } else {
      all.check("recomputed", run: run, layer: layer) { problems, all in
        try checkRecomputed(of: run, layer, all.options, &problems)
      }
    }
  }

  /// Why what needs activations is not looked at.
  static let omitted = "the run's activations were left out"
}
