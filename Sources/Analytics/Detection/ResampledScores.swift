// How far the measures of scores vary with the samples: percentile intervals over replicates whose positives and negatives
// are drawn with replacement, each from their own (Efron 1979). Several groups of negatives beside the same positives have
// the mean of their measures.

internal import Basics

/// Groups of negatives beside the same positives; each replicate draws these once for all groups.
struct ResampledScores {
  private let groups: [RankedScores]

  /// nil without a positive or without a negative.
  init?(positives: [Double], negatives: [[Double]]) {
    let positives = SortedScores(positives)
    groups = negatives.compactMap {
      RankedScores(positives: positives, negatives: SortedScores($0))
    }
    if groups.isEmpty { return nil }
  }

  /// Of the samples as they are: the mean over the groups.
  var measures: RankedScores.Measures { Self.mean(groups.map(\.measures)) }

  /// Of each measure the 2.5 % and 97.5 % points over the replicates, linear between neighbours.
  func intervals(replicates: Int, seed: UInt64) -> [(low: Double, high: Double)] {
    let all = Parallel.map(replicates) { [groups] range in
      var generator = Self.generator(seed: seed, replicate: range.lowerBound)
      let count = groups[0].positives.count
      let drawn = generator.next(count, below: count)
      return Self.mean(groups.map { $0.measures(positives: drawn, &generator) })
    }
    return RankedScores.names.indices.map { measure in
      Self.interval(all.map { $0[measure] })
    }
  }

  /// What a replicate draws by: first as many positives as there are, then each group's negatives.
  static func generator(seed: UInt64, replicate: Int) -> SplitMix64 {
    SplitMix64(seed: SplitMix64.mixed(SplitMix64.mixed(seed) ^ UInt64(replicate)))
  }

  /// The 2.5 % and 97.5 % points of replicates' values.
  static func interval(_ values: [Double]) -> (low: Double, high: Double) {
    let sorted = values.sorted()
    return (low: point(sorted, 0.025), high: point(sorted, 0.975))
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
  let positives: [Int32]
  let negatives: [Int32]
  /// All samples from the largest score down, positives by their index, negatives by theirs behind the positives'; and
  /// whether each has another score than the one before it.
  let descending: (samples: [Int32], begins: [UInt8])
  private let scores: Int

  /// nil without either.
  init?(positives: SortedScores, negatives: SortedScores) {
    let (n, m) = (positives.values.count, negatives.values.count)
    guard n > 0, m > 0 else { return nil }
    var places = [Int32](repeating: 0, count: n + m)
    var samples = places
    var begins = [UInt8](repeating: 0, count: n + m)
    let (ownOrder, ownValues) = (positives.order, positives.descending)
    let (otherOrder, otherValues) = (negatives.order, negatives.descending)
    var (i, j, place) = (0, 0, Int32(-1))
    // Nothing is equal to NaN.
    var last = Double.nan
    func take(_ sample: Int, _ score: Double) {
      let isNew = score != last
      place &+= isNew ? 1 : 0
      begins[i + j] = isNew ? 1 : 0
      places[sample] = place
      samples[i + j] = Int32(truncatingIfNeeded: sample)
      last = score
    }
    // Nothing branches on which is larger, which no processor foresees.
    while i < n, j < m {
      let (positive, negative) = (ownValues[i], otherValues[j])
      let isPositive = positive >= negative
      let (own, other) = (Int(ownOrder[i]), n + Int(otherOrder[j]))
      take(isPositive ? own : other, isPositive ? positive : negative)
      i &+= isPositive ? 1 : 0
      j &+= isPositive ? 0 : 1
    }
    while i < n {
      take(Int(ownOrder[i]), ownValues[i])
      i += 1
    }
    while j < m {
      take(n + Int(otherOrder[j]), otherValues[j])
      j += 1
    }
    (self.positives, self.negatives) = (Array(places[..<n]), Array(places[n...]))
    descending = (samples, begins)
    scores = Int(place) + 1
  }

  /// The area under the ROC curve, of twice the pairs of a positive and a negative whose positive has the larger score, and
  /// once those with equal ones.
  func area(halves: Int) -> Double {
    Double(halves) / (2 * Double(positives.count) * Double(negatives.count))
  }

  /// Of the samples as they are.
  var measures: Measures {
    Self.measures(
      of: Self.counts(positives, scores), positives.count,
      Self.counts(negatives, scores), negatives.count)
  }

  /// Of the positives that were drawn, by their indices, and as many negatives as there are.
  func measures(positives drawn: [UInt32], _ generator: inout SplitMix64) -> Measures {
    let others = generator.next(negatives.count, below: negatives.count)
    return Self.measures(
      of: Self.counts(drawn.map { positives[Int($0)] }, scores), positives.count,
      Self.counts(others.map { negatives[Int($0)] }, scores), negatives.count)
  }

  /// How many of `places` are each distinct score's, the largest first.
  private static func counts(_ places: [Int32], _ scores: Int) -> [Int32] {
    var counts = [Int32](repeating: 0, count: scores)
    var own = counts.mutableSpan
    for place in places { own[Int(place)] += 1 }
    return counts
  }

  /// Of how many positives and negatives have each distinct score, the largest first. Nothing branches on a count, which
  /// no processor foresees: what has none adds zero.
  private static func measures(
    of positives: [Int32], _ allPositives: Int, _ negatives: [Int32], _ allNegatives: Int
  ) -> Measures {
    let (positives, negatives) = (positives.span, negatives.span)
    let (n, m) = (Double(allPositives), Double(allNegatives))
    let wanted = least(0.95, of: allPositives)
    var (above, below, halves, accepted) = (0, 0, 0, -1)
    var (found, all) = (0, 0)
    var (precision, other) = (0.0, 0.0)
    let last = positives.count - 1
    for place in positives.indices {
      let (positive, negative) = (Int(positives[place]), Int(negatives[place]))
      halves &+= negative &* (2 &* above &+ positive)
      above &+= positive
      below &+= negative
      precision += Double(positive) * (Double(above) / Double(max(1, above &+ below)))
      // As falsePositiveRate(atTruePositiveRate:) has it.
      if accepted < 0, above >= wanted { accepted = below }
      // From the smallest score up.
      let otherPlace = last &- place
      let rejected = Int(negatives[otherPlace])
      found &+= rejected
      all &+= rejected &+ Int(positives[otherPlace])
      other += Double(rejected) * (Double(found) / Double(max(1, all)))
    }
    return [Double(halves) / (2 * n * m), Double(accepted) / m, precision / n, other / m]
  }

  /// The least number that is at least that share of `all`, as the quotient of Float64 has it.
  private static func least(_ share: Double, of all: Int) -> Int {
    var number = max(0, Int(share * Double(all)) - 2)
    while Double(number) / Double(all) < share { number += 1 }
    return number
  }
}
