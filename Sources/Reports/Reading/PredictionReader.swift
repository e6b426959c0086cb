// What runs say of their samples, in one pass over all predictions: how often they are right by class, and which samples they
// are of.

internal import SQLiteKit

/// Of one run.
struct RunPredictions {
  /// As the view class_accuracy has them, of classes that are outputs of the network.
  fileprivate(set) var accuracies: [ClassAccuracy] = []
  /// Equal for runs over the same samples.
  fileprivate(set) var sampleSet = ""
}

extension ReportReader {
  /// By run.
  static func predictions(_ connection: borrowing Connection) throws -> [Int: RunPredictions] {
    struct Counts {
      /// By the class's place: samples, those with a right answer, and how many were given it.
      var ofClasses: [(samples: Int, answered: Int, correct: Int)]
      var sum = 0
      var squares = 0
    }
    let classes = try SampleClasses(connection)
    var counts: [Int: Counts] = [:]
    let none = classes.classes.map { _ in (samples: 0, answered: 0, correct: 0) }
    var latest: (run: Int, counts: Counts)?
    func putBack() {
      if let latest { counts[latest.run] = latest.counts }
      latest = nil
    }
    try connection.sweep(["run_id", "sample_id", "correct"], from: "prediction not indexed") {
      rows in
      for row in 0..<rows.count {
        let (run, sample) = (rows.int(0, row), rows.int(1, row))
        if latest?.run != run {
          putBack()
          latest = (run, counts[run] ?? Counts(ofClasses: none))
        }
        latest?.counts.sum &+= sample
        latest?.counts.squares &+= sample &* sample % 2_147_483_647
        guard let place = classes.place(ofClassOf: sample) else { continue }
        latest?.counts.ofClasses[place].samples += 1
        guard !rows.isNull(2, row) else { continue }
        latest?.counts.ofClasses[place].answered += 1
        latest?.counts.ofClasses[place].correct += rows.int(2, row)
      }
    }
    putBack()
    return counts.mapValues { own in
      let answered = zip(classes.classes, own.ofClasses).filter { $0.1.answered > 0 }
      return RunPredictions(
        accuracies: answered.sorted { $0.0 < $1.0 }.map { found, count in
          ClassAccuracy(
            position: found.position, name: found.name, samples: count.samples,
            correct: count.correct)
        }, sampleSet: "\(own.sum) \(own.squares)")
    }
  }
}
