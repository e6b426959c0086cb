// How far the measures of scores vary with the samples: percentile intervals over replicates whose positives and negatives
// are drawn with replacement, each from their own (Efron 1979). Several groups of negatives beside the same positives have
// the mean of their measures.

internal import Basics

/// Groups of negatives beside the same positives; each replicate draws these once for all groups.
struct ResampledScores {
  private let groups: [RankedScores]

  /// nil without a positive or without a negative.
  init?(positives: [Double], negatives: [[Double]]) {
    groups = negatives.compactMap { RankedScores(positives: positives, negatives: $0) }
    if groups.isEmpty { return nil }
  }

  /// Of the samples as they are: the mean over the groups.
  var measures: RankedScores.Measures { Self.mean(groups.map(\.measures)) }

  /// Of each measure the 2.5 % and 97.5 % points over the replicates, linear between neighbours.
  func intervals(replicates: Int, seed: UInt64) -> [(low: Double, high: Double)] {
    let all = Parallel.map(replicates) { [groups] range in
      var generator = SplitMix64(
        seed: SplitMix64.mixed(SplitMix64.mixed(seed) ^ UInt64(range.lowerBound)))
      let count = groups[0].positives.count
      let drawn = (0..<count).map { _ in generator.next(below: count) }
      return Self.mean(groups.map { $0.measures(positives: drawn, &generator) })
    }
    return RankedScores.names.indices.map { measure in
      let values = all.map { $0[measure] }.sorted()
      return (low: Self.point(values, 0.025), high: Self.point(values, 0.975))
    }
  }

  private static func mean(_ all: [RankedScores.Measures]) -> RankedScores.Measures {
    RankedScores.names.indices.map { measure in
      all.reduce(0) { $0 + $1[measure] } / Double(all.count)
    }
  }

  private static func point(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}

/// The scores of positives and of one group of negatives, sorted once for all replicates.
struct RankedScores: Sendable {
  /// What tells positives from negatives, in the order of `names`.
  typealias Measures = [Double]
  static let names = ["auroc", "fpr_at_95_tpr", "aupr_in", "aupr_out"]

  /// By positive and by negative, which of the distinct scores it has, the largest first.
  fileprivate let positives: [Int]
  private let negatives: [Int]
  private let scores: Int

  /// nil without either.
  fileprivate init?(positives: [Double], negatives: [Double]) {
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    let distinct = Set(positives + negatives).sorted(by: >)
    let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    self.positives = positives.compactMap { places[$0] }
    self.negatives = negatives.compactMap { places[$0] }
    scores = distinct.count
  }

  /// Of the samples as they are.
  fileprivate var measures: Measures {
    var counts = Counts(scores)
    for place in positives { counts.positives[place] += 1 }
    for place in negatives { counts.negatives[place] += 1 }
    return counts.measures(positives.count, negatives.count)
  }

  /// Of the positives that were drawn, by their indices, and as many negatives as there are.
  fileprivate func measures(positives drawn: [Int], _ generator: inout SplitMix64) -> Measures {
    var counts = Counts(scores)
    for index in drawn { counts.positives[positives[index]] += 1 }
    for _ in negatives.indices {
      counts.negatives[negatives[generator.next(below: negatives.count)]] += 1
    }
    return counts.measures(positives.count, negatives.count)
  }

  /// How many positives and negatives have each distinct score, the largest first.
  private struct Counts {
    var positives: [Int]
    var negatives: [Int]

    init(_ scores: Int) {
      positives = [Int](repeating: 0, count: scores)
      negatives = positives
    }

    func measures(_ allPositives: Int, _ allNegatives: Int) -> Measures {
      let (n, m) = (Double(allPositives), Double(allNegatives))
      var (above, below, halves) = (0, 0, 0)
      var (rate, isReached) = (1.0, false)
      var precision = 0.0
      for place in positives.indices {
        let (positive, negative) = (positives[place], negatives[place])
        halves += negative * (2 * above + positive)
        above += positive
        below += negative
        if positive > 0 {
          precision += Double(positive) * (Double(above) / Double(above + below))
        }
        // As falsePositiveRate(atTruePositiveRate:) has it.
        if !isReached, Double(above) / n >= 0.95 {
          (rate, isReached) = (Double(below) / m, true)
        }
      }
      var (found, all, other) = (0, 0, 0.0)
      for place in positives.indices.reversed() {
        let (positive, negative) = (positives[place], negatives[place])
        found += negative
        all += negative + positive
        if negative > 0 { other += Double(negative) * (Double(found) / Double(all)) }
      }
      return [Double(halves) / (2 * n * m), rate, precision / n, other / m]
    }
  }
}
