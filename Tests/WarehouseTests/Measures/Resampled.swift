// The resampling of a run and its measures, slowly and from the documentation: samples are drawn one by one, bits looked
// at one by one. Oracle of the replicates.

import Glibc

/// Schema/README.md's generator and draws.
struct ResampledOracle {
  let seed: UInt64

  private func mix(_ state: UInt64) -> UInt64 {
    var z = state &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The first `count` numbers of the stream of some words.
  private func stream(_ words: [Int], count: Int) -> [UInt64] {
    let state = words.reduce(seed) { mix($0) ^ UInt64($1) }
    return (0..<count).map { mix(state &+ UInt64($0) &* 0x9E37_79B9_7F4A_7C15) }
  }

  private func sorted(_ samples: [Int], _ words: [Int]) -> [Int] {
    samples.sorted { stream(words + [$0], count: 1)[0] < stream(words + [$1], count: 1)[0] }
  }

  /// Samples of a class, by position, as a replicate draws them: some several times.
  func drawn(_ samples: [Int], label: Int, replicate: Int) -> [Int] {
    let count = samples.count < 40 ? samples.count : 20
    let order = sorted(samples, [0])
    return stream([1, replicate, label], count: count).flatMap { number in
      let block = Int(number >> 32) * count / (1 << 32)
      return order.indices.filter { $0 % count == block }.map { order[$0] }
    }
  }

  func half(_ samples: [Int], replicate: Int) -> [Int] {
    Array(sorted(samples, [2, replicate]).prefix(samples.count / 2))
  }

  /// The measures of bits by sample, over the samples that every class has drawn.
  static func measures(_ bits: [[Bool]], _ drawn: [[Int]]) -> [String: Double] {
    let interactions = bits[0].indices
    let n = drawn.map { Double($0.count) }
    let counts = drawn.map { samples in
      interactions.map { index in Double(samples.count { bits[$0][index] }) }
    }
    let all = n.reduce(0, +)
    let sums = interactions.map { index in counts.reduce(0) { $0 + $1[index] } }
    let size = Double(interactions.count)
    var entropy = 0.0
    for (counts, n) in zip(counts, n) {
      for k in counts where k > 0 && k < n {
        entropy -= k / n * log(k / n) + (1 - k / n) * log(1 - k / n)
      }
    }
    var (divergence, pairs) = (0.0, 0.0)
    for a in drawn.indices {
      for b in drawn.indices where a != b {
        pairs += 1
        for index in interactions {
          let p = (counts[a][index] + 0.5) / (n[a] + 1)
          let q = (counts[b][index] + 0.5) / (n[b] + 1)
          divergence += p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
        }
      }
    }
    let meanEntropy = entropy / size / Double(drawn.count)
    let separation = divergence / size / pairs
    return [
      "always_share": Double(sums.count { $0 == all }) / size,
      "last_bin_share": Double(sums.count { 20 * $0 >= 19 * all }) / size,
      "mean_proportion": sums.reduce(0, +) / all / size, "mean_entropy": meanEntropy,
      "separation": separation, "relative_separation": separation / meanEntropy,
    ]
  }
}
