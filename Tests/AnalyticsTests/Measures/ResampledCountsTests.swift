// Replicates of counts: the same on any number of workers and in any slabs, and as wide as theory says.

import Analytics
import Glibc
import Testing

@Suite struct ResampledCountsTests {
  /// Classes of 1,000 samples in 20 blocks; of every interaction, counts that are binomial at its own probability.
  private func counts(_ classes: Int, _ interactions: Int) -> [[UInt16]] {
    var state: UInt64 = 7
    func unit() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    return (0..<classes).map { _ in
      (0..<20 * interactions).map { index in
        let p = Double(index % interactions + 1) / Double(interactions + 1)
        return UInt16((0..<50).count { _ in unit() < p })
      }
    }
  }

  private func draws(_ classes: Int, replicates: Int) -> [[[UInt32]]] {
    let resampling = Resampling(seed: 4)
    return (0..<replicates).map { replicate in
      (0..<classes).map {
        resampling.draws(replicate: replicate, classPosition: $0, blocks: 20)
      }
    }
  }

  @Test func workersAndSlabsChangeNothing() {
    let counts = counts(3, 3000)
    let blocks = Array(repeating: Array(repeating: 50, count: 20), count: 3)
    let draws = draws(3, replicates: 11)
    var found: [[ReplicateMeasures]] = []
    for workers in [1, 2, 3, 16] {
      var sums = ResampledCounts(blocks: blocks, draws: draws)
      sums.add(counts, workers: workers)
      found.append(sums.measures)
    }
    #expect(found.allSatisfy { $0 == found[0] })
    // Slabs that begin with a piece.
    var sums = ResampledCounts(blocks: blocks, draws: draws)
    for range in [0..<2048, 2048..<3000] {
      sums.add(
        counts.map { counts in
          (0..<20).flatMap { counts[$0 * 3000 + range.lowerBound..<$0 * 3000 + range.upperBound] }
        })
    }
    #expect(sums.measures == found[0])
  }

  @Test func everyBlockOnceIsTheSampleItself() {
    let counts = counts(2, 500)
    var sums = ResampledCounts(
      blocks: Array(repeating: Array(repeating: 50, count: 20), count: 2),
      draws: [Array(repeating: Array(repeating: 1, count: 20), count: 2)])
    sums.add(counts)
    let whole = counts.map { counts in
      (0..<500).map { index in (0..<20).reduce(UInt32(0)) { $0 + UInt32(counts[$1 * 500 + index]) }
      }
    }
    var matrix = DivergenceMatrix(from: [1000, 1000], to: [1000, 1000])
    matrix.add(from: whole, to: whole)
    let separation = (matrix[0, 1] + matrix[1, 0]) / 1000
    #expect(abs((sums.measures[0].separation ?? 0) - separation) < 1e-10)
    var entropy = 0.0
    for counts in whole {
      var frequencies = CountFrequencies(samples: 1000)
      frequencies.add(counts)
      entropy += frequencies.entropy / 1000
    }
    #expect(abs(sums.measures[0].meanEntropy - entropy) < 1e-10)
  }

  /// Every count from none to all: the last bin begins at 19/20 of the samples, as a run's own histogram has it.
  @Test(arguments: [1, 2, 5])
  func theLastBinIsThatOfTheHistogram(perBlock: Int) {
    // Two classes in 20 blocks, drawn twice and once: block b of an interaction k has what is left of k.
    let samples = 20 * perBlock
    let blocks = Array(repeating: Array(repeating: perBlock, count: 20), count: 2)
    let draws: [[[UInt32]]] = [[2, 1], [0, 1], [1, 0], [1, 1]].map { weights in
      weights.map { Array(repeating: UInt32($0), count: 20) }
    }
    let counts = (0..<2).map { _ in
      (0..<20).flatMap { block in
        (0...samples).map { UInt16(min(perBlock, max(0, $0 - block * perBlock))) }
      }
    }
    var sums = ResampledCounts(blocks: blocks, draws: draws)
    sums.add(counts)
    for (measures, weight) in zip(sums.measures, [3, 1, 1, 2]) {
      let all = weight * samples
      var frequencies = CountFrequencies(samples: all)
      frequencies.add((0...samples).map { UInt32(weight * $0) })
      let own = Sparsity(frequencies)
      #expect(measures.lastBinShare == own.histogram[19])
      // Those of 19/20 and more, counted out.
      let last = (0...samples).count { 20 * weight * $0 >= 19 * all }
      #expect(last == perBlock + 1 && own.histogram[19] == Double(last) / Double(samples + 1))
      #expect(measures.alwaysShare == own.alwaysShare)
      #expect(own.alwaysShare == 1 / Double(samples + 1))
      #expect(isClose(measures.meanProportion, own.meanProportion))
    }
  }

  @Test func spreadOfAMeanIsTheStandardError() {
    // One interaction of p = 1/2 over 10 classes of 1,000 samples: the error of its proportion is 1/2 / √10,000.
    let replicates = 2000
    var sums = ResampledCounts(
      blocks: Array(repeating: Array(repeating: 50, count: 20), count: 10),
      draws: draws(10, replicates: replicates))
    sums.add(counts(10, 1))
    let values = sums.measures.map(\.meanProportion)
    let mean = values.reduce(0, +) / Double(replicates)
    let deviation =
      (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(replicates - 1)).squareRoot()
    // 200 blocks tell a deviation within 5 %, three times over.
    #expect(abs(deviation / 0.005 - 1) < 0.15)
  }

  /// By the streams that Schema/README.md describes, computed in Python.
  @Test func drawsAreThoseOfTheirStreams() {
    for (seed, replicate, label, blocks, draws) in [
      (8, 3, 0, 20, [1, 3, 1, 1, 2, 0, 0, 1, 2, 2, 1, 0, 0, 0, 3, 1, 2, 0, 0, 0]),
      (8, 3, 1, 20, [1, 2, 1, 2, 0, 1, 0, 2, 0, 1, 2, 0, 1, 0, 2, 2, 0, 1, 1, 1]),
      (8, 4, 1, 20, [2, 1, 3, 2, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 1, 0, 0, 1, 0]),
      (9, 3, 1, 20, [2, 0, 2, 1, 1, 1, 1, 1, 0, 1, 2, 1, 0, 0, 1, 1, 1, 2, 1, 1]),
      (8, 3, 1, 7, [1, 1, 2, 2, 0, 0, 1]),
    ] as [(UInt64, Int, Int, Int, [UInt32])] {
      #expect(
        Resampling(seed: seed).draws(
          replicate: replicate, classPosition: label, blocks: blocks) == draws)
    }
    let resampling = Resampling(seed: 8)
    let nine = (0..<9).map { 3 * $0 + 1 }
    #expect(resampling.half(of: nine, replicate: 1) == [2, 5, 6, 8])
    #expect(resampling.half(of: nine, replicate: 2) == [2, 5, 7, 8])
    // Forty samples are two to a block, thirty-nine one.
    #expect(
      resampling.blocks(of: (0..<40).map { 3 * $0 + 1 }) == [
        7, 14, 18, 5, 8, 9, 3, 6, 4, 19, 11, 7, 2, 12, 16, 14, 10, 3, 17, 9, 1, 13, 12, 11, 19, 10,
        2, 16, 17, 8, 18, 4, 0, 1, 0, 15, 5, 15, 13, 6,
      ])
  }

  @Test func halvesAndBlocksAreOfPositions() {
    let resampling = Resampling(seed: 8)
    let positions = (0..<47).map { 3 * $0 + 1 }
    let blocks = resampling.blocks(of: positions)
    #expect(
      Set(blocks).count == 20
        && (0..<20).allSatisfy { block in
          (2...3).contains(blocks.count { $0 == block })
        })
    #expect(Set(resampling.blocks(of: Array(positions.prefix(39)))).count == 39)
    #expect(resampling.half(of: positions, replicate: 1).count == 23)
    #expect(
      resampling.half(of: positions, replicate: 1) != resampling.half(of: positions, replicate: 2))
    #expect(resampling.draws(replicate: 3, classPosition: 1, blocks: 20).reduce(0, +) == 20)
  }
}
