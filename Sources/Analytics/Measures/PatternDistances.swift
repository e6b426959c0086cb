// Likelihoods of patterns together with how far they are from the patterns of classes, which are the interactions that
// most samples of a class make significant: Hamming distances, added up as likelihoods are, in one pass over the bits.

package import Bits

extension LikelihoodMatrix {
  /// An interaction belongs to a class's pattern where k / N is above one half.
  private static func belongs(_ count: UInt32, of samples: Int) -> Bool { 2 * Int(count) > samples }

  /// What `partialScores` leaves out: of every class Σ ln(1 − p), then of every class the size of its pattern.
  package var scoreConstants: [Double] {
    constants.all
      + zip(counters, samples).map { counters, samples in
        Double(counters.count { Self.belongs($0, of: samples) })
      }
  }

  /// One group of columns' part of every score of samples that belong to no profile. Distances are whole numbers: the
  /// order of adding them up changes nothing.
  /// - Parameter patterns: of `outputs`.
  /// - Returns: samples × (2 · classes): of every class the log-likelihood, then of every class the Hamming distance.
  package func partialScores(group: Int, patterns: PatternBatch) -> [Double] {
    precondition(patterns.shape.outputs == outputs.count)
    // A set bit of a class's pattern is one that the pattern's size counts as missing.
    let distances = samples.map { samples in
      counts(upTo: samples) { Self.belongs($0, of: samples) ? -1.0 : 1.0 }
    }
    return sums(group: group, patterns: patterns, logits + distances)
  }
}
