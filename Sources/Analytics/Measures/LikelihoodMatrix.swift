// The log-likelihoods of many samples under many profiles: the fast form of Likelihood. A log-likelihood is linear in
// the bits of a sample, so that every class is a column of weights, added up over the bits that are set.

package import Bits
internal import CKernels
internal import Glibc

/// ln L(S | c) = Σ [S ln p + (1 − S) ln(1 − p)] with p = (k + α) / (N + 2α), in nats, over some rows of a layer, for every
/// sample and class; and for every sample that belongs to a profile the same of its own class with its own bits left
/// out, p = (k − S_own + α) / (N − 1 + 2α).
package struct LikelihoodMatrix: Sendable {
  /// Which bits a sample gave to its class's profile.
  package enum LeftOut: Sendable {
    /// The scored ones.
    case itself
    /// Those of its twin in the run that the profiles are of, in the order of the samples.
    case twins(PatternBatch)
  }

  package let alpha: Double
  private let rows: Range<Int>
  private let columns: Int
  let counters: [[UInt32]]
  let samples: [Int]

  /// Columns that share their sums: a fixed number, so that the sums do not depend on who adds them.
  private static let columnsPerGroup = 256
  /// Columns whose weights are in memory at once.
  private static let columnsPerPass = PatternBatch.mostColumns

  /// - Parameters:
  ///   - counters: of every class, row-major.
  ///   - samples: N of every class.
  ///   - rows: the outputs that the counters are of.
  ///   - columns: of the layer.
  package init(
    counters: [[UInt32]], samples: [Int], rows: Range<Int>, columns: Int,
    alpha: Double = Divergence.jeffreys
  ) {
    precondition(counters.count == samples.count, "every class has samples")
    precondition(counters.allSatisfy { $0.count == rows.count * columns }, "every row has counters")
    self.counters = counters
    self.samples = samples
    self.rows = rows
    self.columns = columns
    self.alpha = alpha
  }

  /// The first byte of a row of bits that has one of these outputs, and the end.
  package var bytes: Range<Int> { rows.lowerBound / 8..<(rows.upperBound + 7) / 8 }

  /// Outputs that samples' patterns are of: these, and those before them in the first byte.
  package var outputs: Range<Int> { 8 * bytes.lowerBound..<rows.upperBound }

  package var groups: Int { (columns + Self.columnsPerGroup - 1) / Self.columnsPerGroup }

  /// One group of columns' part of every sum, without the constants.
  /// - Parameters:
  ///   - patterns: of `outputs`.
  ///   - own: the class each sample belongs to and is left out of.
  /// - Returns: samples × (classes + 1); the last column is of the own class with the sample left out.
  package func partialSums(
    group: Int, patterns: PatternBatch, leaving out: LeftOut, own: [Int?]
  ) -> [Double] {
    precondition(patterns.shape.outputs == outputs.count && own.count == patterns.count)
    let tables = samples.map { LeftOutTable(samples: $0, alpha: alpha) }
    /// What a set bit weighs for its own class, by class and count.
    func weights(_ weight: (LeftOutTable, UInt32) -> Double) -> [[Double]] {
      zip(tables, samples).map { table, samples in counts(upTo: samples) { weight(table, $0) } }
    }
    let passes: [Pass]
    switch out {
    case .itself:
      passes = [
        Pass(
          bits: patterns, all: logits, own: weights { $0.presentLog($1) - $0.absent($1).logRest })
      ]
    case .twins(let twins):
      passes = [
        Pass(bits: patterns, all: logits, own: weights { $0.absent($1).logit }),
        Pass(bits: twins, own: weights { $0.present($1).logRest - $0.absent($1).logRest }),
        Pass(
          bits: patterns, others: twins,
          own: weights { $0.present($1).logit - $0.absent($1).logit }),
      ]
    }
    return sums(group: group, own: own, passes, width: samples.count + 1)
  }

  /// The weight of a set bit for every class, by count.
  var logits: [[Double]] {
    samples.map { count in
      let table = BernoulliTable(samples: count, alpha: alpha)
      return counts(upTo: count) { table[$0].logit }
    }
  }

  private func columns(group: Int) -> Range<Int> {
    let first = group * Self.columnsPerGroup
    return first..<min(first + Self.columnsPerGroup, columns)
  }

  /// Adds up what the classes' counts of the set bits weigh.
  /// - Parameter entries: by count, of every class, or of every class several times.
  /// - Returns: samples × entries.
  func sums(group: Int, patterns: PatternBatch, _ entries: [[Double]]) -> [Double] {
    sums(
      group: group, own: [Int?](repeating: nil, count: patterns.count),
      [Pass(bits: patterns, all: entries)], width: entries.count)
  }

  /// Bits, and what they weigh.
  private struct Pass {
    let bits: PatternBatch
    /// Only those that are set there as well.
    var others: PatternBatch?
    /// By count, of every class, or of every class several times; empty: they weigh nothing there.
    var all: [[Double]] = []
    /// By count, of the sample's own class, in the lane behind the others; empty: there is no such lane.
    var own: [[Double]] = []
  }

  /// - Parameter width: Lanes that are wanted.
  /// - Returns: samples × width.
  private func sums(group: Int, own: [Int?], _ passes: [Pass], width: Int) -> [Double] {
    let step = PatternBatch.Weights.laneStep
    let lanes = (width + step - 1) / step * step
    // Side by side by class, those of none last.
    let none = samples.count
    let order = own.indices.sorted { (own[$0] ?? none, $0) < (own[$1] ?? none, $1) }
    let groups = order.map { UInt32(own[$0] ?? none) }
    let scale = Self.scale(passes.flatMap { $0.all + $0.own })
    var sums = [Int64](repeating: 0, count: own.count * lanes)
    for pass in passes {
      let all = pass.all.map { $0.map { Int32(($0 * scale).rounded()) } }
      let owned = pass.own.map { $0.map { Int32(($0 * scale).rounded()) } }
      for columns in self.passes(columns(group: group)) {
        let weights = PatternBatch.Weights(
          columns: columns, lanes: lanes, weights: all.isEmpty ? [] : weights(columns, lanes, all),
          own: owned.isEmpty ? [] : weights(columns, owned.count, owned),
          ownLane: owned.isEmpty ? 0 : width - 1, groups: owned.count)
        pass.bits.addScores(
          of: order, groups: groups, and: pass.others, weights: weights, to: &sums)
      }
    }
    var result = [Double](repeating: 0, count: own.count * width)
    for (place, sample) in order.enumerated() {
      for lane in 0..<width {
        result[sample * width + lane] = Double(sums[place * lanes + lane]) / scale
      }
    }
    return result
  }

  /// Weights are rounded to a whole number of this share of a nat, a power of two: as fine as sums of 32 bits allow, 2⁻²² for
  /// a thousand samples a class. No other rounding happens, whatever the order of adding up.
  static func scale(_ entries: [[Double]]) -> Double {
    let largest = entries.lazy.flatMap(\.self).map(abs).max() ?? 0
    let most = Double(Int32.max) / Double(PatternBatch.Weights.mostBits) - 1
    guard largest > 0 else { return 1 }
    return exp2(floor(log2(most / largest)))
  }

  private func passes(_ columns: Range<Int>) -> [Range<Int>] {
    stride(from: columns.lowerBound, to: columns.upperBound, by: Self.columnsPerPass).map {
      $0..<min($0 + Self.columnsPerPass, columns.upperBound)
    }
  }

  /// Σ ln(1 − p) of every class, and of every class with one sample left out whose bits are all zero.
  package var constants: (all: [Double], leftOut: [Double]) {
    var (all, leftOut): ([Double], [Double]) = ([], [])
    for (counters, count) in zip(counters, samples) {
      let table = BernoulliTable(samples: count, alpha: alpha, uses: counters.count)
      all.append(counters.reduce(0) { $0 + table[$1].logRest })
      let rest = LeftOutTable(samples: count, alpha: alpha, uses: counters.count)
      leftOut.append(counters.reduce(0) { $0 + rest.absent($1).logRest })
    }
    return (all, leftOut)
  }

  /// A function of every count that a class of so many samples can have.
  func counts(upTo samples: Int, _ value: (UInt32) -> Double) -> [Double] {
    (0...UInt32(samples)).map(value)
  }

  /// What a set bit weighs, as PatternBatch.addScores wants it: a few columns × the bits of `bytes` × lanes, an entry a
  /// lane; zero for outputs that are not of these rows.
  private func weights(_ pass: Range<Int>, _ lanes: Int, _ entries: [[Int32]]) -> [Int32] {
    let bits = 8 * bytes.count
    let before = rows.lowerBound - 8 * bytes.lowerBound
    var weights = [Int32](repeating: 0, count: pass.count * bits * lanes)
    let step = PatternBatch.Weights.laneStep
    for first in stride(from: 0, to: entries.count, by: step) {
      let some = first..<min(first + step, entries.count)
      unsafe withPointers(some.map { counters[$0 % samples.count] }[...], []) { counters in
        unsafe withPointers(entries[some], []) { entries in
          unsafe weights.withUnsafeMutableBufferPointer { weights in
            unsafe engram_gather_weights(
              counters.map(Optional.some), entries.map(Optional.some), some.count, rows.count,
              columns,
              pass.lowerBound, pass.count, bits, before, lanes,
              weights.baseAddress.map { unsafe $0 + first })
          }
        }
      }
    }
    return weights
  }
}
