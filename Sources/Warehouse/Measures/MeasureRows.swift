// The insert statements of sparsity, entropy and divergence.

import Analytics
internal import Basics
import SQLiteKit

/// Writes the measures of one run, layer and kind.
struct MeasureRows: ~Copyable {
  private let run: Int
  private let layer: Int
  private let kind: MeasuredKind
  private var entropy: Statement
  private var sparsity: Statement
  private var divergence: Statement

  init(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ kind: MeasuredKind,
    in connection: borrowing Connection
  ) throws {
    let entropy = try connection.prepare(
      """
      insert into entropy (run_id, layer_id, kind, grouping, class_id, n_samples, entropy,
        entropy_per_interaction, variance_floor, left_out)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
        to_class_id, alpha, variance_floor, kl, kl_per_interaction)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    self.entropy = entropy
    self.sparsity = sparsity
    self.divergence = divergence
    self.run = run.id
    self.layer = layer.id
    self.kind = kind
  }

  mutating func write(
    entropy frequencies: CountFrequencies, of label: CounterSource.Class,
    _ grouping: ProfileGrouping
  ) throws {
    try write(
      entropy: frequencies.entropy, per: frequencies.interactions, floor: nil, leftOut: 0, label,
      grouping)
  }

  /// Of a class as Gaussians.
  mutating func write(
    entropy profiles: GaussianProfiles, _ place: Int, of label: CounterSource.Class,
    _ grouping: ProfileGrouping
  ) throws {
    try write(
      entropy: profiles.entropy(place), per: profiles.kept, floor: GaussianProfiles.floor,
      leftOut: profiles.leftOut, label, grouping)
  }

  private mutating func write(
    entropy value: Double, per units: Int, floor: Double?, leftOut: Int,
    _ label: CounterSource.Class, _ grouping: ProfileGrouping
  ) throws {
    try entropy.bind([
      .integer(run), .integer(layer), .text(kind.rawValue), .text(grouping.name),
      .integer(label.id), .integer(label.samples), .real(value),
      .real(value / Double(max(units, 1))), Value(floor), .integer(leftOut),
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
    try write(
      from: from, to: other, grouping, alpha: matrix.alpha, floor: nil, per: matrix.interactions,
      &summary
    ) { matrix[$0, $1] }
  }

  /// Between classes as Gaussians, which leave out the same neurons.
  mutating func write(
    _ profiles: GaussianProfiles, from: [CounterSource.Class], _ others: GaussianProfiles,
    to other: (run: Int, classes: [CounterSource.Class]), _ grouping: ProfileGrouping,
    _ summary: inout MeasureSummary
  ) throws {
    let rows = Parallel.map(profiles.count) { range in
      (0..<others.count).map { profiles.divergence(range.lowerBound, from: others, $0) }
    }
    try write(
      from: from, to: other, grouping, alpha: nil, floor: GaussianProfiles.floor,
      per: profiles.kept, &summary
    ) { rows[$0][$1] }
  }

  private mutating func write(
    from: [CounterSource.Class], to other: (run: Int, classes: [CounterSource.Class]),
    _ grouping: ProfileGrouping, alpha: Double?, floor: Double?, per units: Int,
    _ summary: inout MeasureSummary, _ kl: (Int, Int) -> Double
  ) throws {
    for (i, p) in from.enumerated() {
      for (j, q) in other.classes.enumerated() {
        let value = kl(i, j)
        try divergence.bind([
          .integer(layer), .text(kind.rawValue), .text(grouping.name), .integer(run),
          .integer(p.id), .integer(other.run), .integer(q.id), Value(alpha), Value(floor),
          .real(value), .real(value / Double(max(units, 1))),
        ])
        try divergence.run()
        summary.count("divergence")
      }
    }
  }
}
