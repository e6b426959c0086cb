// The divergence of two profiles, interaction by interaction, and accurate whatever its size; DivergenceMatrix is the fast
// form for many classes.

import Glibc

package enum Divergence {
  /// The additive smoothing of Jeffreys' prior.
  package static let jeffreys = 0.5

  /// KL(P‖Q) in nats over all interactions, with P = (k + α) / (N + 2α) from the counters `p` over
  /// `pSamples` samples, and Q likewise. Both hold the same interactions in the same order; `range` picks
  /// some of them.
  ///
  /// Summed as Σ Q φ((P − Q) / Q) + (1 − Q) φ((Q − P) / (1 − Q)) with φ(t) = (1 + t) ln(1 + t) − t ≥ 0:
  /// no term is the difference of larger ones, and P − Q comes from the counts without rounding. ln(1 + t) is a
  /// difference of logarithms that are looked up by count; where t is small φ does without. A divergence that is large
  /// enough for its rounding not to matter is summed from those logarithms alone.
  package static func kl(
    _ p: [UInt32], samples pSamples: Int, _ q: [UInt32], samples qSamples: Int,
    in range: Range<Int>? = nil, alpha: Double = jeffreys
  ) -> Double {
    precondition(p.count == q.count, "profiles of different layers")
    precondition(alpha > 0, "the smoothing is positive")
    let chosen = range ?? p.indices
    return kl(
      p, BernoulliTable(samples: pSamples, alpha: alpha, uses: chosen.count),
      q, BernoulliTable(samples: qSamples, alpha: alpha, uses: chosen.count), in: chosen)
  }

  /// The same with the tables at hand.
  static func kl(
    _ p: [UInt32], _ pTable: BernoulliTable, _ q: [UInt32], _ qTable: BernoulliTable,
    in chosen: Range<Int>
  ) -> Double {
    let (pSamples, qSamples) = (pTable.samples, qTable.samples)
    if pSamples == qSamples && p[chosen] == q[chosen] { return 0 }
    if let large = pTable.divergence(p, from: qTable, q, in: chosen),
      large > Self.large * Double(chosen.count)
    {
      return large
    }
    let alpha = pTable.alpha
    let (pTotal, qTotal) = (Double(pSamples) + 2 * alpha, Double(qSamples) + 2 * alpha)
    var sum = 0.0
    for index in chosen {
      let (pCount, qCount) = (p[index], q[index])
      if pCount == qCount && pSamples == qSamples { continue }
      let (k, m) = (Double(pCount) + alpha, Double(qCount) + alpha)
      let rest = Double(qSamples) - Double(qCount) + alpha
      let difference = k * qTotal - m * pTotal
      let (t, tRest) = (difference / (m * pTotal), -difference / (rest * pTotal))
      if max(abs(t), abs(tRest)) <= smallest {
        sum += m * series(t) + rest * series(tRest)
      } else {
        let (own, other) = (pTable[pCount], qTable[qCount])
        let logRest = own.logRest - other.logRest
        sum += m * phi(t, log: own.logit - other.logit + logRest) + rest * phi(tRest, log: logRest)
      }
    }
    return sum / qTotal
  }

  /// ½ KL(P‖M) + ½ KL(Q‖M), M = (P + Q) / 2, in nats over all interactions; P and Q as in `kl`. With
  /// t = (P − Q) / 2: KL(P‖M) = M φ(t / M) + (1 − M) φ(−t / (1 − M)), and KL(Q‖M) the same of −t.
  package static func jensenShannon(
    _ p: [UInt32], samples pSamples: Int, _ q: [UInt32], samples qSamples: Int,
    alpha: Double = jeffreys
  ) -> Double {
    precondition(p.count == q.count, "profiles of different layers")
    let (pTotal, qTotal) = (Double(pSamples) + 2 * alpha, Double(qSamples) + 2 * alpha)
    var sum = 0.0
    for index in p.indices {
      let (k, m) = (Double(p[index]) + alpha, Double(q[index]) + alpha)
      let half = (k * qTotal - m * pTotal) / (2 * pTotal * qTotal)
      if half == 0 { continue }
      let middle = (k / pTotal + m / qTotal) / 2
      let (t, rest) = (half / middle, half / (1 - middle))
      sum += middle * (phi(t) + phi(-t)) + (1 - middle) * (phi(rest) + phi(-rest))
    }
    return sum / 2
  }

  /// Per interaction. Terms of the order of 1, each rounded to 2⁻⁵³, add up to 1e-13 of this at most.
  private static let large = 1e-3

  /// Up to here the series is exact to Float64.
  private static let smallest = 0.02

  /// (1 + t) ln(1 + t) − t for t > −1.
  static func phi(_ t: Double) -> Double {
    abs(t) > smallest ? (1 + t) * log1p(t) - t : series(t)
  }

  /// The same where ln(1 + t) is known.
  private static func phi(_ t: Double, log: Double) -> Double {
    abs(t) > smallest ? (1 + t) * log - t : series(t)
  }

  /// Σ (−t)ⁿ / (n (n − 1)), n ≥ 2: eight terms leave 0.02⁸ / 45 of the first.
  private static func series(_ t: Double) -> Double {
    let fifth = 1.0 / 30 - t * (1.0 / 42 - t * (1.0 / 56 - t * (1.0 / 72)))
    return t * t * (1.0 / 2 - t * (1.0 / 6 - t * (1.0 / 12 - t * (1.0 / 20 - t * fifth))))
  }
}
