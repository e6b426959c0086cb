// Operations that read and replace single elements and parts, on constants: tables of relative positions, masks of shifted
// windows.

internal import ModelFiles

enum FoldedPoints {
  static let rules: [OperationKind: Folding.Rule] = [
    .gatherPoints: { operation in
      let x = try operation.needed("input")
      let (shape, starts, size) = try places(
        x, operation.needed("indices"), batchAxes: operation.int("batchAxes", 0))
      let values = try x.values()
      try Folding.check([starts.count, size])
      return [FoldedTensor(shape: shape, starts.flatMap { values[$0..<$0 + size] }, x.kind)]
    },
    .replacePoints: { operation in
      let (x, updates) = (try operation.needed("input"), try operation.needed("updates"))
      let (shape, starts, size) = try places(x, operation.needed("indices"), batchAxes: 0)
      guard updates.shape == shape else {
        throw NetworkError("expected updates of \(shape), found \(updates.shape)")
      }
      var values = try x.values()
      let new = try updates.values()
      for (which, start) in starts.enumerated() {
        values.replaceSubrange(start..<start + size, with: new[which * size..<(which + 1) * size])
      }
      return [FoldedTensor(shape: x.shape, values, x.kind)]
    },
    .replaceSlice: { operation in
      let (x, source) = (try operation.needed("input"), try operation.needed("source"))
      let view = try FoldedParts.sliced(operation, x.view)
      let places = view.positions(in: Array(view.sizes.indices))
      let zero = FoldedTensor(
        shape: view.sizes, [Double](repeating: 0, count: places.count), x.kind)
      let new = try Folding.combined(zero, source, x.kind) { $1 }
      guard new.shape == view.sizes else {
        throw NetworkError("expected a part of \(view.sizes), found \(source.shape)")
      }
      var values = try x.values()
      for (place, value) in zip(places, try new.values()) { values[Int(place)] = value }
      return [FoldedTensor(shape: x.shape, values, x.kind)]
    },
    .triangle: { operation in
      let x = try operation.needed("input")
      guard x.shape.count >= 2 else { throw NetworkError("expected a matrix, found \(x.shape)") }
      let (rows, columns) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
      let isUpper = try operation.flag("upper")
      let diagonal = try operation.int("diagonal", 0)
      let values = try x.values().enumerated().map { place, value in
        let (row, column) = (place / columns % rows, place % columns)
        return (isUpper ? column - row >= diagonal : column - row <= diagonal) ? value : 0
      }
      return [FoldedTensor(shape: x.shape, values, x.kind)]
    },
    .tile: { operation in
      [try tiled(operation.needed("input"), operation.needed("repeats").integers())]
    },
  ]

  /// The numbers repeated along every axis.
  static func tiled(_ x: FoldedTensor, _ repeats: [Int]) throws -> FoldedTensor {
    guard repeats.count >= x.shape.count, repeats.allSatisfy({ (0...1 << 20).contains($0) })
    else {
      throw NetworkError("expected a number of repeats for each axis, found \(repeats)")
    }
    let own = [Int](repeating: 1, count: repeats.count - x.shape.count) + x.shape
    try Folding.check(zip(repeats, own).map { [$0, $1].product })
    // Axis by axis: repeats × size, the repeats expanded.
    let sizes = zip(repeats, own).flatMap { [$0, $1] }
    var view = View(
      node: 0, sizes: own.flatMap { [1, $0] }, order: Array(sizes.indices),
      batchAxis: View.noBatch)
    for axis in own.indices { view.strides[2 * axis] = 0 }
    view.sizes = sizes
    return try x.taken(view).reshaped(to: zip(repeats, own).map(*))
  }

  /// Where the parts begin that an index tensor names, how large each is, and the shape of them all.
  private static func places(
    _ x: FoldedTensor, _ indices: FoldedTensor, batchAxes: Int
  ) throws -> (shape: [Int], starts: [Int], size: Int) {
    guard let depth = indices.shape.last, depth > 0, (0..<indices.shape.count).contains(batchAxes),
      batchAxes + depth <= x.shape.count,
      indices.shape[..<batchAxes] == x.shape[..<batchAxes]
    else {
      throw NetworkError("expected positions in \(x.shape), found indices of \(indices.shape)")
    }
    let strides = View.strides(of: x.shape, order: Array(x.shape.indices))
    let size = x.shape[(batchAxes + depth)...].product
    let numbers = try indices.integers()
    let points = numbers.count / depth
    let perBatch = max(1, points / max(1, x.shape[..<batchAxes].product))
    let batchStride = batchAxes > 0 ? strides[batchAxes - 1] : 0
    var starts: [Int] = []
    for point in 0..<points {
      var start = batchAxes > 0 ? point / perBatch * batchStride : 0
      for axis in 0..<depth {
        let length = x.shape[batchAxes + axis]
        let number = numbers[point * depth + axis]
        let place = number < 0 ? number + length : number
        guard (0..<length).contains(place) else {
          throw NetworkError("expected indices below \(length), found \(number)")
        }
        start += place * strides[batchAxes + axis]
      }
      starts.append(start)
    }
    return (
      Array(indices.shape.dropLast()) + Array(x.shape[(batchAxes + depth)...]), starts, size
    )
  }
}
