// What a claim may look at: the runs of a comparison and their numbers. Everything absent throws what it is.

internal import Warehouse

struct MissingEvidence: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

struct Evidence {
  let comparison: Comparison
  /// What is judged.
  var kind = MeasuredKind.interaction

  /// The same of another kind.
  func of(_ kind: MeasuredKind) -> Evidence { Evidence(comparison: comparison, kind: kind) }

  /// The runs of `states`, in their order.
  func runs(_ states: StudyState...) throws(MissingEvidence) -> [RunReport] {
    let missing = states.filter { comparison.runs[$0] == nil }
    guard missing.isEmpty else {
      throw MissingEvidence(
        "needs " + NumberText.count(missing.count, "run", "runs") + " of a model in the state "
          + missing.map { "'\($0.rawValue)'" }.joined(separator: " and ")
          + " over the same samples: engram-ingest --weights FILE, --state STATE where the file does not tell"
      )
    }
    return states.compactMap { comparison.runs[$0] }
  }

  /// What a shift does to the runs of `states`, all by one shift, in their order.
  func shifts(_ states: StudyState...) throws(MissingEvidence) -> [ShiftEffect] {
    _ = try states.map { state throws(MissingEvidence) in try runs(state) }
    for shift in comparison.shifts where states.allSatisfy({ shift.effects[$0] != nil }) {
      return states.compactMap { shift.effects[$0] }
    }
    let named = states.map { "'\($0.rawValue)'" }.joined(separator: " and ")
    throw MissingEvidence(
      "needs runs of the model in the state \(named) over one shifted data set, and their divergences from the clean "
        + "runs: engram-ingest measure WAREHOUSE --between CLEAN,SHIFTED")
  }

  /// What an attack does to the run of a state.
  func attack(_ state: StudyState) throws(MissingEvidence) -> AttackEffect {
    _ = try runs(state)
    guard let attack = comparison.attacks[kind]?[state] else {
      throw MissingEvidence(
        "needs an attacked run of the model in the state '\(state.rawValue)' and its likelihoods under the clean run: "
          + "engram-ingest measure WAREHOUSE --run ATTACKED --under CLEAN")
    }
    return attack
  }

  /// The layers that all `runs` have, first to last; one row per layer, in the order of the runs.
  func layers(_ runs: [RunReport]) throws(MissingEvidence) -> [[LayerReport]] {
    var rows: [[LayerReport]] = []
    for layer in runs[0].layers {
      let row = runs.compactMap { run in run.layers.first { $0.position == layer.position } }
      if row.count == runs.count { rows.append(row) }
    }
    guard !rows.isEmpty else { throw MissingEvidence("needs fully connected layers in every run") }
    return rows
  }

  /// The layer `fromEnd` places before the models' last (0: the last), in the order of the runs.
  func layer(fromEnd: Int, _ runs: [RunReport]) throws(MissingEvidence) -> [LayerReport] {
    var row: [LayerReport] = []
    for run in runs {
      guard let last = run.info.lastPosition, last >= fromEnd else {
        throw MissingEvidence("needs a network with \(fromEnd + 1) fully connected layers")
      }
      guard let layer = run.layers.first(where: { $0.position == last - fromEnd }) else {
        throw MissingEvidence(
          "needs the network's \(fromEnd == 0 ? "last" : "second last") layer, which "
            + "'\(run.info.name)' did not capture")
      }
      row.append(layer)
    }
    return row
  }

  func sparsity(_ layer: LayerReport) throws(MissingEvidence) -> SparsityRecord {
    guard let sparsity = layer[kind].sparsity, !sparsity.histogram.isEmpty else {
      throw MissingEvidence(
        "needs the sparsity of layer \(layer.name): engram-ingest measure WAREHOUSE adds it")
    }
    return sparsity
  }

  func separation(_ layer: LayerReport) throws(MissingEvidence) -> Separation {
    guard let separation = layer[kind].separation else {
      throw MissingEvidence(
        "needs the divergences of the \(kind.plural) of layer \(layer.name): "
          + "engram-ingest measure WAREHOUSE adds them")
    }
    return separation
  }

  /// "last_bin_share", "always_share" or "mean_proportion" of all classes together.
  func sparsity(
    _ measure: String, of run: RunReport, _ layer: LayerReport, _ label: String
  ) throws(MissingEvidence) -> Measured {
    let found = try sparsity(layer)
    let value =
      switch measure {
      case "last_bin_share": found.histogram.last ?? .nan
      case "always_share": found.always
      default: found.mean
      }
    return Measured(
      label: label, value: value, run: run,
      key: ReplicateKey(layer: layer.position, kind: kind.rawValue, measure: measure))
  }

  /// "separation", "mean_entropy" or "relative_separation".
  func separation(
    _ measure: String, of run: RunReport, _ layer: LayerReport, _ label: String
  ) throws(MissingEvidence) -> Measured {
    let found = try separation(layer)
    let value =
      switch measure {
      case "separation": found.separation
      case "mean_entropy": found.entropy
      default: found.relative ?? .nan
      }
    return Measured(
      label: label, value: value, run: run,
      key: ReplicateKey(layer: layer.position, kind: kind.rawValue, measure: measure))
  }
}
