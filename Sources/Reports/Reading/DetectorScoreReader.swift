// The scores behind comparisons of runs by detectors, each read once. Leaves out which runs are compared (DetectorReader), and
// what scores are worth (DetectorRating).

internal import SQLiteKit

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
  fileprivate(set) var values: [Double] = []
}

/// Every score of the runs that are compared.
struct DetectorScoreReader: Sendable {
  let scores: [RunScores]
  /// By id.
  let layers: [Int: (position: Int, name: String)]
  let detectors: [Int: String]

  /// - Parameter known: All that the file has scores of.
  init(
    _ connection: borrowing Connection, _ comparisons: [DetectorComparison], among known: [Scoring]
  ) throws {
    var order: [Scoring] = []
    var seen: Set<Scoring> = []
    for one in comparisons {
      for run in [one.inside, one.outside] {
        let scoring = Scoring(run: run, reference: one.reference)
        if seen.insert(scoring).inserted { order.append(scoring) }
      }
    }
    // A table as a whole is read faster than most of it by its index.
    let isMost = 2 * order.count > known.count
    if isMost, let whole = try Self.asTheyLie(connection, seen) {
      scores = whole
    } else {
      var found = ScoreRows()
      for scoring in order {
        try ReportReader.each(
          connection,
          """
          select \(ScoreRows.columns) from score
          where run_id = ? and reference_run_id = ? and score is not null order by layer_id, detector_id, sample_id
          """, .integer(scoring.run), .integer(scoring.reference)
        ) { row in _ = found.add(row) }
      }
      scores = found.scores
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

  /// By one pass over the table; nil where its rows do not lie in the order of samples, as scoring writes them.
  private static func asTheyLie(
    _ connection: borrowing Connection, _ wanted: Set<Scoring>
  ) throws -> [RunScores]? {
    var found = ScoreRows(wanted)
    var statement = try connection.prepare(
      "select \(ScoreRows.columns) from score not indexed where score is not null order by rowid")
    while try statement.step() {
      guard found.add(statement) else { return nil }
    }
    return found.scores
  }
}

/// Rows of scores, put together by run, reference and detector.
private struct ScoreRows {
  static let columns = "run_id, reference_run_id, layer_id, detector_id, sample_id, score"

  private(set) var scores: [RunScores] = []
  private let wanted: Set<Scoring>?
  /// Of every entry of `scores`, the sample last added.
  private var lastSamples: [Int] = []
  private var places: [Key: Int?] = [:]
  private var latest: (key: Key, place: Int?)?

  private struct Key: Hashable {
    let scoring: Scoring
    let place: DetectorPlace
  }

  /// - Parameter wanted: What rows are taken of; nil takes all.
  init(_ wanted: Set<Scoring>? = nil) { self.wanted = wanted }

  /// False where the row's sample comes before one that was added.
  mutating func add(_ row: borrowing Statement) -> Bool {
    let key = Key(
      scoring: Scoring(run: row.int(0), reference: row.int(1)),
      place: DetectorPlace(layer: row.int(2), detector: row.int(3)))
    if latest?.key != key { latest = (key, place(of: key)) }
    guard let latest, let place = latest.place else { return true }
    let sample = row.int(4)
    guard sample > lastSamples[place] else { return false }
    lastSamples[place] = sample
    scores[place].values.append(row.double(5))
    return true
  }

  /// nil where it is not wanted.
  private mutating func place(of key: Key) -> Int? {
    if let known = places[key] { return known }
    var place: Int?
    if wanted?.contains(key.scoring) ?? true {
      place = scores.count
      scores.append(RunScores(scoring: key.scoring, place: key.place))
      lastSamples.append(Int.min)
    }
    places[key] = .some(place)
    return place
  }
}
