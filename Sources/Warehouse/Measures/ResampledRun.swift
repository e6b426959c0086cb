// A run as it is resampled: its classes, the blocks their samples are dealt out into, and what each replicate draws.

import Analytics
internal import Basics

struct ResampledRun {
  struct Class {
    let id: Int
    /// In the data set, which is what draws depend on.
    let position: Int
    /// Of its samples in the data set, ascending.
    fileprivate(set) var samples: [Int] = []
    /// How many samples each of its blocks has.
    fileprivate(set) var blocks: [Int] = []
  }

  let run: Stored<RunRecord>
  let replicates: Int
  let resampling: Resampling
  /// Those with samples, in the order of the data set.
  private(set) var classes: [Class] = []
  /// By a sample's id, its block among those of all classes, one class after the other.
  private(set) var groups: [Int: Int] = [:]

  var groupCount: Int { classes.reduce(0) { $0 + $1.blocks.count } }
  /// The most blocks that a class has.
  var mostBlocks: Int { classes.map(\.blocks.count).max() ?? 0 }

  /// - Parameter samples: Those without a label are in no block.
  init(_ run: Stored<RunRecord>, _ samples: [SampleRow], replicates: Int, seed: UInt64) {
    self.run = run
    self.replicates = replicates
    resampling = Resampling(seed: seed)
    let labelled = samples.compactMap { sample in sample.label.map { (label: $0, sample: sample) } }
    let members = Dictionary(grouping: labelled, by: \.label)
    var first = 0
    for (own, members) in members.sorted(by: { $0.key.position < $1.key.position }) {
      let samples = members.map(\.sample)
      var label = Class(id: own.id, position: own.position)
      label.samples = samples.map(\.position)
      let blocks = resampling.blocks(of: label.samples)
      label.blocks = [Int](repeating: 0, count: (blocks.max() ?? -1) + 1)
      for (sample, block) in zip(samples, blocks) {
        label.blocks[block] += 1
        groups[sample.id] = first + block
      }
      first += label.blocks.count
      classes.append(label)
    }
  }

  /// Sums without counts yet.
  var counts: ResampledCounts {
    ResampledCounts(blocks: classes.map(\.blocks), draws: draws)
  }

  /// By replicate, class and block, how often each block is drawn.
  var draws: [[[UInt32]]] {
    (0..<replicates).map { replicate in
      classes.map { label in
        resampling.draws(
          replicate: replicate, classPosition: label.position, blocks: label.blocks.count)
      }
    }
  }

  /// The counts of every class's blocks, one after the other; `take` gives those of a group.
  func blockCounts(
    length: Int, _ take: @Sendable (Int, inout [UInt32]) -> Void
  ) -> [[UInt16]] {
    var firsts = [0]
    for label in classes { firsts.append(firsts[firsts.count - 1] + label.blocks.count) }
    return Parallel.map(classes.count) { [classes, firsts] range in
      let label = classes[range.lowerBound]
      var counts: [UInt16] = []
      counts.reserveCapacity(length * label.blocks.count)
      for block in label.blocks.indices {
        var counters = [UInt32](repeating: 0, count: length)
        take(firsts[range.lowerBound] + block, &counters)
        for counter in counters { counts.append(UInt16(counter)) }
      }
      return counts
    }
  }
}
