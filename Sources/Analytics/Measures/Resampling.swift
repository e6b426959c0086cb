// Which samples a replicate holds, by seed: blocks drawn with replacement, and halves without. Leaves out what is
// measured of them.

internal import Basics

/// The draws behind replicates. They depend on the seed, the samples' positions in the data set and the class's, and on
/// no run: two runs over the same samples are resampled alike, so that their differences are paired.
///
/// Every number comes of SplitMix64: with mix(s) its first output from state s, the stream of words a, b, … has the
/// state mix(mix(seed) ^ a) ^ b …; streams begin with 0 for blocks, 1 for draws and 2 for halves.
package struct Resampling: Sendable, Hashable {
  package let seed: UInt64

  /// Blocks that a class is dealt out into; a class of fewer than twice as many samples has one sample a block.
  package static let blocks = 20

  package init(seed: UInt64) { self.seed = seed }

  /// The block of every sample of a class, by the samples' positions: they are put in the order of stream (0, position)'s
  /// first number and dealt out in turn.
  package func blocks(of positions: [Int]) -> [Int] {
    let count = positions.count < 2 * Self.blocks ? positions.count : Self.blocks
    var blocks = [Int](repeating: 0, count: positions.count)
    for (rank, index) in order(positions, 0).enumerated() { blocks[index] = rank % count }
    return blocks
  }

  /// How often each of a class's blocks is drawn: as many draws as blocks, ⌊(u >> 32) · blocks / 2³²⌋ of the numbers u
  /// of stream (1, replicate, class).
  package func draws(replicate: Int, classPosition: Int, blocks: Int) -> [UInt32] {
    var stream = stream(1, UInt64(replicate), UInt64(classPosition))
    var draws = [UInt32](repeating: 0, count: blocks)
    for _ in 0..<blocks { draws[Int(((stream.next() >> 32) * UInt64(blocks)) >> 32)] += 1 }
    return draws
  }

  /// ⌊n / 2⌋ of a class's samples, as ascending indices into `positions`: those of the least first numbers of stream
  /// (2, replicate, position).
  package func half(of positions: [Int], replicate: Int) -> [Int] {
    order(positions, 2, UInt64(replicate)).prefix(positions.count / 2).sorted()
  }

  private func order(_ positions: [Int], _ words: UInt64...) -> [Int] {
    let lots = positions.map { position in
      SplitMix64.mixed(state(of: words + [UInt64(position)]))
    }
    return positions.indices.sorted { (lots[$0], positions[$0]) < (lots[$1], positions[$1]) }
  }

  /// The stream of some words.
  private func stream(_ words: UInt64...) -> SplitMix64 { SplitMix64(seed: state(of: words)) }

  private func state(of words: [UInt64]) -> UInt64 {
    words.reduce(seed) { SplitMix64.mixed($0) ^ $1 }
  }
}
