// The insert statement of replicates.

import Analytics
import SQLiteKit

/// Writes what was measured of a resampled run, one row per measure and replicate.
struct ReplicateRows: ~Copyable {
  private let resampled: ResampledRun
  private var insert: Statement

  init(_ resampled: ResampledRun, in connection: borrowing Connection) throws {
    let insert = try connection.prepare(
      """
      insert into replicate (run_id, layer_id, kind, measure, rule, class_id, replicate, value, method, seed,
        n_replicates, n_blocks)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    self.insert = insert
    self.resampled = resampled
  }

  /// A measure that some replicates do not define has no rows, and a note: an interval of the others would be of samples
  /// that were chosen by their outcome.
  mutating func write(
    _ measures: [ReplicateMeasures], _ layer: Stored<LayerRecord>, _ kind: ProfileKind,
    _ summary: inout MeasureSummary
  ) throws {
    let values: KeyValuePairs<String, (ReplicateMeasures) -> Double?> = [
      "always_share": { $0.alwaysShare }, "last_bin_share": { $0.lastBinShare },
      "mean_proportion": { $0.meanProportion }, "mean_entropy": { $0.meanEntropy },
      "separation": { $0.separation }, "relative_separation": { $0.relativeSeparation },
    ]
    for (measure, value) in values {
      try write(measures.map(value), measure, layer, kind.measured, &summary)
    }
  }

  /// Of a layer's classes as Gaussians; nil where some replicate has no neuron that varies.
  mutating func write(
    _ measures: [ResampledMoments.Measures]?, _ layer: Stored<LayerRecord>,
    _ summary: inout MeasureSummary
  ) throws {
    guard let measures else {
      summary.notes.append(
        "no replicates of the activations of layer \(layer.name): in some of them no neuron differs between samples"
      )
      return
    }
    try write(measures.map(\.meanEntropy), "mean_entropy", layer, .activation, &summary)
    try write(measures.map(\.separation), "separation", layer, .activation, &summary)
  }

  private mutating func write(
    _ values: [Double?], _ measure: String, _ layer: Stored<LayerRecord>, _ kind: MeasuredKind,
    _ summary: inout MeasureSummary
  ) throws {
    let found = values.compactMap { $0 }
    guard found.count == values.count else {
      if !found.isEmpty {
        summary.notes.append(
          "no replicates of \(measure) of the \(kind.rawValue)s of layer \(layer.name): it is "
            + "undefined in \(values.count - found.count) of \(values.count)")
      }
      return
    }
    for (replicate, value) in found.enumerated() {
      try write(
        Row(layer: layer.id, kind: kind.rawValue, measure: measure, replicate: replicate), value,
        &summary)
    }
  }

  /// Of the inputs of a layer.
  mutating func write(
    _ ranks: [RankReplicate], _ layer: Stored<LayerRecord>, _ summary: inout MeasureSummary
  ) throws {
    for (replicate, found) in ranks.enumerated() {
      for rule in RankRule.allCases {
        var row = Row(layer: layer.id, kind: "input", measure: "rank", replicate: replicate)
        row.rule = rule.rawValue
        var sum = 0.0
        for (label, ranks) in zip(resampled.classes, found.ranks) {
          row.classID = label.id
          let rank = Double(ranks[rule] ?? 0)
          sum += rank
          try write(row, rank, &summary)
        }
        row.classID = nil
        row.measure = "mean_rank"
        try write(row, sum / Double(found.ranks.count), &summary)
        row.measure = "mean_overlap"
        if let overlap = found.meanOverlaps[rule] { try write(row, overlap, &summary) }
      }
    }
  }

  private struct Row {
    let layer: Int
    let kind: String
    var measure: String
    let replicate: Int
    var rule: String?
    var classID: Int?
  }

  private mutating func write(
    _ row: Row, _ value: Double, _ summary: inout MeasureSummary
  ) throws {
    let isHalf = row.kind == "input"
    try insert.bind([
      .integer(resampled.run.id), .integer(row.layer), .text(row.kind), .text(row.measure),
      Value(row.rule), Value(row.classID), .integer(row.replicate), .real(value),
      .text(isHalf ? "half-subsample" : "grouped-bootstrap"),
      .integer(Int(bitPattern: UInt(resampled.resampling.seed))),
      .integer(resampled.replicates), Value(isHalf ? nil : resampled.mostBlocks),
    ])
    try insert.run()
    summary.count("replicate")
  }
}
