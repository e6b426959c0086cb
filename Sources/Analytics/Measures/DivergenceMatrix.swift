// KL between all classes of P and all classes of Q as a matrix product over pieces of a layer that fit the cache. All of them
// are seen from one profile M in their midst: KL(P‖Q) = KL(P‖M) + KL(M‖Q) − (P − M) · (logit Q − logit M)ᵀ is no
// difference of terms much larger than itself.

internal import Basics
import Dispatch
import Glibc
import Synchronization

/// The sums of KL(from ‖ to) in nats over the interactions added so far.
package struct DivergenceMatrix: Sendable {
  /// Row-major: row = from (P), column = to (Q).
  package private(set) var values: [Double]
  package private(set) var interactions = 0
  package let alpha: Double
  private let from: [BernoulliTable]
  private let to: [BernoulliTable]
  private let middle: MiddleTable

  private static let workers = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  /// Interactions per product.
  private static let piece = 4096
  /// Where the terms of the sum cancel to less than this share of themselves, the direct sum is taken,
  private static let cancellation = 1e-2
  /// and where it is less than this times √interactions: the terms are differences, too, of numbers of the order of 1, whose
  /// roundings add up like a random walk.
  private static let least = 1e-3

  /// `from` and `to`: the number of samples of every class.
  package init(from: [Int], to: [Int], alpha: Double = Divergence.jeffreys) {
    self.alpha = alpha
    self.from = from.map { BernoulliTable(samples: $0, alpha: alpha) }
    self.to = to.map { BernoulliTable(samples: $0, alpha: alpha) }
    middle = MiddleTable(of: from + to, alpha: alpha)
    values = [Double](repeating: 0, count: from.count * to.count)
  }

  package subscript(from: Int, to: Int) -> Double { values[from * self.to.count + to] }

  /// Adds one block of the layer: the counters of every class, all of one length, each at most the
  /// class's number of samples.
  package mutating func add(from p: [[UInt32]], to q: [[UInt32]]) {
    precondition(p.count == from.count && q.count == to.count, "one profile for every class")
    guard let length = p.first?.count, !q.isEmpty else { return }
    precondition((p + q).allSatisfy { $0.count == length }, "profiles of different layers")
    interactions += length
    for sums in pieceSums(length, from: p, to: q) {
      for cell in values.indices { values[cell] += sums[cell] }
    }
  }

  /// The sums of every piece, in order, so that they add up to the same bits on any number of cores.
  private func pieceSums(_ length: Int, from p: [[UInt32]], to q: [[UInt32]]) -> [[Double]] {
    let pieces = (length + Self.piece - 1) / Self.piece
    let workers = min(pieces, Parallel.processors)
    let scratch = (0..<workers).map { _ in
      Scratch(from: from.count, to: to.count, piece: Self.piece)
    }
    let results = Mutex([[Double]](repeating: [], count: pieces))
    Parallel.run(pieces, threads: workers) { worker, piece in
      let start = piece * Self.piece
      let sums = sums(
        start..<min(start + Self.piece, length), from: p, to: q, scratch: scratch[worker])
      results.withLock { $0[piece] = sums }
    }
    return results.withLock { $0 }
  }

  /// Of one worker.
  private final class Scratch {
    var proportions, logits, products, fromMiddle, toMiddle: [Double]
    var middle: [BernoulliTable.Entry]

    init(from: Int, to: Int, piece: Int) {
      proportions = [Double](repeating: 0, count: from * piece)
      logits = [Double](repeating: 0, count: to * piece)
      products = [Double](repeating: 0, count: from * to)
      fromMiddle = [Double](repeating: 0, count: to)
      toMiddle = [Double](repeating: 0, count: from)
      middle = []
    }
  }

  private func sums(
    _ range: Range<Int>, from p: [[UInt32]], to q: [[UInt32]], scratch: Scratch
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: values.count)
    let length = range.count
    let least = Self.least * Double(length).squareRoot()
    scratch.middle = middle.entries(p + q, in: range)
    for (index, table) in from.enumerated() {
      var rows = scratch.proportions.mutableSpan
      scratch.toMiddle[index] = table.proportions(
        p[index], range, from: scratch.middle, into: &rows, at: index * length)
    }
    for (index, table) in to.enumerated() {
      var rows = scratch.logits.mutableSpan
      scratch.fromMiddle[index] = table.logits(
        q[index], range, from: scratch.middle, into: &rows, at: index * length)
    }
    LinearAlgebra.multiply(
      scratch.proportions, transposed: scratch.logits, m: from.count, n: to.count, k: length,
      into: &scratch.products)
    for i in from.indices {
      for j in to.indices {
        let cell = i * to.count + j
        let terms = scratch.toMiddle[i] + scratch.fromMiddle[j]
        var kl = terms - scratch.products[cell]
        if kl < max(Self.cancellation * terms, least) {
          kl = Divergence.kl(p[i], from[i], q[j], to[j], in: range)
        }
        sums[cell] = kl
      }
    }
    return sums
  }
}
