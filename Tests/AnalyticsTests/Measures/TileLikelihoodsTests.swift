// Log-likelihoods that are added up tile by tile, by several workers, against their definition.

import Analytics
import Bits
import Glibc
import TestSupport
import Testing

@Suite struct TileLikelihoodsTests {
  /// A layer whose samples' bits follow from random vectors.
  private struct Layer {
    let shape: LayerShape
    let groups: [UInt32]
    let classes: [Int]
    var vectors: TileVectors
    /// By sample, input-major as tiles have them: column · outputs + row.
    var bits: [[Bool]] = []

    /// - Parameter isSteady: Most outputs have one sign, so that most bits are the same in all samples.
    init(_ shape: LayerShape, classes: [Int], strangers: Int, isSteady: Bool = false) {
      self.shape = shape
      self.classes = classes
      var generator = TestGenerator(UInt64(shape.outputs))
      func draw() -> Float { Float(generator.below(2001) - 1000) / 1000 }
      groups =
        classes.enumerated().flatMap { label, count in
          [UInt32](repeating: UInt32(label), count: count)
        } + [UInt32](repeating: UInt32(classes.count), count: strangers)
      let weight = (0..<shape.outputs * shape.inputs).map { _ in draw() }
      let bias = (0..<shape.outputs).map { _ in draw() }
      vectors = TileVectors(
        shape: shape, samples: groups.count, stripRows: 64, columns: 0..<shape.columns)
      vectors.setRows(
        0..<shape.outputs, LayerWeights(shape: shape, weight: weight, bias: bias))
      for sample in groups.indices {
        let x = (0..<shape.inputs).map { _ in
          generator.below(3) == 0 ? 0 : isSteady ? 2 + draw() : draw()
        }
        let z = (0..<shape.outputs).map { row in
          let value = draw()
          return isSteady && row % 5 < 4 ? (row % 2 == 0 ? 1e-3 : -1e-3) * abs(value) : value
        }
        vectors.setInputs(of: sample, x.span)
        vectors.setThresholds(of: sample, z.span)
        bits.append(
          (0..<shape.columns).flatMap { column in
            (0..<shape.outputs).map { row in
              let input = column < shape.inputs ? x[column] : 1
              let term =
                column < shape.inputs ? weight[row * shape.inputs + column] * input : bias[row]
              let threshold = z[row] / Float(shape.inputs)
              if input == 0 || z[row] == 0 { return false }
              return z[row] > 0 ? term > threshold : term < threshold
            }
          })
      }
    }

    func logLikelihood(_ sample: Int, _ label: Int) -> Double {
      let others = groups.indices.filter { groups[$0] == label && $0 != sample }
      return bits[sample].indices.reduce(0) { sum, index in
        let k = others.count { bits[$0][index] }
        let p = (Double(k) + 0.5) / (Double(others.count) + 1)
        return sum + log(bits[sample][index] ? p : 1 - p)
      }
    }
  }

  /// Lanes of a vector of 4, 8 and 16, of two and three, and an own lane that is alone in the last one.
  @Test(
    arguments: [
      [9, 1, 12], Array(repeating: 5, count: 6), Array(repeating: 3, count: 16),
      Array(repeating: 2, count: 40), Array(repeating: 2, count: 37),
    ], [false, true])
  func valuesAreTheirDefinition(classes: [Int], isSteady: Bool) {
    let layer = Layer(
      LayerShape(outputs: 70, inputs: 10, hasBias: true), classes: classes, strangers: 2,
      isSteady: isSteady)
    let likelihoods = TileLikelihoods(samples: classes)
    var frequencies = classes.map { CountFrequencies(samples: $0) }
    let workers = (0..<2).map { _ in
      LikelihoodSums(likelihoods, places: layer.groups.count)
    }
    let tile = TileBits(samples: layer.groups.count, mostColumns: 6)
    var counters = [UInt32](repeating: 0, count: classes.count * 64 * 6)
    for strip in 0..<layer.vectors.strips {
      for (index, columns) in [0..<6, 6..<11].enumerated() {
        tile.derive(layer.vectors, strip: strip, columns: columns)
        tile.count(layer.groups, of: classes.count, into: &counters)
        let cells = tile.rows * tile.columns
        for label in classes.indices {
          frequencies[label].add(counters[label * cells..<(label + 1) * cells])
        }
        likelihoods.add(tile, counters, layer.groups, to: workers[index])
      }
    }
    let found = likelihoods.values(workers, frequencies, layer.groups)
    let expected = layer.groups.indices.map { sample in
      classes.indices.map { layer.logLikelihood(sample, $0) }
    }
    #expect(found.count == expected.count)
    // A weight is rounded to 2⁻²² of a nat at most.
    for (found, expected) in zip(found, expected) {
      #expect(difference(found, expected, absolute: 0x1p-23 * 770, relative: 0) == nil)
    }
  }

  @Test func divergencesOfTilesAreThoseOfProfiles() {
    let layer = Layer(
      LayerShape(outputs: 64, inputs: 12, hasBias: true), classes: [20, 30, 40], strangers: 0)
    let tile = TileBits(samples: 90, mostColumns: 13)
    tile.derive(layer.vectors, strip: 0, columns: 0..<13)
    var counters = [UInt32](repeating: 0, count: 3 * 64 * 13)
    tile.count(layer.groups, of: 3, into: &counters)
    let profiles = (0..<3).map { Array(counters[$0 * 832..<($0 + 1) * 832]) }
    var matrix = DivergenceMatrix(from: [20, 30, 40], to: [20, 30, 40])
    var sums = [Double](repeating: 0, count: 9)
    matrix.add(
      from: counters, to: counters, cells: 832, DivergenceScratch(matrix), to: &sums)
    matrix.add(sums, interactions: 832)
    for i in 0..<3 {
      for j in 0..<3 {
        let expected = Divergence.kl(
          profiles[i], samples: [20, 30, 40][i], profiles[j], samples: [20, 30, 40][j])
        #expect(abs(matrix[i, j] - expected) <= 1e-12 * expected)
      }
    }
    #expect(matrix.interactions == 832)
  }
}
