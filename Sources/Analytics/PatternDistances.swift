// How far the patterns of samples are from the patterns of classes, which are the interactions that most samples of a
// class make significant: Hamming distances, added up as likelihoods are.

package import Bits

extension LikelihoodMatrix {
  /// An interaction belongs to a class's pattern where k / N is above one half.
  private static func belongs(_ count: UInt32, of samples: Int) -> Bool { 2 * Int(count) > samples }

  /// How many interactions of these rows every class's pattern has.
  package var patternSizes: [Double] {
    zip(counters, samples).map { counters, samples in
      Double(counters.count { Self.belongs($0, of: samples) })
    }
  }

  /// One group of columns' part of every Hamming distance, without the pattern sizes; whole numbers, so that the
  /// order of adding them up changes nothing.
  /// - Parameter patterns: of `outputs`.
  /// - Returns: samples × classes.
  package func partialDistances(group: Int, patterns: PatternBatch) -> [Double] {
    precondition(patterns.shape.outputs == outputs.count)
    // A set bit of the pattern is one that the pattern's size counts as missing.
    let entries = samples.map { samples in
      counts(upTo: samples) { Self.belongs($0, of: samples) ? -1.0 : 1.0 }
    }
    return sums(group: group, patterns: patterns, entries)
  }
}
