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

/// The findings so far and how far the checks have come.
struct Verification {
  let options: VerifyOptions
  let observer: VerifyObserver
  var findings: [VerificationFinding] = []
  var total = 0
  var done = 0

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

  mutating func advance() {
    done += 1
    observer.advanced(done, total)
  }
}

extension Warehouse {
  /// Every check's findings, in order: what is wrong, or that nothing is.
  /// - Throws: Where there is no such run.
  package func verify(
    _ options: VerifyOptions = VerifyOptions(), observer: VerifyObserver = VerifyObserver()
  ) throws -> [VerificationFinding] {
    try registerEngramFunctions()
    var all = Verification(options: options, observer: observer)
    observer.stage("SQLite's structure")
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
    let runs: [Stored<RunRecord>]
    do {
      runs = try options.run.map { [try run($0)] } ?? self.runs()
      for run in runs {
        all.total += 2 * (try predictions(run: run.id)) * (try layers(run: run.id).count)
      }
    } catch {
      // Where the structure is broken, what can be read of it is not to be trusted.
      if isWhole { throw error }
      all.check("runs") { _, _ in throw error }
      return all.findings
    }
    checkPictures(&all)
    var intact: Set<Int> = []
    for model in Set(runs.map(\.modelID)).sorted() {
      let name = try self.model(model).name
      for layer in try layers(model: model) {
        if checkWeights(of: layer, of: name, &all) { intact.insert(layer.id) }
      }
    }
    for run in runs {
      all.check("rows", run: run) { problems, _ in try checkRows(of: run, &problems) }
      all.check("values", run: run) { problems, _ in try checkValues(of: run, &problems) }
      checkPictures(of: run, &all)
      var damaged: Set<String> = []
      for layer in try layers(run: run.id) {
        observer.stage("run \(run.name), layer \(layer.name)")
        let isSourceWhole = !(layer.rectifies.map(damaged.contains) ?? false)
        let isWhole = check(
          run, layer, hasWeights: intact.contains(layer.id), isSourceWhole: isSourceWhole, &all)
        if !isWhole { damaged.insert(layer.name) }
      }
    }
    return all.findings
  }

  /// - Parameter isSourceWhole: False where x is to be had from activations that are damaged.
  /// - Returns: Whether the layer's activations are whole.
  private func check(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, hasWeights: Bool, isSourceWhole: Bool,
    _ all: inout Verification
  ) -> Bool {
    let isKept = run.activations == .stored
    if !isKept { all.skip("activations", run: run, layer: layer, Self.omitted) }
    let vectors =
      isKept
      && all.check("activations", run: run, layer: layer) {
        try checkActivations(of: run, layer, &$0, &$1)
      }
    let bits = all.check("bitsets", run: run, layer: layer) {
      try checkBitsets(of: run, layer, &$0, &$1)
    }
    if !isKept {
      all.skip("recomputed", run: run, layer: layer, Self.omitted)
    } else if !vectors || !bits || !isSourceWhole {
      all.skip(
        "recomputed", run: run, layer: layer, "the layer's activations or bitsets are damaged")
    } else if !hasWeights {
      all.skip(
        "recomputed", run: run, layer: layer,
        "the file does not hold the layer's weights, or they are damaged")
    } else {
      all.check("recomputed", run: run, layer: layer) { problems, all in
        try checkRecomputed(of: run, layer, all.options, &problems)
      }
    }
    let canDerive = vectors && hasWeights && isSourceWhole
    checkProfiles(
      of: run, layer, vectors: vectors,
      bits: bits && (run.bitsets == .stored || canDerive), &all)
    checkIndex(of: run, layer, vectors: vectors, &all)
    return vectors || !isKept
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
