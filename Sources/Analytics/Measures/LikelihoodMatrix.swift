// The log-likelihoods of many samples under many profiles: the fast form of Likelihood. A log-likelihood is linear in
// the bits of a sample, so that every class is a column of weights, added up over the bits that are set.

package import Bits

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
  private static let columnsPerPass = 16

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
    let sums = sums(group: group, patterns: patterns, logits)
    let owned = ownSums(patterns, out, own, columns(group: group))
    var result: [Double] = []
    result.reserveCapacity(patterns.count * (samples.count + 1))
    for sample in 0..<patterns.count {
      result += sums[sample * samples.count..<(sample + 1) * samples.count]
      result.append(owned[sample])
    }
    return result
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
    let lanes = (entries.count + 7) / 8 * 8
    let classes = entries.indices.map { $0 % samples.count }
    var sums = [Double](repeating: 0, count: patterns.count * lanes)
    for pass in passes(columns(group: group)) {
      patterns.addScores(
        of: Array(0..<patterns.count), columns: pass, lanes: lanes,
        weights: weights(pass, lanes: lanes, classes: classes, entries), to: &sums)
    }
    guard lanes > entries.count else { return sums }
    return (0..<patterns.count).flatMap { sums[$0 * lanes..<$0 * lanes + entries.count] }
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

  private func ownSums(
    _ patterns: PatternBatch, _ out: LeftOut, _ own: [Int?], _ columns: Range<Int>
  ) -> [Double] {
    var result = [Double](repeating: 0, count: patterns.count)
    for label in samples.indices {
      let members = own.indices.filter { own[$0] == label }
      guard !members.isEmpty else { continue }
      let table = LeftOutTable(samples: samples[label], alpha: alpha)
      var sums = [Double](repeating: 0, count: members.count)
      /// A bit's weight by its count, and which bits it is for.
      func add(_ bits: PatternBatch, and others: PatternBatch? = nil, _ weight: (UInt32) -> Double)
      {
        let entries = counts(upTo: samples[label], weight)
        for pass in passes(columns) {
          bits.addScores(
            of: members, and: others, columns: pass, lanes: 1,
            weights: weights(pass, lanes: 1, classes: [label], [entries]), to: &sums)
        }
      }
      switch out {
      case .itself:
        add(patterns) {
          table.present($0).logRest + table.present($0).logit - table.absent($0).logRest
        }
      case .twins(let twins):
        add(patterns) { table.absent($0).logit }
        add(twins) { table.present($0).logRest - table.absent($0).logRest }
        add(patterns, and: twins) { table.present($0).logit - table.absent($0).logit }
      }
      for (member, sum) in zip(members, sums) { result[member] = sum }
    }
    return result
  }

  /// A function of every count that a class of so many samples can have.
  func counts(upTo samples: Int, _ value: (UInt32) -> Double) -> [Double] {
    (0...UInt32(samples)).map(value)
  }

  /// What a set bit weighs, as PatternBatch.addScores wants it: a few columns × the bits of `bytes` × lanes, a class a
  /// lane; zero for outputs that are not of these rows.
  private func weights(
    _ pass: Range<Int>, lanes: Int, classes: [Int], _ entries: [[Double]]
  ) -> [Double] {
    let bits = 8 * bytes.count
    let before = rows.lowerBound - 8 * bytes.lowerBound
    var weights = [Double](repeating: 0, count: pass.count * bits * lanes)
    for (lane, label) in classes.enumerated() {
      let (counters, entries) = (counters[label], entries[lane])
      for row in 0..<rows.count {
        for column in pass {
          let place = (column - pass.lowerBound) * bits + before + row
          weights[place * lanes + lane] = entries[Int(counters[row * columns + column])]
        }
      }
    }
    return weights
  }
}

/// The logarithms of a profile without one of its samples.
private struct LeftOutTable {
  private let samples: Int
  private let table: BernoulliTable
  private static let none = BernoulliTable.Entry(p: 0, logit: 0, logRest: 0, negentropy: 0)

  init(samples: Int, alpha: Double, uses: Int = .max) {
    self.samples = samples
    table = BernoulliTable(samples: max(0, samples - 1), alpha: alpha, uses: uses)
  }

  /// Of an interaction that was not significant in the sample; none is where all samples had it.
  func absent(_ count: UInt32) -> BernoulliTable.Entry {
    Int(count) < samples ? table[count] : Self.none
  }

  /// Of one that was; none is where no sample had it.
  func present(_ count: UInt32) -> BernoulliTable.Entry {
    count > 0 ? table[count - 1] : Self.none
  }
}
