// Whole layers of inference over arrays: the engine calls them tile by tile.

import Networks

extension TiledConvolution {
  /// x, height × width × inputs → y, positions × `rowStride`, which begins as `y`.
  ///
  /// `order` is the order of the tiles; `sums` adds to what y holds.
  func apply(
    _ x: [Float], weight: [Float], bias: [Float]?, rectified: Bool,
    adding sums: Bool = false, y: [Float], rowStride: Int, order: [Int]
  ) -> [Float] {
    let prepared = FloatStorage(count: preparedCount)
    let scratch = FloatStorage(count: scratchCount)
    let (x, weight, result) = (
      FloatStorage(copy: x), FloatStorage(copy: weight), FloatStorage(copy: y)
    )
    let bias = bias.map { FloatStorage(copy: $0) }
    prepare(weight: weight.base, into: prepared.base)
    for tile in order {
      forward(
        tile: tile, x: x.base, weight: prepared.base, bias: bias?.base, rectified: rectified,
        scratch: scratch.base, y: result.base, rowStride: rowStride,
        addend: sums ? result.base : nil, addendStride: rowStride)
    }
    return result.array
  }
}

extension FullyConnected {
  /// x: rows × inputs → z: rows × outputs.
  func apply(_ x: [Float], rows: Int, weight: [Float], bias: [Float]?) -> [Float] {
    let (input, weight) = (FloatStorage(copy: x), FloatStorage(copy: weight))
    let bias = bias.map { FloatStorage(copy: $0) }
    let z = FloatStorage(count: rows * outputs)
    for tile in (0..<tileCount).reversed() {
      forward(
        tile: tile, x: input.base, rows: rows, inputs: x.count / rows, weight: weight.base,
        bias: bias?.base, z: z.base)
    }
    return z.array
  }
}

extension FloatStorage {
  fileprivate convenience init(copy values: [Float]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { base[index] = value }
  }
}
