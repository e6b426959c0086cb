// The insert statements of sparsity, entropy and divergence.

import Analytics
import SQLiteKit

/// Writes the measures of one run, layer and kind.
struct MeasureRows: ~Copyable {
  private let run: Int
  private let layer: Int
  private let kind: ProfileKind
  private var entropy: Statement
  private var sparsity: Statement
  private var divergence: Statement

  init(_ source: CounterSource, in connection: borrowing Connection) throws {
    let entropy = try connection.prepare(
      """
      insert into entropy (run_id, layer_id, kind, grouping, class_id, n_samples, entropy,
        entropy_per_interaction)
      values (?, ?, ?, ?, ?, ?, ?, ?)
      """)
    let sparsity = try connection.prepare(
      """
      insert into sparsity (run_id, layer_id, kind, class_id, n_samples, mean_proportion,
        never_share, always_share, histogram)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    let divergence = try connection.prepare(
      """
      insert into divergence (layer_id, kind, grouping, from_run_id, from_class_id, to_run_id,
        to_class_id, alpha, kl, kl_per_interaction)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    self.entropy = entropy
    self.sparsity = sparsity
    self.divergence = divergence
    run = source.run.id
    layer = source.layer.id
    kind = source.kind
  }

  mutating func write(
    entropy frequencies: CountFrequencies, of label: CounterSource.Class,
    _ grouping: ProfileGrouping
  ) throws {
    let value = frequencies.entropy
    try entropy.bind([
      .integer(run), .integer(layer), .text(kind.rawValue), .text(grouping.name),
      .integer(label.id), .integer(label.samples), .real(value),
      .real(value / Double(max(frequencies.interactions, 1))),
    ])
    try entropy.run()
  }

  /// `label` nil: the whole run.
  mutating func write(_ measure: Sparsity, of label: CounterSource.Class?) throws {
    try sparsity.bind([
      .integer(run), .integer(layer), .text(kind.rawValue), Value(label?.id),
      .integer(measure.samples), .real(measure.meanProportion), .real(measure.neverShare),
      .real(measure.alwaysShare), .text(measure.histogramJSON),
    ])
    try sparsity.run()
  }

  mutating func write(
    _ matrix: DivergenceMatrix, from: [CounterSource.Class],
    to other: (run: Int, classes: [CounterSource.Class]), _ grouping: ProfileGrouping,
    _ summary: inout MeasureSummary
  ) throws {
    let interactions = Double(max(matrix.interactions, 1))
    for (i, p) in from.enumerated() {
      for (j, q) in other.classes.enumerated() {
        try divergence.bind([
          .integer(layer), .text(kind.rawValue), .text(grouping.name), .integer(run),
          .integer(p.id), .integer(other.run), .integer(q.id), .real(matrix.alpha),
          .real(matrix[i, j]), .real(matrix[i, j] / interactions),
        ])
        try divergence.run()
        summary.count("divergence")
      }
    }
  }
}
