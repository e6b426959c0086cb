// The scores behind comparisons of runs by detectors, each read once. Leaves out which runs are compared (DetectorReader), and
// what scores are worth (DetectorRating).

internal import SQLiteKit
internal import Warehouse

/// A run, and the one that taught its detectors.
struct Scoring: Hashable {
  let run: Int
  let reference: Int
}

/// One detector in one layer, by their ids.
struct DetectorPlace: Hashable {
  let layer: Int
  let detector: Int
}

/// One run's scores by one detector in one layer, in the order of its samples, those without a score left out.
struct RunScores: Sendable {
  let scoring: Scoring
  let place: DetectorPlace
  let values: [Double]
}

/// Every score of the runs that are compared.
struct DetectorScoreReader: Sendable {
  let scores: [RunScores]
  /// By id.
  let layers: [Int: (position: Int, name: String)]
  let detectors: [Int: String]

  init(
    _ connection: borrowing Connection, _ comparisons: [DetectorComparison],
    _ measured: MeasuredRows
  ) throws {
    struct Key: Hashable {
      let scoring: Scoring
      let place: DetectorPlace
    }
    let wanted = Set(
      comparisons.flatMap { one in
        [one.inside, one.outside].map { Scoring(run: $0, reference: one.reference) }
      })
    var found = SampleValuesByKey<Key>()
    var latest: (scoring: Scoring, isWanted: Bool)?
    try measured.each(
      connection, .score,
      ["run_id", "reference_run_id", "layer_id", "detector_id", "sample_id", "score"]
    ) { rows in
      for row in 0..<rows.count {
        let scoring = Scoring(run: rows.int(0, row), reference: rows.int(1, row))
        if latest?.scoring != scoring { latest = (scoring, wanted.contains(scoring)) }
        guard latest?.isWanted == true, let score = rows.number(5, row) else { continue }
        let place = DetectorPlace(layer: rows.int(2, row), detector: rows.int(3, row))
        found.add(Key(scoring: scoring, place: place), rows.int(4, row), score)
      }
    }
    scores = found.finished().map { key, own in
      RunScores(scoring: key.scoring, place: key.place, values: own.values)
    }
    let layers = try ReportReader.rows(connection, "select layer_id, position, name from layer") {
      ($0.int(0), (position: $0.int(1), name: $0.text(2)))
    }
    self.layers = Dictionary(layers, uniquingKeysWith: { first, _ in first })
    let detectors = try ReportReader.rows(connection, "select detector_id, name from detector") {
      ($0.int(0), $0.text(1))
    }
    self.detectors = Dictionary(detectors, uniquingKeysWith: { first, _ in first })
  }
}
