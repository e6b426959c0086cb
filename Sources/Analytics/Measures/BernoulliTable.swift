// The logarithms a profile needs, looked up by count: p takes only N + 1 values.

import Glibc

/// The smoothed p = (k + α) / (N + 2α) of one class and what the divergences sum over it.
struct BernoulliTable: Sendable {
  let samples: Int
  let alpha: Double
  private let entries: [Entry]
  /// Above this many samples the logarithms are taken one by one, to bound the tables of many classes.
  private static let largestTable = 1 << 16

  struct Entry: Sendable {
    let p: Double
    let logit: Double
    /// ln(1 − p).
    let logRest: Double
    /// p ln p + (1 − p) ln(1 − p).
    let negentropy: Double
  }

  /// Below `uses` look-ups a table would cost more than it saves.
  init(samples: Int, alpha: Double, uses: Int = .max) {
    precondition(samples >= 0 && alpha > 0, "samples and smoothing are not negative")
    self.samples = samples
    self.alpha = alpha
    entries =
      samples < min(Self.largestTable, uses)
      ? (0...samples).map { Self.entry($0, samples: samples, alpha: alpha) } : []
  }

  private static func entry(_ count: Int, samples: Int, alpha: Double) -> Entry {
    let total = Double(samples) + 2 * alpha
    let (one, zero) = (Double(count) + alpha, Double(samples) - Double(count) + alpha)
    let (p, rest) = (one / total, zero / total)
    return Entry(
      p: p, logit: log(one / zero), logRest: log(rest), negentropy: p * log(p) + rest * log(rest))
  }

  /// `count` is at most `samples`.
  subscript(count: UInt32) -> Entry {
    entries.isEmpty
      ? Self.entry(Int(count), samples: samples, alpha: alpha) : entries[Int(count)]
  }

  /// Σ P (logit P − logit Q) + ln(1 − P) − ln(1 − Q) of the counters in the range: KL(P‖Q), but for the rounding of
  /// terms that cancel. nil where either table looks nothing up.
  func divergence(
    _ p: [UInt32], from other: BernoulliTable, _ q: [UInt32], in range: Range<Int>
  ) -> Double? {
    guard !entries.isEmpty, !other.entries.isEmpty else { return nil }
    let (own, others) = (entries.span, other.entries.span)
    let (p, q) = (p.span, q.span)
    var sum = 0.0
    for index in range {
      let (a, b) = (own[Int(p[index])], others[Int(q[index])])
      sum += a.p * (a.logit - b.logit) + (a.logRest - b.logRest)
    }
    return sum
  }

  /// Writes P − M of every counter in the range to `rows`, from `start` on, and returns KL(P‖M); `middle` is M of the range.
  func proportions(
    _ counters: [UInt32], _ range: Range<Int>, from middle: [Entry],
    into rows: inout MutableSpan<Double>, at start: Int
  ) -> Double {
    var sum = 0.0
    let middle = middle.span
    for (offset, index) in range.enumerated() {
      let (own, m) = (self[counters[index]], middle[offset])
      rows[start + offset] = own.p - m.p
      sum += own.negentropy - own.p * m.logit - m.logRest
    }
    return sum
  }

  /// Writes logit Q − logit M of every counter in the range to `rows`, from `start` on, and returns KL(M‖Q); `middle` is
  /// M of the range.
  func logits(
    _ counters: [UInt32], _ range: Range<Int>, from middle: [Entry],
    into rows: inout MutableSpan<Double>, at start: Int
  ) -> Double {
    var sum = 0.0
    let middle = middle.span
    for (offset, index) in range.enumerated() {
      let (own, m) = (self[counters[index]], middle[offset])
      rows[start + offset] = own.logit - m.logit
      sum += m.negentropy - m.p * own.logit - own.logRest
    }
    return sum
  }
}

/// A profile in the midst of many classes', near enough for their divergences not to cancel: their pooled counters, rounded
/// to as many steps as a table in the cache holds.
struct MiddleTable: Sendable {
  private let table: BernoulliTable
  private let shift: Int
  private static let steps = 1 << 13

  /// `samples`: of every class.
  init(of samples: [Int], alpha: Double) {
    let all = samples.reduce(0, +)
    var shift = 0
    while all >> shift >= Self.steps { shift += 1 }
    self.shift = shift
    let smoothing = alpha * Double(max(1, samples.count)) / Double(1 << shift)
    table = BernoulliTable(samples: all >> shift, alpha: smoothing)
  }

  /// Of the interactions in the range, from the counters of every class.
  func entries(_ profiles: [[UInt32]], in range: Range<Int>) -> [BernoulliTable.Entry] {
    var pooled = [Int](repeating: 0, count: range.count)
    for profile in profiles {
      let counters = profile.span
      for (offset, index) in range.enumerated() { pooled[offset] += Int(counters[index]) }
    }
    return pooled.map { table[UInt32($0 >> shift)] }
  }
}
