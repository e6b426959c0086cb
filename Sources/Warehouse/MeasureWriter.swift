// Fills the measure tables of a warehouse from what its runs captured: class profiles and the inputs of the
// network's last layer. What was measured can be measured again: rows of the same key are replaced.

import Analytics
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

  mutating func count(_ table: String) { rows[table, default: 0] += 1 }
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
    let layers = try self.layers(run: id)
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        for table in ["sparsity", "entropy", "rank", "entanglement"] {
          try connection.run("delete from \(table) where run_id = ?", .integer(id))
        }
        try connection.run(
          "delete from divergence where from_run_id = ?1 and to_run_id = ?1", .integer(id))
        var summary = MeasureSummary()
        for layer in layers {
          for kind in ProfileKind.allCases {
            try measureClasses(
              try counters(
                run: run, layer: layer, kind: kind, groupings: ProfileGrouping.allCases),
              &summary)
          }
        }
        guard !summary.rows.isEmpty else {
          throw MeasureError(
            description: "\(path): run \"\(run.name)\" has no class profiles: complete its ingest")
        }
        if let last = try self.layers(model: run.modelID).last {
          if layers.contains(last) {
            try measureManifolds(run: id, layer: last, &summary)
          } else {
            summary.notes.append(
              "no rank and entanglement: they are of the inputs of the network's last layer, "
                + "\(last.name), which the run did not capture")
          }
        }
        return summary
      }
    }
  }

  /// Writes KL in both directions between the classes of two runs of one model, on the layers both
  /// captured, all or none. Classes pair by their key; those of one run only are left out.
  package func measure(between a: Int, and b: Int) throws -> MeasureSummary {
    let (first, second) = (try run(a), try run(b))
    guard a != b else {
      throw MeasureError(
        description: "\(path): run \"\(first.name)\" is given twice: name two runs of one model")
    }
    guard first.modelID == second.modelID else {
      throw MeasureError(
        description:
          "\(path): run \"\(first.name)\" is of model \"\(try model(first.modelID).name)\", "
          + "run \"\(second.name)\" of \"\(try model(second.modelID).name)\": "
          + "divergence is between two runs of one model")
    }
    let captured = Set(try layers(run: b).map(\.id))
    let shared = try layers(run: a).filter { captured.contains($0.id) }
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        var summary = MeasureSummary()
        for layer in shared {
          for kind in ProfileKind.allCases {
            let p = try counters(run: first, layer: layer, kind: kind, groupings: [.true])
            let q = try counters(run: second, layer: layer, kind: kind, groupings: [.true])
            let keys = Set(p.classes[0].map(\.key)).intersection(q.classes[0].map(\.key))
            guard !keys.isEmpty else { continue }
            try measureDivergence(
              between: p.restricted(to: keys), and: q.restricted(to: keys), &summary)
          }
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
