// The divergence of two profiles, summed interaction by interaction. Slow (two logarithms for each)
// and accurate whatever the size of the divergence; DivergenceMatrix is the fast form for many classes.

import Glibc

package enum Divergence {
  /// The additive smoothing of Jeffreys' prior.
  package static let jeffreys = 0.5

  /// KL(P‖Q) in nats over all interactions, with P = (k + α) / (N + 2α) from the counters `p` over
  /// `pSamples` samples, and Q likewise. Both hold the same interactions in the same order; `range` picks
  /// some of them.
  ///
  /// Summed as Σ Q φ((P − Q) / Q) + (1 − Q) φ((Q − P) / (1 − Q)) with φ(t) = (1 + t) ln(1 + t) − t ≥ 0:
  /// no term is the difference of larger ones, and P − Q comes from the counts without rounding.
  package static func kl(
    _ p: [UInt32], samples pSamples: Int, _ q: [UInt32], samples qSamples: Int,
    in range: Range<Int>? = nil, alpha: Double = jeffreys
  ) -> Double {
    precondition(p.count == q.count, "profiles of different layers")
    precondition(alpha > 0, "the smoothing is positive")
    let (pTotal, qTotal) = (Double(pSamples) + 2 * alpha, Double(qSamples) + 2 * alpha)
    var sum = 0.0
    for index in range ?? p.indices {
      let (pCount, qCount) = (p[index], q[index])
      if pCount == qCount && pSamples == qSamples { continue }
      let (k, m) = (Double(pCount) + alpha, Double(qCount) + alpha)
      let rest = Double(qSamples) - Double(qCount) + alpha
      let difference = k * qTotal - m * pTotal
      sum += m * phi(difference / (m * pTotal)) + rest * phi(-difference / (rest * pTotal))
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

  /// (1 + t) ln(1 + t) − t for t > −1.
  static func phi(_ t: Double) -> Double {
    if abs(t) > 0.02 { return (1 + t) * log1p(t) - t }
    // Σ (−t)ⁿ / (n (n − 1)), n ≥ 2: eight terms leave 0.02⁸ / 45 of the first.
    var sum = 0.0
    for n in stride(from: 9.0, through: 2, by: -1) { sum = 1 / (n * (n - 1)) - t * sum }
    return t * t * sum
  }
}
