// Bits that are derived and counted tile by tile against the definition, in layers of every size, cut anyhow.

import Bits
import Testing

struct TileBitsTests {
  /// The counters of a tile, from its definition: (group · columns + c) · rows + r.
  private func naive(
    _ example: Example, _ rows: Range<Int>, _ columns: Range<Int>, _ groups: [UInt32], _ count: Int
  ) -> [UInt32] {
    (0..<count).flatMap { group in
      columns.flatMap { column in
        rows.map { row in
          UInt32(
            groups.indices.count { groups[$0] == group && example.isSignificant($0, row, column) })
        }
      }
    }
  }

  private func vectors(
    _ example: Example, _ rows: Range<Int>, _ columns: Range<Int>, stripRows: Int
  ) -> TileVectors {
    let shape = example.shape
    var vectors = TileVectors(
      shape: shape, samples: example.count, stripRows: stripRows, columns: columns)
    let whole = LayerWeights(shape: shape, weight: example.weight, bias: example.bias)
    vectors.setRows(rows, whole.slice(rows))
    for sample in 0..<example.count {
      vectors.setInputs(
        of: sample,
        example.x.span.extracting(sample * shape.inputs..<(sample + 1) * shape.inputs))
      vectors.setThresholds(
        of: sample,
        example.z.span.extracting(sample * shape.outputs..<(sample + 1) * shape.outputs))
    }
    return vectors
  }

  @Test(arguments: edgeShapes)
  func countsAgreeWithTheDefinition(shape: LayerShape) {
    let example = Example(shape, count: 7)
    let groups: [UInt32] = [1, 0, 3, 1, 0, 2, 1]
    let stripRows = shape.outputs % 2 == 0 ? 64 : 24
    let vectors = vectors(
      example, 0..<shape.outputs, 0..<shape.columns, stripRows: stripRows)
    let tile = TileBits(samples: 7, mostColumns: 50)
    var counters = [UInt32](repeating: 9, count: 3 * 50 * 64)
    for strip in 0..<vectors.strips {
      for first in stride(from: 0, to: shape.columns, by: 50) {
        let (rows, columns) = (
          vectors.rows(of: strip), first..<min(first + 50, shape.columns)
        )
        tile.derive(vectors, strip: strip, columns: columns)
        tile.count(groups, of: 3, into: &counters)
        let expected = naive(example, rows, columns, groups, 3)
        #expect(Array(counters.prefix(expected.count)) == expected)
      }
    }
  }

  /// More samples than a byte counts and than thresholds fit the cache, rows and columns from within the layer.
  @Test func manySamplesOfAPartOfALayer() {
    let example = Example(LayerShape(outputs: 40, inputs: 30, hasBias: true), count: 700)
    let groups = (0..<700).map { UInt32($0 % 5 == 4 ? 2 : $0 < 600 ? 0 : 1) }
    let vectors = vectors(example, 8..<40, 11..<31, stripRows: 16)
    let tile = TileBits(samples: 700, mostColumns: 20)
    var counters = [UInt32](repeating: 0, count: 2 * 20 * 16)
    for strip in 0..<2 {
      tile.derive(vectors, strip: strip, columns: 12..<31)
      tile.count(groups, of: 2, into: &counters)
      let expected = naive(example, vectors.rows(of: strip), 12..<31, groups, 2)
      #expect(Array(counters.prefix(expected.count)) == expected)
      #expect(expected.max() ?? 0 > 255)
    }
  }

  @Test func awkwardSumsAndInputs() {
    var example = Example(LayerShape(outputs: 7, inputs: 9, hasBias: true), count: 2, zeros: 0)
    example.z = [0, -0.0, .nan, .infinity, -.infinity, 1e-30, -1e-30] + example.z.suffix(7)
    example.x[0] = .nan
    example.x[1] = .infinity
    let vectors = vectors(example, 0..<7, 0..<10, stripRows: 64)
    let tile = TileBits(samples: 2, mostColumns: 10)
    tile.derive(vectors, strip: 0, columns: 0..<10)
    var counters = [UInt32](repeating: 0, count: 2 * 70)
    tile.count([0, 1], of: 2, into: &counters)
    #expect(counters == naive(example, 0..<7, 0..<10, [0, 1], 2))
  }
}
