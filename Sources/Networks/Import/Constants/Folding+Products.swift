// Matrix products of constants, and sums and extremes over their axes.

internal import ModelFiles

extension Folding {
  static let products: [OperationKind: Rule] = [
    .linear: { operation in
      [
        try biased(
          matrixProduct(operation.needed("input"), operation.needed("weight").transposed()),
          operation)
      ]
    },
    .matrixProduct: { operation in
      [try biased(matrixProduct(operation.needed("a"), operation.needed("b")), operation)]
    },
    .gemm: { operation in
      func side(_ name: String, _ flag: String) throws -> FoldedTensor {
        let matrix = try operation.needed(name)
        guard matrix.shape.count == 2 else {
          throw NetworkError("expected matrices, found \(name) of \(matrix.shape)")
        }
        return try operation.flag(flag) ? matrix.transposed() : matrix
      }
      let product = try matrixProduct(side("a", "transposeA"), side("b", "transposeB"))
      let scaled = try product.multiplied(by: operation.number("alpha", 1))
      guard let added = try operation.folded("c") else { return [scaled] }
      return [
        try combined(scaled, added.multiplied(by: operation.number("beta", 1)), .fraction, +)
      ]
    },
    .cumulativeSum: { [try cumulated($0)] },
    .sum: { [try reduced($0) { $0.reduce(0, +) }] },
    .mean: { [try reduced($0, .fraction) { $0.reduce(0, +) / Double($0.count) }] },
    .productOver: { [try reduced($0) { $0.reduce(1, *) }] },
    .maximumOver: { operation in
      let least = try operation.needed("input").kind == .truth ? 0 : -Double.infinity
      return [try reduced(operation) { $0.max() ?? least }]
    },
    .minimumOver: { operation in
      let most = try operation.needed("input").kind == .truth ? 1 : Double.infinity
      return [try reduced(operation) { $0.min() ?? most }]
    },
  ]

  /// Sums along an axis up to each element, or from it on.
  private static func cumulated(_ operation: LoweredOperation) throws -> FoldedTensor {
    let x = try operation.needed("input")
    let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
    let (excludes, isReversed) = (try operation.flag("excludes"), try operation.flag("reversed"))
    let (size, inner) = (x.shape[axis], x.shape[(axis + 1)...].product)
    var values = try x.values()
    for start in values.indices where start / inner % size == 0 {
      var sum = 0.0
      for step in 0..<size {
        let place = start + (isReversed ? size - 1 - step : step) * inner
        let before = sum
        sum += values[place]
        values[place] = excludes ? before : sum
      }
    }
    return FoldedTensor(shape: x.shape, values, x.kind.computed(with: .integer))
  }

  /// Rows of any number of axes times a matrix.
  private static func matrixProduct(_ a: FoldedTensor, _ b: FoldedTensor) throws -> FoldedTensor {
    guard b.shape.count == 2, let depth = a.shape.last, depth == b.shape[0] else {
      throw NetworkError("expected constant matrices that fit, found \(a.shape) and \(b.shape)")
    }
    let columns = b.shape[1]
    let rows = a.shape.dropLast().product
    guard [rows, depth, columns].product <= 1 << 33 else {
      throw NetworkError("expected smaller constant matrices, found \(a.shape) and \(b.shape)")
    }
    try check([rows, columns])
    let (x, y) = (try a.values(), try b.values())
    var result = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for k in 0..<depth {
        let factor = x[row * depth + k]
        for column in 0..<columns {
          result[row * columns + column] += factor * y[k * columns + column]
        }
      }
    }
    return FoldedTensor(
      shape: a.shape.dropLast() + [columns], result, a.kind.computed(with: b.kind))
  }

  private static func biased(
    _ product: FoldedTensor, _ operation: LoweredOperation
  ) throws -> FoldedTensor {
    guard let bias = try operation.folded("bias") else { return product }
    return try combined(product, bias, .fraction, +)
  }

  /// - Parameter kind: The input's where nil; sums of truth values are whole numbers.
  private static func reduced(
    _ operation: LoweredOperation, _ kind: FoldedTensor.Kind? = nil,
    _ body: ([Double]) -> Double
  ) throws -> FoldedTensor {
    let x = try operation.needed("input")
    let rank = x.shape.count
    let axes = try operation.reducedAxes(of: rank)
    let order = (0..<rank).filter { !axes.contains($0) } + axes.sorted()
    let view = View(node: 0, sizes: x.shape, order: Array(0..<rank), batchAxis: View.noBatch)
    let values = try x.values()
    let inner = axes.map { x.shape[$0] }.product
    let outer = (0..<rank).filter { !axes.contains($0) }.map { x.shape[$0] }.product
    try check([outer])
    let positions = view.positions(in: order)
    let results = (0..<outer).map { row in
      body(positions[row * inner..<(row + 1) * inner].map { values[Int($0)] })
    }
    let keeps = try operation.flag("keepDimensions")
    let shape = (0..<rank).compactMap { axes.contains($0) ? (keeps ? 1 : nil) : x.shape[$0] }
    let own: FoldedTensor.Kind =
      operation.kind == .maximumOver || operation.kind == .minimumOver
      ? x.kind : x.kind.computed(with: .integer)
    return FoldedTensor(shape: shape, results, kind ?? own)
  }
}

extension LoweredOperation {
  /// Those that a reduction is over: all where it names none.
  func reducedAxes(of rank: Int) throws -> Set<Int> {
    let named = try ints("axes", [])
    return named.isEmpty ? Set(0..<rank) : Set(try named.map { try axis($0, of: rank) })
  }
}
