// KL between all classes of P and all classes of Q as a matrix product over pieces of a layer that fit the cache. All of them
// are seen from one profile M in their midst: KL(P‖Q) = KL(P‖M) + KL(M‖Q) − (P − M) · (logit Q − logit M)ᵀ is no
// difference of terms much larger than itself. Many classes of few samples are JointDivergences'.

internal import Basics
internal import CKernels
import Synchronization

/// The sums of KL(from ‖ to) in nats over the interactions added so far.
package struct DivergenceMatrix: Sendable {
  /// Row-major: row = from (P), column = to (Q).
  package private(set) var values: [Double]
  package private(set) var interactions = 0
  package let alpha: Double
  fileprivate let from: [BernoulliTable]
  fileprivate let to: [BernoulliTable]

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
  ///   - q: nil where they are the same profiles.
  ///   - scratch: made for this matrix.
  package func add(
    from p: [UInt32], to q: [UInt32]?, cells: Int, _ scratch: DivergenceScratch,
    to sums: inout [Double]
  ) {
    precondition(cells <= Self.piece && sums.count == values.count, "One piece")
    precondition(
      p.count >= from.count * cells && q?.count ?? .max >= to.count * cells,
      "One counter a class and cell")
    guard cells > 0, !from.isEmpty, !to.isEmpty else { return }
    let joint = scratch.sumUp(p, q, cells)?.divergences()
    let least = Self.least * Double(cells).squareRoot()
    for i in from.indices {
      for j in to.indices where q != nil || i != j {
        let cell = i * to.count + j
        var (kl, smallest): (Double, Double)
        if let joint {
          (kl, smallest) = (joint.values[cell], joint.least[cell])
        } else {
          let terms = scratch.toMiddle[i] + scratch.fromMiddle[j]
          kl = terms - scratch.products[cell]
          smallest = max(Self.cancellation * terms, least)
        }
        if kl < smallest {
          kl = Divergence.kl(
            Array(p[i * cells..<(i + 1) * cells]), from[i],
            Array((q ?? p)[j * cells..<(j + 1) * cells]), to[j], in: 0..<cells)
        }
        sums[cell] += kl
      }
    }
  }
}

/// What a worker needs to add to a matrix; one at a time uses it.
package final class DivergenceScratch {
  /// Cells whose rows of all classes are at hand at once.
  private static let chunk = 512
  /// Of the piece: KL(P‖M), KL(M‖Q) and what both leave over.
  fileprivate private(set) var toMiddle, fromMiddle, products: [Double]
  /// Of every class of P, how often its counts occur in the piece; empty where they were not counted.
  package private(set) var frequencies: [CountFrequencies]
  private var otherFrequencies: [CountFrequencies]
  /// P − M and logit Q − logit M of a chunk, a row for every class.
  private var proportions, logitRows: [Double]
  /// Of P: 1 / (N + 2α). Of Q: the logits by count, of one class behind the other. As plain numbers: threads that share the
  /// arrays of tables wait for each other at every count of references.
  private let shares, logits: [Double]
  private let logitStarts: [Int?]
  private let from, to: [BernoulliTable]
  private let alpha: Double
  private var middle: MiddleProfile
  private var pooled: (p: [UInt32], q: [UInt32])
  private let joint: JointDivergences?

  package init(_ matrix: DivergenceMatrix) {
    (from, to, alpha) = (matrix.from, matrix.to, matrix.alpha)
    toMiddle = [Double](repeating: 0, count: from.count)
    fromMiddle = [Double](repeating: 0, count: to.count)
    products = [Double](repeating: 0, count: from.count * to.count)
    frequencies = from.map { CountFrequencies(samples: $0.samples) }
    otherFrequencies = to.map { CountFrequencies(samples: $0.samples) }
    (proportions, logitRows) = ([], [])
    shares = from.map { [alpha] in 1 / (Double($0.samples) + 2 * alpha) }
    var (tables, starts): ([Double], [Int?]) = ([], [])
    for table in to {
      starts.append(table.logits.isEmpty ? nil : tables.count)
      tables += table.logits
    }
    (logits, logitStarts) = (tables, starts)
    middle = MiddleProfile(
      of: (from + to).map(\.samples), alpha: matrix.alpha, cells: DivergenceMatrix.piece)
    let none = [UInt32](repeating: 0, count: DivergenceMatrix.piece)
    pooled = (none, none)
    joint = JointDivergences(from: from, to: to, alpha: alpha, cells: DivergenceMatrix.piece)
  }

  /// A piece: what its divergences follow from.
  /// - Returns: nil where they follow from the sums here.
  fileprivate func sumUp(_ p: [UInt32], _ q: [UInt32]?, _ cells: Int) -> JointDivergences? {
    if let joint, joint.serves(cells) {
      joint.add(p, q, cells, counted: &frequencies, &otherFrequencies)
      return joint
    }
    begin(p, q, cells)
    if proportions.isEmpty {
      proportions = [Double](repeating: 0, count: from.count * Self.chunk)
      logitRows = [Double](repeating: 0, count: to.count * Self.chunk)
    }
    for first in stride(from: 0, to: cells, by: Self.chunk) {
      add(p, q ?? p, cells, first..<min(first + Self.chunk, cells))
    }
    return nil
  }

  /// Its middle, and the sums of one class alone. KL(P‖M) is the difference of what P and M sum up of themselves,
  /// p ln p + (1 − p) ln(1 − p), less Σ (P − M) logit M; KL(M‖Q) that of Σ ln(1 − p), less Σ M (logit Q − logit M).
  private func begin(_ p: [UInt32], _ q: [UInt32]?, _ cells: Int) {
    unsafe engram_add_classes(p, from.count, cells, &pooled.p)
    if let q { unsafe engram_add_classes(q, to.count, cells, &pooled.q) }
    middle.pool(pooled.p, q == nil ? pooled.p : pooled.q, cells)
    let whole = middle.sums(cells)
    for index in products.indices { products[index] = 0 }
    Self.each(from, p, cells, counted: &frequencies) { index, sums in
      toMiddle[index] = sums.negentropy - whole.negentropy
      if q == nil { fromMiddle[index] = whole.logRest - sums.logRest }
    }
    guard let q else { return }
    Self.each(to, q, cells, counted: &otherFrequencies) { index, sums in
      fromMiddle[index] = whole.logRest - sums.logRest
    }
  }

  /// Calls `body` with every class's sums.
  private static func each(
    _ tables: [BernoulliTable], _ counters: [UInt32], _ cells: Int,
    counted: inout [CountFrequencies],
    _ body: (Int, ClassSums) -> Void
  ) {
    for (index, table) in tables.enumerated() {
      let own = counters[index * cells..<(index + 1) * cells]
      counted[index].clear()
      if counted[index].isShort(beside: cells) {
        counted[index].add(own)
        body(index, table.sums(counted[index]))
      } else {
        body(index, table.sums(own))
      }
    }
  }

  /// The terms of a chunk of the piece that two classes share.
  private func add(_ p: [UInt32], _ q: [UInt32], _ cells: Int, _ chunk: Range<Int>) {
    // A product's length is a multiple of eight.
    let length = (chunk.count + 7) / 8 * 8
    unsafe middle.withColumns(from: chunk.lowerBound) { middle in
      unsafe Self.eachRow(shares.count, p, cells, chunk, length, &proportions) {
        index, counters, row in
        toMiddle[index] -=
          unsafe engram_proportions(counters, chunk.count, alpha, shares[index], middle, row)
      }
      unsafe logits.withUnsafeBufferPointer { tables in
        unsafe Self.eachRow(logitStarts.count, q, cells, chunk, length, &logitRows) {
          index, counters, row in
          if let start = logitStarts[index], let tables = tables.baseAddress {
            fromMiddle[index] -=
              unsafe engram_logits(counters, chunk.count, tables + start, middle, row)
          } else {
            fromMiddle[index] -= unsafe to[index].logits(
              counters, chunk.count, from: middle, into: row)
          }
        }
      }
    }
    unsafe engram_add_class_products(
      proportions, shares.count, logitRows, logitStarts.count, Self.chunk, length, &products)
  }

  /// Calls `body` with every class's counters and row, which is zero behind the chunk.
  private static func eachRow(
    _ classes: Int, _ counters: [UInt32], _ cells: Int, _ range: Range<Int>, _ length: Int,
    _ rows: inout [Double],
    _ body: (Int, UnsafePointer<UInt32>, UnsafeMutablePointer<Double>) -> Void
  ) {
    unsafe counters.withUnsafeBufferPointer { counters in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        guard let counters = counters.baseAddress, let rows = rows.baseAddress else { return }
        for index in 0..<classes {
          let row = unsafe rows + index * chunk
          for cell in range.count..<length { unsafe row[cell] = 0 }
          unsafe body(index, counters + index * cells + range.lowerBound, row)
        }
      }
    }
  }
}
