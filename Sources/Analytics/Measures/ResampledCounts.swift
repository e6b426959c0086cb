// The measures of many resampled runs from one set of counts: every replicate adds up the counts of the blocks it
// drew. Leaves out which blocks those are (Resampling) and where counts come from.

internal import Basics
import CKernels
import Dispatch
import Glibc
import Synchronization

/// What is measured of one replicate of a layer.
package struct ReplicateMeasures: Sendable, Equatable {
  /// Of all samples together: the share of interactions with p = 1, and that of the histogram's last bin, p ≥ 95 %.
  package let alwaysShare: Double
  package let lastBinShare: Double
  package let meanProportion: Double
  /// Mean over the classes, per interaction.
  package let meanEntropy: Double
  /// Mean off-diagonal KL per interaction; nil for a single class.
  package let separation: Double?
  /// nil where there is no separation or no entropy.
  package var relativeSeparation: Double? {
    separation.flatMap { meanEntropy > 0 ? $0 / meanEntropy : nil }
  }
}

/// Sums over the interactions of a layer, slab by slab, for every replicate.
package struct ResampledCounts: Sendable {
  fileprivate let blockCounts: [Int]
  fileprivate let tables: [Int: Table]
  fileprivate private(set) var replicates: [Replicate]
  private var interactions = 0

  /// Interactions whose sums are in the cache together.
  fileprivate static let piece = 1024

  /// - Parameters:
  ///   - blocks: samples of every class's blocks.
  ///   - draws: by replicate, class and block, how often each block was drawn.
  package init(
    blocks: [[Int]], draws: [[[UInt32]]], alpha: Double = Divergence.jeffreys
  ) {
    blockCounts = blocks.map(\.count)
    replicates = draws.map { draws in
      precondition(draws.map(\.count) == blocks.map(\.count), "a weight for every block")
      return Replicate(
        weights: draws,
        samples: zip(draws, blocks).map { draws, sizes in
          zip(draws, sizes).reduce(0) { $0 + Int($1.0) * $1.1 }
        })
    }
    var tables: [Int: Table] = [:]
    for count in Set(replicates.flatMap(\.samples)) {
      tables[count] = Table(samples: count, alpha: alpha)
    }
    self.tables = tables
  }

  /// Adds a slab of the layer: of every class the counts of its blocks, one block after the other, all of one
  /// length. The same sums on any number of workers.
  package mutating func add(
    _ counts: [[UInt16]], workers: Int = Parallel.processors
  ) {
    precondition(counts.count == blockCounts.count, "counts of every class")
    guard let first = counts.first, !replicates.isEmpty else { return }
    let length = first.count / blockCounts[0]
    precondition(
      zip(counts, blockCounts).allSatisfy { $0.count == $1 * length }, "counts of one length")
    interactions += length
    let share = (replicates.count + workers - 1) / workers
    let shares = stride(from: 0, to: replicates.count, by: share).map {
      Array(replicates[$0..<min($0 + share, replicates.count)])
    }
    let done = Mutex(shares)
    let tables = tables
    Parallel.run(shares.count, threads: workers) { _, index in
      var own = done.withLock { shares in
        defer { shares[index] = [] }
        return shares[index]
      }
      var scratch = Scratch(Self.piece)
      for start in Swift.stride(from: 0, to: length, by: Self.piece) {
        let range = start..<min(start + Self.piece, length)
        for replicate in own.indices {
          own[replicate].add(counts, range, of: length, tables, &scratch)
        }
      }
      done.withLock { [own] in $0[index] = own }
    }
    replicates = done.withLock { Array($0.joined()) }
  }

  /// Adds what a worker summed up, but for the products.
  package mutating func add(_ worker: ResampledWorker, interactions: Int) {
    for index in replicates.indices { replicates[index].add(worker.replicates[index]) }
    self.interactions += interactions
  }

  /// Adds products that a worker gave, of every replicate.
  package mutating func add(products: [Double]) {
    for index in replicates.indices { replicates[index].products += products[index] }
  }

  /// One thread's share of the sums, which begin with nothing.
  package func worker() -> ResampledWorker { ResampledWorker(self) }

  /// Of every replicate.
  package var measures: [ReplicateMeasures] {
    replicates.map { $0.measures(interactions: interactions, tables) }
  }

  /// What a count k of N samples stands for, by k.
  fileprivate struct Table: Sendable {
    let samples: Int
    var p: [Double] = []
    var logit: [Double] = []
    /// p ln p + (1 − p) ln(1 − p) − ln(1 − p): what a class alone adds to KL from it and to it.
    var own: [Double] = []
    /// p · logit.
    var product: [Double] = []
    /// The plug-in entropy of k / N.
    var entropy: [Double] = []

    init(samples: Int, alpha: Double) {
      self.samples = samples
      let smooth = BernoulliTable(samples: samples, alpha: alpha)
      for count in 0...samples {
        let entry = smooth[UInt32(count)]
        p.append(entry.p)
        logit.append(entry.logit)
        own.append(entry.negentropy - entry.logRest)
        product.append(entry.p * entry.logit)
        let share = Double(count) / Double(max(samples, 1))
        entropy.append(
          count == 0 || count == samples
            ? 0 : -(share * log(share) + (1 - share) * log(1 - share)))
      }
    }
  }

  fileprivate struct Scratch {
    var counts, totals: [UInt32]
    var p, logit: [Double]

    init(_ size: Int) {
      counts = [UInt32](repeating: 0, count: size)
      totals = counts
      p = [Double](repeating: 0, count: size)
      logit = p
    }
  }

  fileprivate struct Replicate: Sendable {
    let weights: [[UInt32]]
    /// Of every class.
    let samples: [Int]
    /// How often every count occurs, per class.
    private var histograms: [[UInt32]]
    private var always = 0
    private var last = 0
    /// Σ (Σ p over the classes) · (Σ logit over the classes).
    fileprivate(set) var products = 0.0

    init(weights: [[UInt32]], samples: [Int]) {
      self.weights = weights
      self.samples = samples
      histograms = samples.map { [UInt32](repeating: 0, count: $0 + 1) }
    }

    /// Without sums yet.
    var empty: Replicate { Replicate(weights: weights, samples: samples) }

    /// Adds what was counted elsewhere of the same draws.
    mutating func add(_ other: Replicate) {
      for label in histograms.indices {
        for count in histograms[label].indices {
          histograms[label][count] += other.histograms[label][count]
        }
      }
      always += other.always
      last += other.last
      products += other.products
    }

    mutating func takeProducts() -> Double {
      defer { products = 0 }
      return products
    }

    mutating func add(
      _ counts: [[UInt16]], _ range: Range<Int>, of length: Int, _ tables: [Int: Table],
      _ scratch: inout Scratch
    ) {
      let size = range.count
      for index in 0..<size {
        scratch.totals[index] = 0
        scratch.p[index] = 0
        scratch.logit[index] = 0
      }
      for (label, counts) in counts.enumerated() {
        guard let table = tables[samples[label]] else { continue }
        unsafe counts.withUnsafeBufferPointer { counts in
          unsafe engram_weighted_counts(
            counts.baseAddress.map { unsafe $0 + range.lowerBound }, length,
            weights[label].count, weights[label], size, &scratch.counts)
        }
        unsafe engram_tally_counts(
          scratch.counts, size, table.p, table.logit, &histograms[label], &scratch.totals,
          &scratch.p, &scratch.logit)
      }
      let all = samples.reduce(0, +)
      let (most, high) = (UInt64(all), 19 * UInt64(all))
      var sum = 0.0
      for index in 0..<size {
        let total = UInt64(scratch.totals[index])
        if total == most { always += 1 }
        if 20 * total >= high { last += 1 }
        sum += scratch.p[index] * scratch.logit[index]
      }
      products += sum
    }

    func measures(interactions: Int, _ tables: [Int: Table]) -> ReplicateMeasures {
      let count = Double(max(interactions, 1))
      let classes = Double(samples.count)
      var (set, entropy, own, inner) = (0.0, 0.0, 0.0, 0.0)
      for (samples, histogram) in zip(samples, histograms) {
        guard let table = tables[samples] else { continue }
        for (k, occurrences) in histogram.enumerated() where occurrences > 0 {
          let weight = Double(occurrences)
          set += weight * Double(k)
          entropy += weight * table.entropy[k]
          own += weight * table.own[k]
          inner += weight * table.product[k]
        }
      }
      // Σ over i ≠ j of KL(i‖j) = (C − 1) Σ [−H(i) − Σ ln(1 − p)] − [(Σ p)(Σ logit) − Σ p logit].
      let divergence = (classes - 1) * own - (products - inner)
      let pairs = classes * (classes - 1)
      return ReplicateMeasures(
        alwaysShare: Double(always) / count, lastBinShare: Double(last) / count,
        meanProportion: set / count / Double(max(samples.reduce(0, +), 1)),
        meanEntropy: entropy / count / max(classes, 1),
        separation: pairs > 0 ? max(0, divergence / count / pairs) : nil)
    }
  }
}

/// What one thread adds up over pieces of a layer; one at a time uses it.
package final class ResampledWorker {
  fileprivate private(set) var replicates: [ResampledCounts.Replicate]
  private let blockCounts: [Int]
  private let tables: [Int: ResampledCounts.Table]
  private var scratch = ResampledCounts.Scratch(ResampledCounts.piece)

  fileprivate init(_ counts: ResampledCounts) {
    replicates = counts.replicates.map(\.empty)
    (blockCounts, tables) = (counts.blockCounts, counts.tables)
  }

  /// Adds some interactions.
  /// - Parameter counters: of every block of every class, one behind the other, `cells` each.
  package func add(_ counters: [UInt32], cells: Int) {
    var first = 0
    let counts = blockCounts.map { blocks in
      defer { first += blocks * cells }
      return counters[first..<first + blocks * cells].map { UInt16($0) }
    }
    for start in stride(from: 0, to: cells, by: ResampledCounts.piece) {
      let range = start..<min(start + ResampledCounts.piece, cells)
      for replicate in replicates.indices {
        replicates[replicate].add(counts, range, of: cells, tables, &scratch)
      }
    }
  }

  /// The products since they were last taken, of every replicate: sums of Float64, which the caller adds up in order.
  package func takeProducts() -> [Double] {
    replicates.indices.map { replicates[$0].takeProducts() }
  }
}
