// The likelihood of one sample's significant interactions under a class's profile.

package enum Likelihood {
  /// ln L(S | c) = Σ [S ln p + (1 − S) ln(1 − p)] in nats over the rows of one block of a profile, with
  /// p = (k + α) / (N + 2α). `bits` is the dense bitset of the whole layer; the block starts at output
  /// `firstRow` and has `columns` columns.
  ///
  /// With `leftOut`, the dense bitset of the sample's own twin that the profile was learned from, that
  /// sample is taken out of the profile first: k − S_out over N − 1 samples.
  package static func logLikelihood(
    bits: [UInt8], leftOut: [UInt8]? = nil, counters: [UInt32], samples: Int, firstRow: Int,
    columns: Int, alpha: Double = Divergence.jeffreys
  ) -> Double {
    let start = firstRow * columns
    precondition(bits.count * 8 >= start + counters.count, "the block lies within the layer")
    let out = leftOut ?? []
    precondition(out.isEmpty || out.count == bits.count, "twins have the same layer")
    precondition(out.isEmpty || samples > 0, "a profile holds the sample that is left out")
    let table = BernoulliTable(
      samples: out.isEmpty ? samples : samples - 1, alpha: alpha, uses: counters.count)
    var sum = 0.0
    for (offset, counter) in counters.enumerated() {
      let index = start + offset
      let bit = bits[index >> 3] >> UInt8(index & 7) & 1
      let own = out.isEmpty ? 0 : out[index >> 3] >> UInt8(index & 7) & 1
      precondition(counter >= UInt32(own), "the profile holds the sample that is left out")
      let entry = table[counter - UInt32(own)]
      sum += bit == 1 ? entry.logit + entry.logRest : entry.logRest
    }
    return sum
  }
}
