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

  mutating func write(
    _ measures: [ReplicateMeasures], _ layer: Stored<LayerRecord>, _ kind: ProfileKind,
    _ summary: inout MeasureSummary
  ) throws {
    for (replicate, found) in measures.enumerated() {
      let values: KeyValuePairs<String, Double?> = [
        "always_share": found.alwaysShare, "last_bin_share": found.lastBinShare,
        "mean_proportion": found.meanProportion, "mean_entropy": found.meanEntropy,
        "separation": found.separation, "relative_separation": found.relativeSeparation,
      ]
      for (measure, value) in values {
        guard let value else { continue }
        try write(
          Row(layer: layer.id, kind: kind.rawValue, measure: measure, replicate: replicate), value,
          &summary)
      }
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
