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
      if checkStructure(&structure) { throw error }
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
    case .structure: return checkStructure(&all)
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

  /// - Returns: Whether SQLite's own structure is whole.
  private func checkStructure(_ all: inout Verification) -> Bool {
    all.progress.stage("SQLite's structure")
    let isWhole = all.check("file") { problems, _ in try checkFile(&problems) }
    all.check("schema") { problems, _ in try checkSchema(&problems) }
    all.check("references") { problems, _ in try checkReferences(&problems) }
    all.check("orphans") { problems, _ in
      for orphans in try orphans() {
        problems.add(
          "\(orphans) that no run stands on: engram-ingest delete --orphans takes out such")
      }
      return "every sample, weight, data set and model is of a run"
    }
    return isWhole
  }

  /// Why what needs activations is not looked at.
  static let omitted = "the run's activations were left out"

  private func checkFile(_ problems: inout Problems) throws -> String {
    var rows = try connection.prepare("pragma integrity_check(\(Problems.most))")
    while try rows.step() {
      let line = rows.text(0)
      if line != "ok" { problems.add(line.split(separator: "\n").joined(separator: "; ")) }
    }
    return "\(try connection.integer("pragma page_count") ?? 0) pages"
  }

  /// For who goes on with a run that another ingest left: a copy made while that wrote lacks pages, or has old ones. Reads
  /// the whole file.
  /// - Throws: `WarehouseError.corrupt` where SQLite's structure is not whole.
  package func checkStructure() throws {
    try told {
      var rows = try connection.prepare("pragma quick_check(1)")
      _ = try rows.step()
      let line = rows.text(0)
      guard line == "ok" else {
        throw WarehouseError.corrupt(
          path: path, message: line.split(separator: "\n").joined(separator: "; "))
      }
    }
  }

  private func checkSchema(_ problems: inout Problems) throws -> String {
    guard case .warehouse(let version) = try SchemaVersion.of(connection) else {
      throw WarehouseError.notAWarehouse(path: path)
    }
    let expected = try SchemaVersion.definitions(of: version)
    let found = try SchemaVersion.definitions(in: connection)
    for (name, sql) in expected.sorted(by: { $0.key < $1.key }) where found[name] != sql {
      problems.add(
        "\(name): \(found[name] == nil ? "missing" : "another definition than this schema's")")
    }
    return "version \(version)"
  }

  private func checkReferences(_ problems: inout Problems) throws -> String {
    var rows = try connection.prepare(
      "select \"table\", rowid, parent from pragma_foreign_key_check")
    while try rows.step() {
      problems.add("\(rows.text(0)), row \(rows.int(1)): there is no such \(rows.text(2))")
    }
    let strays = try connection.integer(
      """
      select count(*) from sample join class using (class_id)
      where class.dataset_id is not sample.dataset_id
      """)
    if let strays, strays > 0 { problems.add("\(strays) samples with a class of another data set") }
    let pairs = try connection.integer(
      """
      select count(*) from class_output join class using (class_id)
      left join class as output on output.class_id = class_output.output_id
      where class.dataset_id is null or output.model_id is null or exists (
        select 1 from class_output as other join class as same on same.class_id = other.class_id
        join class as said on said.class_id = other.output_id
        where other.class_output_id <> class_output.class_output_id
          and (other.class_id = class_output.class_id and said.model_id = output.model_id
            or other.output_id = class_output.output_id and same.dataset_id = class.dataset_id))
      """)
    for text in try strayLabels() { problems.add(text) }
    if let pairs, pairs > 0 {
      problems.add(
        "\(pairs) rows of class_output that do not pair a data set's class with one output of a model"
      )
    }
    return "every table"
  }
}
