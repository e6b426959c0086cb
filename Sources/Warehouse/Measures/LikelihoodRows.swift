// The rows of the table likelihood: from every class's score to the sample's own, the predicted, the best other one.

import Analytics
internal import Basics
import SQLiteKit

/// One sample and what it scores.
struct LikelihoodScore {
  let sample: SampleRow
  /// Its class among the profiles' classes.
  let label: Int?
  let isLeftOut: Bool
  /// Of every class, with the sample left out of its own: nil where that leaves its class none.
  let values: [Double?]
}

extension Warehouse {
  /// No rows, and a note, where a sample is all that there is of the only class.
  func write(
    _ scores: [LikelihoodScore], of run: Stored<RunRecord>, under profiles: MeasuredProfiles,
    _ summary: inout MeasureSummary
  ) throws {
    guard scores.allSatisfy({ score in score.values.contains { $0 != nil } }) else {
      summary.notes.append(
        "no likelihoods of the \(profiles.kind.rawValue)s of layer \(profiles.layer.name): the only class has "
          + "one sample, and it does not score itself")
      return
    }
    let predictions = try predictedClasses(of: run, under: profiles)
    let isControl = profiles.kind == .activation
    var insert = try connection.prepare(
      """
      insert into likelihood (run_id, profile_run_id, layer_id, kind, grouping, sample_id,
        is_left_out, alpha, variance_floor, own, predicted, other, fit_class_id, fit)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for score in scores {
      let predicted = predictions[score.sample.id]
      var best: (label: Int, value: Double)?
      var other: Double?
      for case (let label, let value?) in score.values.enumerated() {
        if best.map({ value > $0.value }) ?? true { best = (label, value) }
        if label != predicted { other = max(other ?? value, value) }
      }
      guard let best else { continue }
      try insert.bind([
        .integer(run.id), .integer(profiles.run.id), .integer(profiles.layer.id),
        .text(profiles.kind.rawValue), .text(ProfileGrouping.true.name),
        .integer(score.sample.id), Value(score.isLeftOut),
        Value(isControl ? nil : Divergence.jeffreys),
        Value(isControl ? GaussianProfiles.floor : nil),
        Value(score.label.flatMap { score.values[$0] }),
        Value(predicted.flatMap { score.values[$0] }), Value(other),
        .integer(profiles.classes[best.label].id), .real(best.value),
      ])
      try insert.run()
      summary.count("likelihood")
    }
  }
}
