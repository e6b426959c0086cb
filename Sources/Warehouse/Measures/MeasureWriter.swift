// Fills the measure tables of a warehouse from what its runs captured: class profiles and the inputs of the
// network's last layer. What was measured can be measured again: rows of the same key are replaced.

import Analytics
internal import Basics
import SQLiteKit

/// A measure that cannot be taken; one line, ready to be shown.
package struct MeasureError: Error, CustomStringConvertible {
  package let description: String
}

/// What was written.
package struct MeasureSummary: Sendable, Equatable {
  /// Rows per measure table.
  package internal(set) var rows: [String: Int] = [:]
  /// What was left out and why, a line each.
  package internal(set) var notes: [String] = []

  package init() {}

  mutating func count(_ table: String, _ rows: Int = 1) { self.rows[table, default: 0] += rows }
}

extension Warehouse {
  /// Writes sparsity, entropy and divergence of every captured layer, and rank and entanglement of the
  /// inputs of the network's last one where it is among them, all or none. Call it when the run's profiles are in.
  package func measure(run id: Int) throws -> MeasureSummary {
    let run = try self.run(id)
    if let shard = run.shard {
      throw MeasureError(
        description: "\(path): run \"\(run.name)\" is part \(shard) of a run: merge its parts first"
      )
    }
    // What was measured of the samples is not to be made again without them; of a run that is merged there is nothing yet.
    guard run.activations == .stored || run.completedAt == nil else {
      throw WarehouseError.omitted(path: path, run: run.name, what: "activations")
    }
    let layers = try self.layers(run: id)
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        for table in RunTable.measured where table.replacement == .ofRun {
          try connection.takeOut(from: table, run: id)
        }
        try deleteMeasures(of: id, by: ProfileGrouping.measuredAlways)
        return try knowingSamples(of: [id]) { try measure(run, layers) }
      }
    }
  }

  private func measure(
    _ run: Stored<RunRecord>, _ layers: [Stored<LayerRecord>]
  ) throws -> MeasureSummary {
    var summary = MeasureSummary()
    var scored: Set<Int> = []
    for layer in layers {
      for kind in ProfileKind.allCases {
        let source = try counters(
          run: run, layer: layer, kind: kind, groupings: ProfileGrouping.measuredAlways)
        guard kind == .interaction, try isScoredWithClasses(source) else {
          try measureClasses(source, &summary)
          continue
        }
        scored.insert(layer.id)
        try measureClassesAndLikelihoods(source, &summary)
      }
    }
    guard !summary.rows.isEmpty else {
      guard try samples(run: run.id).allSatisfy({ $0.label == nil }) else {
        throw MeasureError(
          description: "\(path): run \"\(run.name)\" has no class profiles: complete its ingest"
        )
      }
      summary.notes.append(
        "no measures by class: no sample has a label; engram-ingest measure --run \(run.name) --by predicted "
          + "takes what the network says")
      return summary
    }
    guard run.activations == .stored else {
      summary.notes.append(
        "run \(run.name): measured by its class counts alone: no measures of activations, no likelihoods, ranks and "
          + "entanglements, which need samples; merge parts that have them")
      return summary
    }
    for layer in layers {
      let moments = try measureActivations(
        of: run, layer, ProfileGrouping.measuredAlways, &summary)
      try measureLikelihoods(
        run: run, under: run, layer, isAsked: false, isScored: scored.contains(layer.id), moments,
        &summary)
    }
    if let last = try self.layers(model: run.modelID).last {
      if layers.contains(last) {
        try measureManifolds(run: run.id, layer: last, &summary)
      } else {
        summary.notes.append(
          "no rank and entanglement: they are of the inputs of the network's last layer, "
            + "\(last.name), which the run did not capture")
      }
    }
    return summary
  }

  /// Writes how well the samples of a run fit the profiles of another run of its model, on the layers both captured, or
  /// of its own, all or none.
  package func measure(run id: Int, under profiles: Int) throws -> MeasureSummary {
    let (run, other) = (try run(id), try run(profiles))
    try checkModels(run, other, "likelihoods are")
    return try told {
      try connection.transaction {
        var summary = MeasureSummary()
        let captured = Set(try layers(run: profiles).map(\.id))
        try knowingSamples(of: [id, profiles]) {
          for layer in try layers(run: id) where captured.contains(layer.id) {
            try measureLikelihoods(run: run, under: other, layer, isAsked: true, nil, &summary)
          }
        }
        guard !summary.rows.isEmpty else {
          throw MeasureError(
            description:
              "\(path): run \"\(other.name)\" has no profiles of a layer of run \"\(run.name)\": complete both ingests"
          )
        }
        return summary
      }
    }
  }

  func checkModels(
    _ first: Stored<RunRecord>, _ second: Stored<RunRecord>, _ what: String
  ) throws {
    guard first.modelID == second.modelID else {
      throw MeasureError(
        description:
          "\(path): run \"\(first.name)\" is of model \"\(try model(first.modelID).name)\", "
          + "run \"\(second.name)\" of \"\(try model(second.modelID).name)\": "
          + "\(what) between two runs of one model")
    }
  }

  /// - Parameters:
  ///   - isScored: the layer's interactions have been scored.
  ///   - moments: of the profiles' run, where they are at hand.
  private func measureLikelihoods(
    run: Stored<RunRecord>, under profiles: Stored<RunRecord>, _ layer: Stored<LayerRecord>,
    isAsked: Bool, isScored: Bool = false, _ moments: ActivationMoments?,
    _ summary: inout MeasureSummary
  ) throws {
    var isProfiled = false
    for kind in ProfileKind.allCases {
      let source = try counters(run: profiles, layer: layer, kind: kind, groupings: [.true])
      isProfiled = isProfiled || !source.classes[0].isEmpty
      if kind == .interaction, isScored { continue }
      try measureLikelihoods(run: run, under: source, isAsked: isAsked, &summary)
    }
    guard isProfiled else { return }
    try measureActivationLikelihoods(
      of: run, under: profiles, layer, moments, isAsked: isAsked, &summary)
  }

  /// Writes KL in both directions between the classes of two runs of one model, on the layers both
  /// captured, all or none. Classes pair by their key; those of one run only are left out.
  package func measure(between a: Int, and b: Int) throws -> MeasureSummary {
    let (first, second) = (try run(a), try run(b))
    guard a != b else {
      throw MeasureError(
        description: "\(path): run \"\(first.name)\" is given twice: name two runs of one model")
    }
    try checkModels(first, second, "divergence is")
    let captured = Set(try layers(run: b).map(\.id))
    let shared = try layers(run: a).filter { captured.contains($0.id) }
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        var summary = MeasureSummary()
        for layer in shared {
          var isPaired = false
          for kind in ProfileKind.allCases {
            let p = try counters(run: first, layer: layer, kind: kind, groupings: [.true])
            let q = try counters(run: second, layer: layer, kind: kind, groupings: [.true])
            let keys = Set(p.classes[0].map { ByteText($0.key) })
              .intersection(q.classes[0].map { ByteText($0.key) })
            guard !keys.isEmpty else { continue }
            isPaired = true
            try measureDivergence(
              between: p.restricted(to: keys), and: q.restricted(to: keys), &summary)
          }
          guard isPaired else { continue }
          try measureActivations(between: first, and: second, layer, &summary)
        }
        guard !summary.rows.isEmpty else {
          throw MeasureError(
            description: "\(path): runs \"\(first.name)\" and \"\(second.name)\" share no profiles "
              + "of the same layer and class: complete both ingests")
        }
        return summary
      }
    }
  }
}
