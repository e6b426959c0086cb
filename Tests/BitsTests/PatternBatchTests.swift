// Weighted sums over set bits against adding up bit by bit.

import Bits
import Testing

@Suite struct PatternBatchTests {
  /// The sums are those of the weights of every set bit, whatever the widths and however many lanes, and of what they weigh
  /// for the sample's own group in its lane.
  @Test(arguments: [
    (3, 5, true, 16, 0), (8, 9, false, 16, 15), (13, 15, true, 32, 20), (50, 12, true, 48, 3),
    (17, 4, false, 16, 7), (130, 6, true, 16, 9), (64, 5, false, 32, 31),
  ])
  func sumsAreThoseOfTheSetBits(
    outputs: Int, inputs: Int, hasBias: Bool, lanes: Int, ownLane: Int
  ) throws {
    let shape = LayerShape(outputs: outputs, inputs: inputs, hasBias: hasBias)
    var generator = TestGenerator(state: UInt64(outputs * 1000 + inputs))
    let bits = (0..<40).map { _ in
      (0..<shape.interactions).map { _ in Int.random(in: 0..<3, using: &generator) == 0 }
    }
    var batch = PatternBatch(shape: shape)
    var twins = PatternBatch(shape: shape)
    for (index, own) in bits.enumerated() {
      try append(own, shape, to: &batch)
      try append(bits[(index + 1) % bits.count], shape, to: &twins)
    }
    let columns = 1..<shape.columns
    let padded = (outputs + 7) / 8 * 8
    func drawn(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32.random(in: -30_000_000...30_000_000, using: &generator) }
    }
    let all = drawn(columns.count * padded * lanes)
    let own = drawn(columns.count * padded * 3)
    let samples = [7, 3, 39, 0, 21, 22]
    // 3 is none of the groups.
    let groups: [UInt32] = [0, 0, 2, 1, 3, 3]
    for (isTwinned, isOwned, isWeighed) in [
      (false, false, true), (true, false, true), (false, true, true), (true, true, true),
      (false, true, false),
    ] {
      let weights = PatternBatch.Weights(
        columns: columns, lanes: lanes, weights: isWeighed ? all : [], own: isOwned ? own : [],
        ownLane: ownLane, groups: isOwned ? 3 : 0)
      var sums = [Int64](repeating: 1, count: samples.count * lanes)
      batch.addScores(
        of: samples, groups: groups, and: isTwinned ? twins : nil, weights: weights, to: &sums)
      for (k, sample) in samples.enumerated() {
        for lane in 0..<lanes {
          var expected: Int64 = 1
          for output in 0..<outputs {
            for column in columns {
              let bit = output * shape.columns + column
              guard bits[sample][bit], !isTwinned || bits[(sample + 1) % 40][bit] else { continue }
              let place = (column - 1) * padded + output
              if isOwned, lane == ownLane, groups[k] < 3 {
                expected += Int64(own[place * 3 + Int(groups[k])])
              } else if isWeighed {
                expected += Int64(all[place * lanes + lane])
              }
            }
          }
          #expect(sums[k * lanes + lane] == expected)
        }
      }
    }
  }

  /// As many large weights as 32 bits have room for.
  @Test func largestWeightsDoNotOverflow() throws {
    let shape = LayerShape(outputs: 128, inputs: 1, hasBias: false)
    var batch = PatternBatch(shape: shape)
    try append([Bool](repeating: true, count: 128), shape, to: &batch)
    for sign: Int32 in [1, -1] {
      let weight = sign * (Int32.max / Int32(PatternBatch.Weights.mostBits))
      var sums = [Int64](repeating: 0, count: 16)
      batch.addScores(
        of: [0],
        weights: PatternBatch.Weights(
          columns: 0..<1, lanes: 16, weights: [Int32](repeating: weight, count: 128 * 16)),
        to: &sums)
      #expect(sums.allSatisfy { $0 == 128 * Int64(weight) })
    }
  }

  @Test func someOutputsOfABlobAreABlobOfTheirOwn() throws {
    let shape = LayerShape(outputs: 29, inputs: 6, hasBias: true)
    var generator = TestGenerator(state: 5)
    let bits = (0..<shape.interactions).map { _ in Int.random(in: 0..<2, using: &generator) == 0 }
    let part = LayerShape(outputs: 11, inputs: 6, hasBias: true)
    var batch = PatternBatch(shape: part)
    let blob = try stored(bits, shape)
    // Outputs 8 up to 19.
    try batch.append(blob.span.bytes, bytes: 1..<3, of: 29)
    var sums = [Int64](repeating: 0, count: 16)
    batch.addScores(of: [0], weights: ones(columns: 7, bits: 16), to: &sums)
    #expect(sums[0] == Int64(bits[8 * 7..<19 * 7].count { $0 }))
    #expect(throws: BitsError.self) { try batch.append(blob.span.bytes) }
    #expect(throws: BitsError.self) { try batch.append(blob.span.bytes, bytes: 1..<3, of: 30) }
    #expect(batch.count == 1)
  }

  @Test func moreSamplesThanOneCallTakes() throws {
    let shape = LayerShape(outputs: 2, inputs: 3, hasBias: false)
    var batch = PatternBatch(shape: shape)
    let count = PatternBatch.mostScored + 3
    for index in 0..<count {
      try append((0..<6).map { index >> $0 & 1 == 1 }, shape, to: &batch)
    }
    var sums = [Int64](repeating: 0, count: count * 16)
    batch.addScores(of: Array(0..<count), weights: ones(columns: 3, bits: 8), to: &sums)
    for index in 0..<count { #expect(sums[16 * index] == Int64((index & 63).nonzeroBitCount)) }
  }

  private func ones(columns: Int, bits: Int) -> PatternBatch.Weights {
    PatternBatch.Weights(
      columns: 0..<columns, lanes: 16, weights: [Int32](repeating: 1, count: columns * bits * 16))
  }

  private func append(_ bits: [Bool], _ shape: LayerShape, to batch: inout PatternBatch) throws {
    let blob = try stored(bits, shape)
    try batch.append(blob.span.bytes)
  }

  private func stored(_ bits: [Bool], _ shape: LayerShape) throws -> [UInt8] {
    var dense = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (bit, isSet) in bits.enumerated() where isSet { dense[bit / 8] |= 1 << UInt8(bit % 8) }
    return try Significance.fromDense(dense.span.bytes, shape: shape)
  }
}
