// KL between all classes of P and all classes of Q as a matrix product over pieces of a layer that fit the cache. All of them
// are seen from one profile M in their midst: KL(P‖Q) = KL(P‖M) + KL(M‖Q) − (P − M) · (logit Q − logit M)ᵀ is no
// difference of terms much larger than itself.

internal import Basics
internal import CKernels
import Synchronization

/// The sums of KL(from ‖ to) in nats over the interactions added so far.
package struct DivergenceMatrix: Sendable {
  /// Row-major: row = from (P), column = to (Q).
  package private(set) var values: [Double]
  package private(set) var interactions = 0
  package let alpha: Double
  private let from: [BernoulliTable]
  private let to: [BernoulliTable]

  /// Interactions per product, at most.
  package static let piece = 4096
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
    values = [Double](repeating: 0, count: from.count * to.count)
  }

  package subscript(from: Int, to: Int) -> Double { values[from * self.to.count + to] }

  /// Adds one block of the layer: the counters of every class, all of one length, each at most the
  /// class's number of samples.
  package mutating func add(from p: [[UInt32]], to q: [[UInt32]]) {
    precondition(p.count == from.count && q.count == to.count, "one profile for every class")
    guard let length = p.first?.count, !q.isEmpty else { return }
    precondition((p + q).allSatisfy { $0.count == length }, "profiles of different layers")
    // Piece by piece, in order, so that they add up to the same bits on any number of cores.
    let pieces = (length + Self.piece - 1) / Self.piece
    let workers = min(pieces, Parallel.processors)
    let scratch = (0..<workers).map { _ in DivergenceScratch(self) }
    let results = Mutex([[Double]](repeating: [], count: pieces))
    Parallel.run(pieces, threads: workers) { worker, piece in
      let range = piece * Self.piece..<min((piece + 1) * Self.piece, length)
      var sums = [Double](repeating: 0, count: values.count)
      add(
        from: Array(p.map { $0[range] }.joined()), to: Array(q.map { $0[range] }.joined()),
        cells: range.count, scratch[worker], to: &sums)
      results.withLock { $0[piece] = sums }
    }
    for sums in results.withLock({ $0 }) { add(sums) }
    interactions += length
  }

  /// Adds what `add(from:to:cells:_:to:)` summed up elsewhere.
  package mutating func add(_ sums: [Double], interactions: Int = 0) {
    for cell in values.indices { values[cell] += sums[cell] }
    self.interactions += interactions
  }

  /// Adds the sums of some interactions to `sums`, as large as `values`.
  /// - Parameters:
  ///   - p: of every class the counters of `cells` interactions, at most `piece`.
  ///   - scratch: made for this matrix.
  package func add(
    from p: [UInt32], to q: [UInt32], cells: Int, _ scratch: DivergenceScratch,
    to sums: inout [Double]
  ) {
    precondition(cells <= Self.piece && sums.count == values.count, "One piece")
    precondition(
      p.count >= from.count * cells && q.count >= to.count * cells, "One counter a class and cell")
    guard cells > 0, !from.isEmpty, !to.isEmpty else { return }
    precondition(
      areCounts(p, of: from.lazy.map(\.samples), cells: cells)
        && areCounts(q, of: to.lazy.map(\.samples), cells: cells), "No more samples than there are")
    unsafe engram_add_classes(p, from.count, cells, &scratch.pooled.p)
    unsafe engram_add_classes(q, to.count, cells, &scratch.pooled.q)
    scratch.middle.pool(scratch.pooled.p, scratch.pooled.q, cells)
    unsafe Self.each(from, p, cells, into: &scratch.proportions) { index, table, counters, rows in
      scratch.toMiddle[index] = unsafe table.proportions(
        counters, cells, from: scratch.middle, into: rows)
    }
    unsafe Self.each(to, q, cells, into: &scratch.logits) { index, table, counters, rows in
      scratch.fromMiddle[index] = unsafe table.logits(
        counters, cells, from: scratch.middle, into: rows)
    }
    LinearAlgebra.multiply(
      scratch.proportions, transposed: scratch.logits, m: from.count, n: to.count, k: cells,
      into: &scratch.products)
    let least = Self.least * Double(cells).squareRoot()
    for i in from.indices {
      for j in to.indices {
        let cell = i * to.count + j
        let terms = scratch.toMiddle[i] + scratch.fromMiddle[j]
        var kl = terms - scratch.products[cell]
        if kl < max(Self.cancellation * terms, least) {
          kl = Divergence.kl(
            Array(p[i * cells..<(i + 1) * cells]), from[i],
            Array(q[j * cells..<(j + 1) * cells]), to[j], in: 0..<cells)
        }
        sums[cell] += kl
      }
    }
  }

  /// Calls `body` with every class's table, counters and row of `cells` numbers.
  private static func each(
    _ tables: [BernoulliTable], _ counters: [UInt32], _ cells: Int, into rows: inout [Double],
    _ body: (Int, BernoulliTable, UnsafePointer<UInt32>, UnsafeMutablePointer<Double>) -> Void
  ) {
    unsafe counters.withUnsafeBufferPointer { counters in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        guard let counters = counters.baseAddress, let rows = rows.baseAddress else { return }
        for (index, table) in tables.enumerated() {
          unsafe body(index, table, counters + index * cells, rows + index * cells)
        }
      }
    }
  }

  fileprivate var sizes: (from: [Int], to: [Int]) { (from.map(\.samples), to.map(\.samples)) }
}

/// What a worker needs to add to a matrix; one at a time uses it.
package final class DivergenceScratch {
  fileprivate var proportions, logits, products, fromMiddle, toMiddle: [Double]
  fileprivate var pooled: (p: [UInt32], q: [UInt32])
  fileprivate var middle: MiddleProfile

  package init(_ matrix: DivergenceMatrix) {
    let (from, to) = matrix.sizes
    let cells = DivergenceMatrix.piece
    proportions = [Double](repeating: 0, count: from.count * cells)
    logits = [Double](repeating: 0, count: to.count * cells)
    products = [Double](repeating: 0, count: from.count * to.count)
    fromMiddle = [Double](repeating: 0, count: to.count)
    toMiddle = [Double](repeating: 0, count: from.count)
    let none = [UInt32](repeating: 0, count: cells)
    pooled = (none, none)
    middle = MiddleProfile(of: from + to, alpha: matrix.alpha, cells: cells)
  }
}
