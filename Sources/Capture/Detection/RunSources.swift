// The jobs that runs of a warehouse were made by, from what their rows say and the files that a user names: weights and data
// sets are known by their content, and nothing is guessed. Recordings have no network to run again.

internal import Basics
internal import DataSets
internal import FoundationEssentials
internal import Networks
internal import Training
package import Warehouse
internal import WeightFiles

/// The files that runs of one model were ingested from.
package final class RunSources {
  private let network: Source
  private let model: Stored<ModelRecord>
  private let texts: [String]
  private let threads: Int?
  /// By the side of their input.
  private var models: [Int: CapturedModel] = [:]
  /// By their text and how their images are prepared.
  private var sets: [String: ImageDataSet] = [:]
  /// By their text, with labels and without; however images are prepared.
  private var fingerprints: [String: [String]] = [:]
  private var used: Set<String> = []
  /// Remarks on the weights, a line each.
  package var notes: [String] { network.notes }
  /// Those of the texts that no run's data set was found at.
  package var unused: [String] { texts.filter { !used.contains($0) } }

  /// What the network is made of.
  private enum Source {
    case weights(FoundWeights)
    case file(ImportedModel)

    var notes: [String] {
      switch self {
      case .weights(let found): found.notes
      case .file(let model): model.notes
      }
    }

    var label: String {
      switch self {
      case .weights(let found): found.label
      case .file(let model): model.path
      }
    }

    var sha256: String {
      switch self {
      case .weights(let found): found.file.sha256
      case .file(let model): model.sha256
      }
    }

    func classList(of count: Int) -> ClassList? {
      let own =
        switch self {
        case .weights(let found): found.classLists(of: count).first
        case .file(let model):
          model.weights.listedClasses(path: model.path).first { $0.outputs.count == count }
        }
      return own ?? ClassList.assumed(for: count)
    }
  }

  /// - Parameters:
  ///   - run: of the model.
  ///   - weights: A weight file, or `FILE:KEY` for one of its dictionaries, or a model file.
  ///   - data: As `DataSource` reads them.
  ///   - threads: nil for one per core.
  /// - Throws: `CaptureError` where the network is no built-in one or the weights are others.
  package init(
    of run: Stored<RunRecord>, in warehouse: borrowing Warehouse, weights: String, data: [String],
    threads: Int?
  ) throws {
    model = try warehouse.model(run.modelID)
    let isImported = ImportedModel.names.contains(model.architecture)
    guard Architecture.known.contains(model.architecture) || isImported else {
      throw CaptureError(
        "\(warehouse.path): run \"\(run.name)\" is of \"\(model.name)\" (\(model.architecture)), expected one of the "
          + "built-in networks or of a model file: only these can be run again, a recording cannot")
    }
    network =
      isImported || ImportedModel.isModelFile(weights)
      ? .file(try ImportedModel(path: weights))
      : .weights(try Architecture.weights(model.architecture, at: weights))
    guard network.sha256 == model.weightsSHA256 else {
      throw CaptureError(
        "\(network.label): expected the weights of model \"\(model.name)\", \(model.weightsSHA256.prefix(12))…, found "
          + "\(network.sha256.prefix(12))…: give the file that run \"\(run.name)\" was ingested from"
      )
    }
    texts = data
    self.threads = threads
  }

  /// The job that made a run of the model.
  /// - Throws: `CaptureError` where its data set is none of those that were named, or something else differs.
  package func job(
    of run: Stored<RunRecord>, in warehouse: borrowing Warehouse
  ) throws -> CaptureJob {
    precondition(run.modelID == model.id, "a run of another model")
    let what = "\(warehouse.path): run \"\(run.name)\""
    let (preprocessing, perturbation): (Preprocessing, Perturbation)
    let (selection, tokens): (Selection, TokenChoice?)
    do {
      preprocessing = try Preprocessing(parsing: run.preprocessing)
      let kept = try JSONDecoder().decode(KeptSelection.self, from: Data(run.selection.utf8))
      (selection, tokens) = (kept.selection, try kept.tokens.map { try TokenChoice(parsing: $0) })
      perturbation = try Perturbation(parsing: run.perturbation)
    } catch {
      throw CaptureError("\(what): its row does not say how it was made: \(error)")
    }
    guard tokens?.isSpread != true else {
      throw CaptureError(
        "\(what): its samples are tokens (\(tokens.map { "\($0)" } ?? "")), expected images, as detectors of feature maps "
          + "score these: ingest a run with one token of each")
    }
    let data = try data(of: run, preprocessing, in: warehouse)
    let job = try CaptureJob(
      model: try captured(preprocessing, data, tokens), data: data, selection: selection,
      layers: .named(try warehouse.layers(run: run.id).map(\.name)), name: run.name,
      perturbation: perturbation, permutationSeed: run.permutationSeed, threads: threads,
      bitsets: run.bitsets, profiles: run.profiles, preprocessing: preprocessing)
    guard
      job.pairing.classes == (try warehouse.pairing(model: model.id, dataSet: run.dataSetID))
    else {
      throw CaptureError(
        "\(what): its data set's classes pair with other outputs of \(network.label) than they did when it was ingested"
      )
    }
    guard job.identity == run.identity else {
      throw CaptureError(
        "\(what): weights and data are its own, and yet the run that they make is another: it was made by another "
          + "version of Engram (\(run.engramVersion)); ingest it again")
    }
    return job
  }

  private func captured(
    _ preprocessing: Preprocessing, _ data: ImageDataSet, _ tokens: TokenChoice?
  ) throws -> CapturedModel {
    let side = preprocessing.geometry.side ?? preprocessing.outputShape(for: data.shape).height
    if let known = models[side], known.tokens == tokens { return known }
    // What the file says itself stays what it is: an assumed list pairs in another way than a given one.
    let own = network.classList(of: model.outputs.count)
    let given =
      own?.source == model.classList
      ? nil
      : model.classList.map { source in
        ClassList(model.outputs.map { ($0.key, $0.name) }, source: source)
      }
    let made =
      switch network {
      case .weights(let found):
        try CapturedModel(
          found, architecture: model.architecture, side: side, name: model.name, state: nil,
          classList: given, tokens: tokens)
      case .file(let file):
        try CapturedModel(
          file, name: model.name, state: nil, classList: given, tokens: tokens)
      }
    models[side] = made
    return made
  }

  /// The first of the named sets that is the run's.
  private func data(
    of run: Stored<RunRecord>, _ preprocessing: Preprocessing, in warehouse: borrowing Warehouse
  ) throws -> ImageDataSet {
    let record = try warehouse.dataSet(run.dataSetID)
    var others: [String] = []
    for text in texts {
      if let known = fingerprints[text], !known.contains(record.fingerprint) {
        others.append("\(text) (\(known[0].prefix(12))…)")
        continue
      }
      do {
        let key = "\(text)\n\(preprocessing)"
        let set = try sets[key] ?? DataSource(text).load(for: preprocessing)
        let unlabelled = set.unlabelled
        (sets[key], fingerprints[text]) = (set, [set.fingerprint, unlabelled.fingerprint])
        if let own = [set, unlabelled].first(where: { $0.fingerprint == record.fingerprint }) {
          used.insert(text)
          return own
        }
        others.append("\(text) (\(set.fingerprint.prefix(12))…)")
      } catch { others.append("\(error)") }
    }
    throw CaptureError(
      "\(warehouse.path): run \"\(run.name)\": expected its data set \"\(record.name)\", "
        + "\(record.fingerprint.prefix(12))…, found \(listed(others, most: 10, separator: "; ")): name it by --data"
    )
  }
}

extension Perturbation {
  /// As a run's row says it.
  init(parsing text: String) throws {
    if text == "none" {
      self = .none
    } else if ShiftKind(rawValue: String(text.prefix { $0 != ":" })) != nil {
      self = .shift(try Shift(parsing: text))
    } else {
      self = .attack(try Attack(parsing: text))
    }
  }
}
