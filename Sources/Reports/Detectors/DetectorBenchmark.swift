// Detectors ranked over every run that is told from one in-distribution run. Leaves out: reading (DetectorReader), drawing.

internal import Analytics

/// The comparisons of one in-distribution run under one reference, and the layer each detector is looked at in.
package struct DetectorBenchmark: Sendable {
  /// One detector over all comparisons.
  package struct Row: Sendable {
    package let detector: String
    package let layerPosition: Int
    /// Mean AUROC over the comparisons that have it.
    package let mean: Double
    /// Of every comparison; nil where it was not scored.
    package let results: [DetectorResult?]

    /// Of any comparison: the detector's looks.
    package var sample: DetectorResult? { results.compactMap(\.self).first }
  }

  package let inside: Int
  package let reference: Int
  package let comparisons: [DetectorComparison]
  /// By mean AUROC, best first; each detector in the layer where its mean is highest, the last of equals.
  package let rows: [Row]

  /// - Precondition: the comparisons are of one inside and one reference run.
  package init(_ comparisons: [DetectorComparison]) {
    precondition(
      Set(comparisons.map { [$0.inside, $0.reference] }).count == 1, "of one run and reference")
    (inside, reference) = (comparisons[0].inside, comparisons[0].reference)
    self.comparisons = comparisons
    let byPlace = comparisons.map { one in
      Dictionary(uniqueKeysWithValues: one.results.map { (Place(of: $0), $0) })
    }
    var best: [String: Row] = [:]
    for place in Set(byPlace.flatMap(\.keys)) {
      let results = byPlace.map { $0[place] }
      let known = results.compactMap { $0?.auroc }
      let row = Row(
        detector: place.detector, layerPosition: place.layerPosition,
        mean: known.reduce(0, +) / Double(known.count), results: results)
      guard let before = best[place.detector] else {
        best[place.detector] = row
        continue
      }
      if (row.mean, row.layerPosition) > (before.mean, before.layerPosition) {
        best[place.detector] = row
      }
    }
    rows = best.values.sorted { ($1.mean, $0.detector) < ($0.mean, $1.detector) }
  }

  /// `comparisons` by in-distribution run and reference, in order of appearance.
  package static func all(of comparisons: [DetectorComparison]) -> [DetectorBenchmark] {
    var order: [[Int]] = []
    var found: [[Int]: [DetectorComparison]] = [:]
    for one in comparisons {
      let key = [one.inside, one.reference]
      if found[key] == nil { order.append(key) }
      found[key, default: []].append(one)
    }
    return order.compactMap { found[$0].map(DetectorBenchmark.init) }
  }

  /// The rows' results of the comparison at `index`, best first.
  package func ranked(_ index: Int) -> [DetectorResult] {
    rows.compactMap { $0.results[index] }.sorted {
      ($1.auroc, $0.detector) < ($0.auroc, $1.detector)
    }
  }

  /// What a ROC chart of the comparison at `index` shows: the best, Engram's best and max-softmax, each once.
  package func drawn(_ index: Int) -> [DetectorResult] {
    let ranked = ranked(index)
    var drawn: [DetectorResult] = []
    for result in [
      ranked.first, ranked.first(where: \.isEngrams),
      ranked.first { $0.detector == Detector.maxSoftmax.name },
    ].compactMap(\.self) where !drawn.contains(where: { $0.detector == result.detector }) {
      drawn.append(result)
    }
    return drawn
  }

  private struct Place: Hashable {
    let layerPosition: Int
    let detector: String

    init(of result: DetectorResult) {
      (layerPosition, detector) = (result.layerPosition, result.detector)
    }
  }
}
