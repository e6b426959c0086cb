// The rows of the table likelihood: from every class's score to the sample's own, the predicted, the best other one.

import Analytics
internal import Basics
import SQLiteKit

/// One sample and what its pattern scores.
struct LikelihoodScore {
  let sample: SampleRow
  let isLeftOut: Bool
  /// Of every class, with the sample left out of its own.
  let values: [Double]
}

extension Warehouse {
  func write(
    _ scores: [LikelihoodScore], of run: Stored<RunRecord>, under source: CounterSource,
    _ summary: inout MeasureSummary
  ) throws {
    let classes = source.classes[0]
    let keys = Dictionary(
      uniqueKeysWithValues: try self.classes(dataSet: run.dataSetID).map {
        ($0.id, ByteText($0.key))
      })
    let positions = Dictionary(
      uniqueKeysWithValues: classes.enumerated().map { (ByteText($1.key), $0) })
    func position(_ classID: Int?) -> Int? {
      classID.flatMap { keys[$0] }.flatMap { positions[$0] }
    }
    let predictions = try predictedClasses(of: run, under: source)
    var insert = try connection.prepare(
      """
      insert into likelihood (run_id, profile_run_id, layer_id, kind, grouping, sample_id,
        is_left_out, alpha, own, predicted, other, fit_class_id, fit)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for score in scores {
      let predicted = predictions[score.sample.id]
      var best = 0
      var other: Double?
      for (label, value) in score.values.enumerated() {
        if value > score.values[best] { best = label }
        if label != predicted { other = max(other ?? value, value) }
      }
      try insert.bind([
        .integer(run.id), .integer(source.run.id), .integer(source.layer.id),
        .text(source.kind.rawValue), .text(ProfileGrouping.true.name),
        .integer(score.sample.id), Value(score.isLeftOut), .real(Divergence.jeffreys),
        Value(position(score.sample.classID).map { score.values[$0] }),
        Value(predicted.map { score.values[$0] }), Value(other),
        .integer(classes[best].id), .real(score.values[best]),
      ])
      try insert.run()
      summary.count("likelihood")
    }
  }
}
