// Which samples a part of a run has, by hand, and that the parts of a run are all of it, each sample once.

import Testing
import Warehouse

@Suite struct ShardTests {
  /// Part i of n has the batches of 256 from ⌊(i − 1) · batches / n⌋ up to ⌊i · batches / n⌋.
  @Test(arguments: [
    (900, 3, [0..<256, 256..<512, 512..<900]), (900, 2, [0..<512, 512..<900]),
    (900, 1, [0..<900]), (256, 1, [0..<256]), (257, 2, [0..<256, 256..<257]),
    (256, 2, [0..<0, 0..<256]), (1280, 3, [0..<256, 256..<768, 768..<1280]),
    (1281, 4, [0..<256, 256..<768, 768..<1024, 1024..<1281]),
    (600, 5, [0..<0, 0..<256, 256..<256, 256..<512, 512..<600]),
  ])
  func partsHaveWholeBatches(samples: Int, count: Int, ranges: [Range<Int>]) {
    #expect((1...count).map { Shard(index: $0, count: count).range(of: samples) } == ranges)
  }

  @Test func partsAdjoinAndLeaveNothingOut() {
    for samples in [1, 255, 256, 257, 1000, 2560, 50_000] {
      for count in 1...17 {
        var end = 0
        for index in 1...count {
          let range = Shard(index: index, count: count).range(of: samples)
          #expect(range.lowerBound == end, "part \(index) of \(count) of \(samples)")
          #expect(range.lowerBound % 256 == 0 || range.isEmpty)
          end = range.upperBound
        }
        #expect(end == samples, "\(count) parts of \(samples)")
      }
    }
  }
}
