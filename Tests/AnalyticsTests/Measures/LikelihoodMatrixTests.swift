// Scores of many patterns at once against their definitions, bit by bit: log-likelihoods, distances to class patterns and
// where exactly half of a class has an interaction.

import Analytics
import Bits
import Glibc
import TestSupport
import Testing

@Suite struct LikelihoodMatrixTests {
  /// Patterns of a layer's outputs `rows` for a matrix, in their stored form.
  private func batch(
    _ patterns: [[Bool]], _ shape: LayerShape, _ matrix: LikelihoodMatrix
  ) throws -> PatternBatch {
    var batch = PatternBatch(
      shape: LayerShape(
        outputs: matrix.outputs.count, inputs: shape.inputs, hasBias: shape.hasBias))
    for pattern in patterns {
      var dense = [UInt8](repeating: 0, count: (pattern.count + 7) / 8)
      for (bit, isSet) in pattern.enumerated() where isSet { dense[bit / 8] |= 1 << UInt8(bit % 8) }
      let stored = try Significance.fromDense(dense.span.bytes, shape: shape)
      try batch.append(stored.span.bytes, bytes: matrix.bytes, of: shape.outputs)
    }
    return batch
  }

  private func scores(_ matrix: LikelihoodMatrix, _ patterns: PatternBatch) -> [Double] {
    var sums = [Double](repeating: 0, count: patterns.count * matrix.scoreConstants.count)
    for group in 0..<matrix.groups {
      for (index, value) in matrix.partialScores(group: group, patterns: patterns).enumerated() {
        sums[index] += value
      }
    }
    let constants = matrix.scoreConstants
    return sums.indices.map { sums[$0] + constants[$0 % constants.count] }
  }

  /// Rows that begin and end within bytes, columns of one group and of several.
  @Test(arguments: [(9, 6, 0..<9), (21, 5, 3..<18), (40, 300, 16..<31), (8, 513, 0..<8)])
  func scoresAreTheirDefinitions(outputs: Int, inputs: Int, rows: Range<Int>) throws {
    let shape = LayerShape(outputs: outputs, inputs: inputs, hasBias: true)
    var generator = TestGenerator(UInt64(outputs * inputs))
    let samples = [4, 7, 10]
    let counters = samples.map { generator.counters(rows.count * shape.columns, samples: $0) }
    let patterns = (0..<5).map { _ in
      (0..<shape.interactions).map { _ in generator.below(3) == 0 }
    }
    let matrix = LikelihoodMatrix(
      counters: counters, samples: samples, rows: rows, columns: shape.columns)
    let found = scores(matrix, try batch(patterns, shape, matrix))
    var expected: [Double] = []
    for pattern in patterns {
      let own = Array(pattern[rows.lowerBound * shape.columns..<rows.upperBound * shape.columns])
      for (counters, count) in zip(counters, samples) {
        expected.append(
          own.indices.reduce(0) { sum, index in
            let p = (Double(counters[index]) + 0.5) / (Double(count) + 1)
            return sum + log(own[index] ? p : 1 - p)
          })
      }
      for (counters, count) in zip(counters, samples) {
        expected.append(
          Double(own.indices.count { own[$0] != (Double(counters[$0]) / Double(count) > 0.5) }))
      }
    }
    // A weight is rounded to 2⁻²³ of a nat at these counts; distances are whole numbers.
    let bound = 0x1p-24 * Double(rows.count * shape.columns)
    #expect(difference(found, expected, absolute: bound, relative: 1e-12) == nil)
    for sample in patterns.indices {
      let distances = sample * 6 + 3..<sample * 6 + 6
      #expect(found[distances] == expected[distances])
    }
  }

  /// More classes than a thread's stack has room for, one by one.
  @Test func asManyClassesAsADataSetHas() throws {
    let shape = LayerShape(outputs: 3, inputs: 4, hasBias: false)
    var generator = TestGenerator(7)
    let samples = (0..<3000).map { 1 + $0 % 7 }
    let counters = samples.map { generator.counters(shape.interactions, samples: $0) }
    let pattern = (0..<shape.interactions).map { _ in generator.below(2) == 0 }
    let matrix = LikelihoodMatrix(
      counters: counters, samples: samples, rows: 0..<3, columns: shape.columns)
    let found = scores(matrix, try batch([pattern], shape, matrix))
    let expected = zip(counters, samples).map { counters, count in
      pattern.indices.reduce(0) { sum, index in
        let p = (Double(counters[index]) + 0.5) / (Double(count) + 1)
        return sum + log(pattern[index] ? p : 1 - p)
      }
    }
    #expect(difference(Array(found.prefix(3000)), expected, absolute: 1e-5, relative: 0) == nil)
  }

  /// k / N of exactly one half is no part of a class's pattern: 2 of 4 and 5 of 10 are not, 3 of 5 is.
  @Test func halfOfAClassIsNoPattern() throws {
    let shape = LayerShape(outputs: 1, inputs: 6, hasBias: false)
    let counters: [[UInt32]] = [[0, 1, 2, 3, 4, 2], [5, 5, 4, 6, 10, 0], [2, 3, 0, 5, 3, 2]]
    let matrix = LikelihoodMatrix(
      counters: counters, samples: [4, 10, 5], rows: 0..<1, columns: 6)
    // Class patterns 000110, 000110 and 010110.
    let patterns = [
      [false, false, false, true, true, false], [false, true, false, true, true, false],
      [true, true, true, true, true, true], [false, false, false, false, false, false],
      [false, false, true, false, false, false],
    ]
    let found = scores(matrix, try batch(patterns, shape, matrix))
    let distances = patterns.indices.map { Array(found[$0 * 6 + 3..<$0 * 6 + 6]) }
    #expect(distances == [[0, 0, 1], [1, 1, 0], [4, 4, 3], [2, 2, 3], [3, 3, 4]])
  }
}
