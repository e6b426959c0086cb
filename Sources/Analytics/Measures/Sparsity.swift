// How the activation proportions of one profile are spread.

/// The histogram of activation proportions p = k / N and what it cannot show: the exact ends.
package struct Sparsity: Sendable, Equatable {
  package static let bins = 20

  package let samples: Int
  package let interactions: Int
  /// Share of the interactions in bin min(19, ⌊20 k / N⌋). All zero without samples.
  package let histogram: [Double]
  package let meanProportion: Double
  /// Share with p = 0, and with p = 1. Without samples there is no proportion and both are 0.
  package let neverShare: Double
  package let alwaysShare: Double

  package init(_ frequencies: CountFrequencies) {
    samples = frequencies.samples
    interactions = frequencies.interactions
    var (bins, sum, never, always) = ([Int](repeating: 0, count: Self.bins), 0.0, 0, 0)
    let samples = samples
    if samples > 0 {
      frequencies.visit { count, interactions in
        bins[Self.bin(of: count, samples: samples)] += interactions
        sum += Double(count) * Double(interactions)
        if count == 0 { never += interactions }
        if count == samples { always += interactions }
      }
    }
    let total = Double(max(interactions, 1))
    histogram = bins.map { Double($0) / total }
    meanProportion = sum / total / Double(max(samples, 1))
    neverShare = Double(never) / total
    alwaysShare = Double(always) / total
  }

  /// The bin of the proportion count / samples, in integers; `samples` is not 0.
  package static func bin(of count: Int, samples: Int) -> Int {
    min(bins - 1, bins * count / samples)
  }

  /// The histogram as a JSON array of numbers, each the shortest that reads back the same.
  package var histogramJSON: String {
    "[" + histogram.map { $0.description }.joined(separator: ",") + "]"
  }
}
