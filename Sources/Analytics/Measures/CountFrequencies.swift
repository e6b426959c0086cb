// How often every count occurs in a profile. A profile of millions of interactions over N samples holds
// at most N + 1 different counts, so every measure of one class alone is a short sum over them.

internal import CKernels
import Glibc

/// The number of interactions that were significant in exactly k of N samples, for every k.
package struct CountFrequencies: Sendable {
  package let samples: Int
  package private(set) var interactions = 0
  /// Of every count as many numbers as there are ways, which add up; empty when there are too many possible counts for a
  /// table.
  private var table: [Int64]
  private let ways: Int
  private var sparse: [UInt32: Int] = [:]
  private static let largestTable = 1 << 22
  /// Up to here equal counts are common side by side.
  private static let largestOfWays = 1 << 12

  package init(samples: Int) {
    precondition(samples >= 0, "a number of samples is not negative")
    self.samples = samples
    ways = samples < Self.largestOfWays ? 4 : 1
    table =
      samples < Self.largestTable ? [Int64](repeating: 0, count: ways * (samples + 1)) : []
  }

  /// Adds a block of a profile. Every counter is at most `samples`.
  package mutating func add(_ counters: [UInt32]) { add(counters[...]) }

  package mutating func add(_ counters: ArraySlice<UInt32>) {
    interactions += counters.count
    guard !table.isEmpty else {
      for count in counters { sparse[count, default: 0] += 1 }
      return
    }
    unsafe counters.withUnsafeBufferPointer { counters in
      precondition(
        unsafe engram_largest_counter(counters.baseAddress, counters.count) <= samples,
        "No more samples than there are")
      unsafe engram_tally(counters.baseAddress, counters.count, ways, &table)
    }
  }

  /// Whether to count some cells, and to go through the counts, costs less than to look a number up for each of them.
  func isShort(beside cells: Int) -> Bool { ways > 1 && samples * 4 <= cells }

  /// Forgets what was counted.
  mutating func clear() {
    interactions = 0
    for index in table.indices { table[index] = 0 }
    sparse = [:]
  }

  /// Σ of the numbers of the counts, of short ones.
  /// - Parameter values: by count.
  func sum(_ values: [Double]) -> CompensatedSum {
    precondition(values.count == samples + 1 && ways == 4, "A number for every count")
    let (values, table) = (values.span, table.span)
    var sum = CompensatedSum()
    for count in values.indices {
      let at = 4 * count
      let interactions = (table[at] + table[at + 1]) + (table[at + 2] + table[at + 3])
      sum.add(Double(interactions) * values[count])
    }
    return sum
  }

  /// Σ of the counts, of short ones.
  var total: Int {
    let table = table.span
    return (0...samples).reduce(0) { sum, count in
      let at = 4 * count
      return sum
        + count * Int((table[at] + table[at + 1]) + (table[at + 2] + table[at + 3]))
    }
  }

  /// Lends how often every count occurs, four ways, of short ones.
  func withTable(_ body: (UnsafePointer<Int64>) -> Void) {
    precondition(ways == 4, "Short ones")
    unsafe table.withUnsafeBufferPointer { table in
      if let table = table.baseAddress { unsafe body(table) }
    }
  }

  /// Adds what was counted elsewhere, of as many samples.
  package mutating func add(_ other: CountFrequencies) {
    precondition(samples == other.samples, "Of one class")
    interactions += other.interactions
    for index in table.indices { table[index] += other.table[index] }
    sparse.merge(other.sparse, uniquingKeysWith: +)
  }

  /// Calls `body` with every count that occurs, ascending, and the number of its interactions.
  package func visit(_ body: (_ count: Int, _ interactions: Int) -> Void) {
    for count in 0..<table.count / ways {
      let interactions = table[count * ways..<(count + 1) * ways].reduce(0, +)
      if interactions > 0 { body(count, Int(interactions)) }
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

/// Whether no class has a counter above its number of samples: tables are looked up by counters.
/// - Parameter counters: `cells` of every class, one behind the other.
func areCounts(_ counters: [UInt32], of samples: some Sequence<Int>, cells: Int) -> Bool {
  unsafe counters.withUnsafeBufferPointer { counters in
    samples.enumerated().allSatisfy { label, samples in
      let own = unsafe UnsafeBufferPointer(
        rebasing: counters[label * cells..<(label + 1) * cells])
      return unsafe engram_largest_counter(own.baseAddress, cells) <= samples
    }
  }
}

/// The counters of all classes together, `cells` of them.
package func classSums(_ counters: [UInt32], classes: Int, cells: Int) -> [UInt32] {
  precondition(counters.count >= classes * cells, "One counter a class and cell")
  var sums = [UInt32](repeating: 0, count: cells)
  unsafe engram_add_classes(counters, classes, cells, &sums)
  return sums
}
