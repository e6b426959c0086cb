// What detectors' scores are worth: how well each tells two runs apart. Leaves out reading them (DetectorScoreReader) and which
// runs are compared (DetectorReader).

internal import Analytics
internal import Basics

/// Scores sorted once for all comparisons.
struct DetectorRating: Sendable {
  private let scores: [Scoring: [DetectorPlace: SortedScores]]
  /// By id.
  private let layers: [Int: (position: Int, name: String)]
  private let detectors: [Int: String]

  init(_ read: DetectorScoreReader) {
    let all = read.scores
    let sorted = Parallel.map(all.count) { SortedScores(all[$0.lowerBound].values) }
    var scores: [Scoring: [DetectorPlace: SortedScores]] = [:]
    for (one, own) in zip(all, sorted) { scores[one.scoring, default: [:]][one.place] = own }
    self.scores = scores
    (layers, detectors) = (read.layers, read.detectors)
  }

  /// `comparisons` with their results, as Queries/detector_benchmark.sql has them, with its resamplings.
  func rated(_ comparisons: [DetectorComparison]) -> [DetectorComparison] {
    let resampler = SeparationResampler(replicates: 200, seed: 0)
    var tasks: [(comparison: Int, place: DetectorPlace)] = []
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
  ) -> (inside: [DetectorPlace: SortedScores], outside: [DetectorPlace: SortedScores]) {
    (
      scores[Scoring(run: one.inside, reference: one.reference)] ?? [:],
      scores[Scoring(run: one.outside, reference: one.reference)] ?? [:]
    )
  }

  private func result(
    _ one: DetectorComparison, _ place: DetectorPlace, _ resampler: SeparationResampler
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
    return DetectorResult.curve(SortedScores.descending(inside, outside))
  }
}
