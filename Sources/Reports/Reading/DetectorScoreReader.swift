// The scores behind comparisons of runs by detectors, each read once, and what they are worth. Leaves out which runs are
// compared (DetectorReader).

internal import Analytics
internal import Basics
internal import SQLiteKit

/// Every score of the runs that are compared.
struct DetectorScoreReader {
  /// A run, and the one that taught its detectors.
  private struct Scoring: Hashable {
    let run: Int
    let reference: Int
  }

  /// One detector in one layer.
  private struct Place: Hashable {
    let layer: Int
    let detector: Int
  }

  private let scores: [Scoring: [Place: SortedScores]]
  /// By id.
  private let layers: [Int: (position: Int, name: String)]
  private let detectors: [Int: String]

  init(_ connection: borrowing Connection, _ comparisons: [DetectorComparison]) throws {
    var order: [Scoring] = []
    var seen: Set<Scoring> = []
    for one in comparisons {
      for run in [one.inside, one.outside] {
        let scoring = Scoring(run: run, reference: one.reference)
        if seen.insert(scoring).inserted { order.append(scoring) }
      }
    }
    var read: [(scoring: Scoring, place: Place, values: [Double])] = []
    for scoring in order {
      for (place, values) in try Self.values(connection, scoring) {
        read.append((scoring, place, values))
      }
    }
    let sorted = Parallel.map(read.count) { [read] in SortedScores(read[$0.lowerBound].values) }
    var scores: [Scoring: [Place: SortedScores]] = [:]
    for (one, own) in zip(read, sorted) { scores[one.scoring, default: [:]][one.place] = own }
    self.scores = scores
    let layers = try ReportReader.rows(connection, "select layer_id, position, name from layer") {
      ($0.int(0), (position: $0.int(1), name: $0.text(2)))
    }
    self.layers = Dictionary(layers, uniquingKeysWith: { first, _ in first })
    let detectors = try ReportReader.rows(connection, "select detector_id, name from detector") {
      ($0.int(0), $0.text(1))
    }
    self.detectors = Dictionary(detectors, uniquingKeysWith: { first, _ in first })
  }

  /// By place, in the order of samples, those without a score left out.
  private static func values(
    _ connection: borrowing Connection, _ scoring: Scoring
  ) throws -> [(Place, [Double])] {
    var found: [(Place, [Double])] = []
    var place: Place?
    var values: [Double] = []
    try ReportReader.each(
      connection,
      """
      select layer_id, detector_id, score from score
      where run_id = ? and reference_run_id = ? and score is not null order by layer_id, detector_id, sample_id
      """, .integer(scoring.run), .integer(scoring.reference)
    ) { row in
      let own = Place(layer: row.int(0), detector: row.int(1))
      if own != place {
        if let place { found.append((place, values)) }
        place = own
        values.removeAll(keepingCapacity: true)
      }
      values.append(row.double(2))
    }
    if let place { found.append((place, values)) }
    return found
  }

  /// `comparisons` with their results, as Queries/detector_benchmark.sql has them, with its resamplings.
  func rated(_ comparisons: [DetectorComparison]) -> [DetectorComparison] {
    let resampler = SeparationResampler(replicates: 200, seed: 0)
    var tasks: [(comparison: Int, place: Place)] = []
    for (index, one) in comparisons.enumerated() {
      for place in sides(of: one).inside.keys { tasks.append((index, place)) }
    }
    let results = Parallel.map(tasks.count) { [self, tasks] range in
      let (index, place) = tasks[range.lowerBound]
      return result(comparisons[index], place, resampler)
    }
    var comparisons = comparisons
    for (task, result) in zip(tasks, results) {
      if let result { comparisons[task.comparison].results.append(result) }
    }
    for index in comparisons.indices {
      comparisons[index].results.sort {
        ($1.auroc, $0.layerPosition, ByteText($0.detector))
          < ($0.auroc, $1.layerPosition, ByteText($1.detector))
      }
    }
    return comparisons
  }

  private func sides(
    of one: DetectorComparison
  ) -> (inside: [Place: SortedScores], outside: [Place: SortedScores]) {
    (
      scores[Scoring(run: one.inside, reference: one.reference)] ?? [:],
      scores[Scoring(run: one.outside, reference: one.reference)] ?? [:]
    )
  }

  private func result(
    _ one: DetectorComparison, _ place: Place, _ resampler: SeparationResampler
  ) -> DetectorResult? {
    let sides = sides(of: one)
    guard let inside = sides.inside[place], let outside = sides.outside[place],
      let layer = layers[place.layer], let detector = detectors[place.detector],
      let found = resampler.separation(of: inside, from: outside)
    else { return nil }
    return DetectorResult(
      layerPosition: layer.position, layer: layer.name, detector: detector,
      auroc: found.areaUnderROC, interval: (found.low, found.high),
      falsePositives: found.falsePositivesAt95, aupr: found.averagePrecisionInside,
      samples: (inside.values.count, outside.values.count))
  }

  /// `comparisons` with the curves of those results that charts draw.
  func withCurves(_ comparisons: [DetectorComparison]) -> [DetectorComparison] {
    var comparisons = comparisons
    for benchmark in DetectorBenchmark.all(of: comparisons) {
      for (index, one) in benchmark.comparisons.enumerated() {
        let own = comparisons.firstIndex {
          ($0.inside, $0.outside, $0.reference) == (one.inside, one.outside, one.reference)
        }
        guard let own else { continue }
        for drawn in benchmark.drawn(index) {
          for position in comparisons[own].results.indices
          where comparisons[own].results[position].detector == drawn.detector
            && comparisons[own].results[position].layerPosition == drawn.layerPosition
          {
            comparisons[own].results[position].curve = curve(one, drawn)
          }
        }
      }
    }
    return comparisons
  }

  private func curve(
    _ one: DetectorComparison, _ result: DetectorResult
  ) -> [(falsePositive: Double, truePositive: Double)] {
    let sides = sides(of: one)
    let place = sides.inside.keys.first {
      layers[$0.layer]?.position == result.layerPosition
        && detectors[$0.detector] == result.detector
    }
    guard let place, let inside = sides.inside[place], let outside = sides.outside[place] else {
      return []
    }
    let scores =
      inside.values.map { (score: $0, isInside: true) }
      + outside.values.map { (score: $0, isInside: false) }
    return DetectorResult.curve(scores.sorted { $0.score > $1.score })
  }
}
