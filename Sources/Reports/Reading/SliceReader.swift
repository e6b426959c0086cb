// How runs do on the samples of each of the user's own labels.

internal import SQLiteKit

/// A run on the samples of one label.
package struct Slice: Sendable {
  package let run: Int
  /// What the labels are called.
  package let labels: String
  package let label: String
  package let samples: Int
  /// nil where no sample has a right answer.
  package let correct: Int?
  package let meanLoss: Double?

  package init(
    run: Int, labels: String, label: String, samples: Int, correct: Int?, meanLoss: Double?
  ) {
    (self.run, self.labels, self.label) = (run, labels, label)
    (self.samples, self.correct, self.meanLoss) = (samples, correct, meanLoss)
  }
}

extension ReportReader {
  /// Samples with a right answer are counted where there are any, else all; in the order of runs, labels and values.
  static func slices(_ connection: borrowing Connection, _ runs: Set<Int>) throws -> [Slice] {
    try rows(
      connection,
      """
      select predictions.run_id, labels.grouping, labels.label, count(*), count(correct), sum(correct), avg(loss)
      from predictions join labels using (sample_id)
      group by predictions.run_id, labels.grouping, labels.label_position, labels.label
      order by predictions.run_id, labels.grouping, labels.label_position
      """
    ) { row in
      let isAnswered = row.int(4) > 0
      return Slice(
        run: row.int(0), labels: row.text(1), label: row.text(2),
        samples: isAnswered ? row.int(4) : row.int(3), correct: isAnswered ? row.int(5) : nil,
        meanLoss: real(row, 6))
    }.filter { runs.contains($0.run) }
  }
}
