// How often every count occurs in a profile. A profile of millions of interactions over N samples holds
// at most N + 1 different counts, so every measure of one class alone is a short sum over them.

import Glibc

/// The number of interactions that were significant in exactly k of N samples, for every k.
package struct CountFrequencies: Sendable {
  package let samples: Int
  package private(set) var interactions = 0
  /// Indexed by count; empty when there are too many possible counts for a table.
  private var table: [Int]
  private var sparse: [UInt32: Int] = [:]
  private static let largestTable = 1 << 22

  package init(samples: Int) {
    precondition(samples >= 0, "a number of samples is not negative")
    self.samples = samples
    table =
      samples < Self.largestTable ? [Int](repeating: 0, count: samples + 1) : []
  }

  /// Adds a block of a profile. Every counter is at most `samples`.
  package mutating func add(_ counters: [UInt32]) {
    interactions += counters.count
    if table.isEmpty {
      for count in counters { sparse[count, default: 0] += 1 }
    } else {
      for count in counters { table[Int(count)] += 1 }
    }
  }

  /// Calls `body` with every count that occurs, ascending, and the number of its interactions.
  package func visit(_ body: (_ count: Int, _ interactions: Int) -> Void) {
    for (count, interactions) in table.enumerated() where interactions > 0 {
      body(count, interactions)
    }
    for (count, interactions) in sparse.sorted(by: { $0.key < $1.key }) {
      body(Int(count), interactions)
    }
  }

  /// H = −Σ [p ln p + (1 − p) ln(1 − p)], p = k / N, in nats over all interactions; 0 without samples.
  package var entropy: Double {
    var sum = 0.0
    visit { count, interactions in
      guard count > 0, count < samples else { return }
      let p = Double(count) / Double(samples)
      let rest = Double(samples - count) / Double(samples)
      sum -= Double(interactions) * (p * log(p) + rest * log(rest))
    }
    return sum
  }

  package var sparsity: Sparsity { Sparsity(self) }
}
