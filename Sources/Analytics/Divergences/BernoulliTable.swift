// The logarithms a profile needs, looked up by count: p takes only N + 1 values.

internal import CKernels
import Glibc

/// The smoothed p = (k + α) / (N + 2α) of one class and what the divergences sum over it.
struct BernoulliTable: Sendable {
  let samples: Int
  let alpha: Double
  /// By count, each as an array of its own; empty where nothing is looked up.
  private let p, logit, logRest, negentropy: [Double]
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
    let entries =
      samples < min(Self.largestTable, uses)
      ? (0...samples).map { Self.entry($0, samples: samples, alpha: alpha) } : []
    p = entries.map(\.p)
    logit = entries.map(\.logit)
    logRest = entries.map(\.logRest)
    negentropy = entries.map(\.negentropy)
  }

  private var isTable: Bool { !p.isEmpty }

  private static func entry(_ count: Int, samples: Int, alpha: Double) -> Entry {
    let total = Double(samples) + 2 * alpha
    let (one, zero) = (Double(count) + alpha, Double(samples) - Double(count) + alpha)
    let (p, rest) = (one / total, zero / total)
    return Entry(
      p: p, logit: log(one / zero), logRest: log(rest), negentropy: p * log(p) + rest * log(rest))
  }

  /// `count` is at most `samples`.
  subscript(count: UInt32) -> Entry {
    let k = Int(count)
    guard isTable else { return Self.entry(k, samples: samples, alpha: alpha) }
    return Entry(p: p[k], logit: logit[k], logRest: logRest[k], negentropy: negentropy[k])
  }

  /// Σ P (logit P − logit Q) + ln(1 − P) − ln(1 − Q) of the counters in the range: KL(P‖Q), but for the rounding of
  /// terms that cancel. nil where either table looks nothing up.
  func divergence(
    _ p: [UInt32], from other: BernoulliTable, _ q: [UInt32], in range: Range<Int>
  ) -> Double? {
    guard isTable, other.isTable else { return nil }
    let (own, ownLogit, ownRest) = (self.p.span, logit.span, logRest.span)
    let (otherLogit, otherRest) = (other.logit.span, other.logRest.span)
    let (p, q) = (p.span, q.span)
    var sum = 0.0
    for index in range {
      let (k, m) = (Int(p[index]), Int(q[index]))
      sum += own[k] * (ownLogit[k] - otherLogit[m]) + (ownRest[k] - otherRest[m])
    }
    return sum
  }

  /// By count; empty where nothing is looked up.
  var logits: [Double] { logit }

  /// Writes logit Q − logit M of some cells to `rows` and returns Σ M (logit Q − logit M): where nothing is looked up.
  /// - Parameter counters: of `n` cells, whose numbers in the middle begin at `middle`.
  func logits(
    _ counters: UnsafePointer<UInt32>, _ n: Int, from middle: UnsafePointer<engram_bernoulli>,
    into rows: UnsafeMutablePointer<Double>
  ) -> Double {
    var sum = 0.0
    for cell in 0..<n {
      let row = unsafe self[counters[cell]].logit - middle.pointee.logit[cell]
      unsafe rows[cell] = row
      unsafe sum += row * middle.pointee.p[cell]
    }
    return sum
  }

  /// Of counters by how often they occur.
  func sums(_ frequencies: CountFrequencies) -> ClassSums {
    ClassSums(negentropy: negentropies(frequencies), logRest: logRests(frequencies))
  }

  func negentropies(_ frequencies: CountFrequencies) -> CompensatedSum {
    frequencies.sum(negentropy)
  }

  func logRests(_ frequencies: CountFrequencies) -> CompensatedSum { frequencies.sum(logRest) }

  /// Of counters one by one.
  func sums(_ counters: ArraySlice<UInt32>) -> ClassSums {
    guard isTable else {
      return counters.reduce(into: ClassSums()) { sums, count in
        let entry = self[count]
        sums.negentropy.add(entry.negentropy)
        sums.logRest.add(entry.logRest)
      }
    }
    return unsafe counters.withUnsafeBufferPointer { counters in
      precondition(
        unsafe engram_largest_counter(counters.baseAddress, counters.count) <= samples,
        "No more samples than there are")
      func sum(_ table: [Double]) -> CompensatedSum {
        var lost = 0.0
        let sum = unsafe engram_look_up(counters.baseAddress, counters.count, table, &lost)
        return CompensatedSum(sum, lost: lost)
      }
      return ClassSums(negentropy: sum(negentropy), logRest: sum(logRest))
    }
  }

  fileprivate func withColumns<Result>(
    _ body: (UnsafePointer<engram_bernoulli>) -> Result
  ) -> Result {
    unsafe withBernoulli(p, logit, logRest, negentropy, from: 0, body)
  }
}

/// Over some cells, Σ p ln p + (1 − p) ln(1 − p) and Σ ln(1 − p).
struct ClassSums {
  var negentropy = CompensatedSum()
  var logRest = CompensatedSum()
}

private func withBernoulli<Result>(
  _ p: [Double], _ logit: [Double], _ logRest: [Double], _ negentropy: [Double], from first: Int,
  _ body: (UnsafePointer<engram_bernoulli>) -> Result
) -> Result {
  unsafe p.withUnsafeBufferPointer { p in
    unsafe logit.withUnsafeBufferPointer { logit in
      unsafe logRest.withUnsafeBufferPointer { logRest in
        unsafe negentropy.withUnsafeBufferPointer { negentropy in
          let columns = unsafe engram_bernoulli(
            p: p.baseAddress.map { unsafe $0 + first },
            logit: logit.baseAddress.map { unsafe $0 + first },
            log_rest: logRest.baseAddress.map { unsafe $0 + first },
            negentropy: negentropy.baseAddress.map { unsafe $0 + first })
          return unsafe withUnsafePointer(to: columns) { unsafe body($0) }
        }
      }
    }
  }
}

/// The numbers of some cells of a profile in the midst of many classes', near enough for their divergences not to cancel:
/// their pooled counters, rounded to as many steps as a table in the cache holds.
struct MiddleProfile {
  private let table: BernoulliTable
  private let shift: Int
  private var p, logit, logRest, negentropy: [Double]
  private static let steps = 1 << 13

  /// - Parameters:
  ///   - samples: of every class.
  ///   - cells: at most.
  init(of samples: [Int], alpha: Double, cells: Int) {
    let all = samples.reduce(0, +)
    var shift = 0
    while all >> shift >= Self.steps { shift += 1 }
    self.shift = shift
    let smoothing = alpha * Double(max(1, samples.count)) / Double(1 << shift)
    table = BernoulliTable(samples: all >> shift, alpha: smoothing)
    p = [Double](repeating: 0, count: cells)
    (logit, logRest, negentropy) = (p, p, p)
  }

  /// Of `n` cells, whose counters of all classes add up to those of `a` and `b`.
  mutating func pool(_ a: [UInt32], _ b: [UInt32], _ n: Int) {
    precondition(n <= min(a.count, b.count, p.count), "As many cells as there are")
    unsafe table.withColumns { table in
      unsafe engram_middle(a, b, n, shift, table, &p, &logit, &logRest, &negentropy)
    }
  }

  /// Of the first `n` cells.
  func sums(_ n: Int) -> ClassSums {
    func sum(_ values: [Double]) -> CompensatedSum {
      values[..<n].reduce(into: CompensatedSum()) { $0.add($1) }
    }
    return ClassSums(negentropy: sum(negentropy), logRest: sum(logRest))
  }

  /// Lends the numbers of a cell and the following.
  func withColumns<Result>(
    from first: Int, _ body: (UnsafePointer<engram_bernoulli>) -> Result
  ) -> Result {
    unsafe withBernoulli(p, logit, logRest, negentropy, from: first, body)
  }
}

/// The logarithms of a profile without one of its samples.
struct LeftOutTable {
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

  /// ln p of one that was.
  func presentLog(_ count: UInt32) -> Double { present(count).logRest + present(count).logit }
}
