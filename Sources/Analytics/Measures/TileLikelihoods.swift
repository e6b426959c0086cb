// The log-likelihoods of all samples of a run under its own profiles, tile by tile: LikelihoodMatrix where the bits of a tile
// are at hand. The same weights, whole numbers, so that their sums are the same numbers.

package import Bits
internal import CKernels

/// What the set bits of a sample weigh under every class, and under its own with the sample left out, by count.
package final class TileLikelihoods: Sendable {
  package let alpha: Double
  package let samples: [Int]
  private let scale: Double
  /// By count, one class behind the other, which begin at `starts`.
  private let weights, own: [Int32]
  private let starts: [Int]

  /// - Parameter samples: of every class.
  package init(samples: [Int], alpha: Double = Divergence.jeffreys) {
    (self.samples, self.alpha) = (samples, alpha)
    let logits = samples.map { count in
      let table = BernoulliTable(samples: count, alpha: alpha)
      return (0...UInt32(count)).map { table[$0].logit }
    }
    let leftOut = samples.map { count in
      let table = LeftOutTable(samples: count, alpha: alpha)
      return (0...UInt32(count)).map { table.presentLog($0) - table.absent($0).logRest }
    }
    let scale = LikelihoodMatrix.scale(logits + leftOut)
    self.scale = scale
    weights = logits.flatMap { $0.map { Int32(($0 * scale).rounded()) } }
    own = leftOut.flatMap { $0.map { Int32(($0 * scale).rounded()) } }
    var next = 0
    starts = samples.map { count in
      defer { next += count + 1 }
      return next
    }
  }

  /// Sums side by side, a sample's: the classes', the own class's, and what fills the last vector.
  package static func lanes(classes: Int) -> Int { engram_tile_lanes(classes) }

  private var lanes: Int { Self.lanes(classes: samples.count) }

  /// Where a lane of a sample lies.
  private func index(_ lane: Int, _ place: Int, of places: Int) -> Int {
    let vector = Int(ENGRAM_SCORE_LANES)
    let first = lane / vector * vector
    return first * places + place * min(vector, lanes - first) + lane - first
  }

  /// Adds what the bits of a tile weigh to a worker's sums.
  /// - Parameters:
  ///   - counters: of every class, as TileBits counts them.
  ///   - groups: of every sample by its place its class, samples of one class side by side; the number of classes for none.
  package func add(
    _ bits: TileBits, _ counters: [UInt32], _ groups: [UInt32], to sums: LikelihoodSums
  ) {
    let cells = bits.rows * bits.columns
    precondition(
      counters.count >= samples.count * cells && groups.count == bits.samples
        && sums.values.count == groups.count * lanes, "A counter a class, a group a sample")
    precondition(areCounts(counters, of: samples, cells: cells), "No more samples than there are")
    let room = UnsafeMutableRawPointer.allocate(
      byteCount: engram_tile_room(bits.samples), alignment: 64)
    defer { unsafe room.deallocate() }
    unsafe withTables { weights, own in
      unsafe counters.withUnsafeBufferPointer { counters in
        var lent = unsafe engram_tile_weights(
          n_columns: bits.columns, n_rows: bits.rows, n_classes: samples.count,
          counters: counters.baseAddress, entries: weights, own: own)
        unsafe bits.withBits { words, places, counts in
          unsafe engram_score_tile(
            &lent, words, places, counts, bits.samples, groups, room, &sums.values)
        }
      }
    }
  }

  private func withTables(
    _ body: (UnsafePointer<UnsafePointer<Int32>?>, UnsafePointer<UnsafePointer<Int32>?>) -> Void
  ) {
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe own.withUnsafeBufferPointer { own in
        guard let weights = weights.baseAddress, let own = own.baseAddress else { return }
        let tables = unsafe starts.map { unsafe Optional(weights + $0) }
        let ownTables = unsafe starts.map { unsafe Optional(own + $0) }
        unsafe tables.withUnsafeBufferPointer { tables in
          unsafe ownTables.withUnsafeBufferPointer { ownTables in
            guard let tables = tables.baseAddress, let own = ownTables.baseAddress else { return }
            unsafe body(tables, own)
          }
        }
      }
    }
  }

  /// ln L of the patterns, in nats: of every sample by its place under every class, without the sample under its own.
  /// - Parameters:
  ///   - sums: of all workers.
  ///   - frequencies: of every class, of the interactions that were scored.
  ///   - groups: as they were scored.
  package func values(
    _ sums: [LikelihoodSums], _ frequencies: [CountFrequencies], _ groups: [UInt32]
  ) -> [[Double]] {
    let constants = zip(frequencies, samples).map { frequencies, count in
      let table = BernoulliTable(samples: count, alpha: alpha)
      let rest = LeftOutTable(samples: count, alpha: alpha)
      var (all, leftOut) = (0.0, 0.0)
      frequencies.visit { count, interactions in
        all += Double(interactions) * table[UInt32(count)].logRest
        leftOut += Double(interactions) * rest.absent(UInt32(count)).logRest
      }
      return (all: all, leftOut: leftOut)
    }
    return groups.enumerated().map { place, group in
      samples.indices.map { label in
        let isOwn = label == group
        let at = index(isOwn ? samples.count : label, place, of: groups.count)
        let sum = sums.reduce(Int64(0)) { $0 + $1.values[at] }
        return Double(sum) / scale + (isOwn ? constants[label].leftOut : constants[label].all)
      }
    }
  }
}

/// A worker's sums of whole numbers: of a vector of lanes those of all samples, and so on.
package final class LikelihoodSums {
  fileprivate var values: [Int64]

  package init(_ likelihoods: TileLikelihoods, places: Int) {
    values = [Int64](
      repeating: 0, count: places * TileLikelihoods.lanes(classes: likelihoods.samples.count))
  }
}
