// Weighted sums over set bits against adding up bit by bit.

import Bits
import Testing

@Suite struct PatternBatchTests {
  /// The sums are those of the weights of every set bit, whatever the widths and however many lanes.
  @Test(arguments: [
    (3, 5, true, 1), (8, 9, false, 8), (13, 70, true, 16), (50, 33, true, 24), (17, 4, false, 25),
  ])
  func sumsAreThoseOfTheSetBits(outputs: Int, inputs: Int, hasBias: Bool, lanes: Int) throws {
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
    let weights = (0..<columns.count * padded * lanes).map { _ in
      Double(Int.random(in: 0..<2001, using: &generator) - 1000)
    }
    let samples = [7, 3, 39, 0, 21]
    for isTwinned in [false, true] {
      var sums = [Double](repeating: 1, count: samples.count * lanes)
      batch.addScores(
        of: samples, and: isTwinned ? twins : nil, columns: columns, lanes: lanes, weights: weights,
        to: &sums)
      for (k, sample) in samples.enumerated() {
        for lane in 0..<lanes {
          var expected = 1.0
          for output in 0..<outputs {
            for column in columns {
              let bit = output * shape.columns + column
              guard bits[sample][bit], !isTwinned || bits[(sample + 1) % 40][bit] else { continue }
              expected += weights[((column - 1) * padded + output) * lanes + lane]
            }
          }
          // The weights are integers: no order of adding rounds.
          #expect(sums[k * lanes + lane] == expected)
        }
      }
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
    var sums = [0.0]
    batch.addScores(
      of: [0], columns: 0..<7, lanes: 1, weights: [Double](repeating: 1, count: 7 * 16), to: &sums)
    #expect(sums[0] == Double(bits[8 * 7..<19 * 7].count { $0 }))
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
    var sums = [Double](repeating: 0, count: count)
    batch.addScores(
      of: Array(0..<count), columns: 0..<3, lanes: 1,
      weights: [Double](repeating: 1, count: 3 * 8), to: &sums)
    for index in 0..<count { #expect(sums[index] == Double((index & 63).nonzeroBitCount)) }
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
