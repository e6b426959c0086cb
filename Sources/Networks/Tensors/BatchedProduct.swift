// Matrix products, one for each of many batches.

internal import CBLAS

/// y[b] = scale · A[b] · B[b], A of rows × inner, B of inner × columns; y's batches lie one behind the other.
package struct BatchedProduct: Hashable, Sendable {
  package let rows: Int
  /// Terms of a sum.
  package let inner: Int
  package let columns: Int
  /// Whether a lies in memory inner × rows, and b columns × inner.
  package let transposesA: Bool
  package let transposesB: Bool
  package let scale: Float
  /// Where each batch's matrices begin; the same more than once where a batch axis is broadcast.
  package let aOffsets: [Int]
  package let bOffsets: [Int]
  package let output: MapShape

  package init(
    rows: Int, inner: Int, columns: Int, transposesA: Bool = false, transposesB: Bool = false,
    scale: Float = 1, aOffsets: [Int], bOffsets: [Int], output: MapShape
  ) {
    precondition(aOffsets.count == bOffsets.count, "Every batch has both factors.")
    precondition(
      aOffsets.count * rows * columns == output.count, "The output is all batches' products.")
    (self.rows, self.inner, self.columns) = (rows, inner, columns)
    (self.transposesA, self.transposesB, self.scale) = (transposesA, transposesB, scale)
    (self.aOffsets, self.bOffsets, self.output) = (aOffsets, bOffsets, output)
  }

  /// Batches of contiguous matrices, with batch axes that broadcast as NumPy's do.
  package init(
    rows: Int, inner: Int, columns: Int, transposesA: Bool = false, transposesB: Bool = false,
    scale: Float = 1, aBatches: [Int], bBatches: [Int], output: MapShape
  ) {
    let rank = max(aBatches.count, bBatches.count)
    let all = [aBatches, bBatches].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
    precondition(
      zip(all[0], all[1]).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 },
      "Batches \(aBatches) and \(bBatches) do not broadcast.")
    func offsets(_ own: [Int], matrix: Int) -> [Int] {
      var offsets = [0]
      for (axis, stride) in Rearrangement.strides(of: own).enumerated() {
        let step = own[axis] == 1 ? 0 : stride * matrix
        offsets = offsets.flatMap { from in
          (0..<max(all[0][axis], all[1][axis])).map { from + $0 * step }
        }
      }
      return offsets
    }
    self.init(
      rows: rows, inner: inner, columns: columns, transposesA: transposesA,
      transposesB: transposesB, scale: scale, aOffsets: offsets(all[0], matrix: rows * inner),
      bOffsets: offsets(all[1], matrix: inner * columns), output: output)
  }

  /// Rows of a product that are one piece of work.
  private static let rowTile = 128
  private var rowTiles: Int { (rows + Self.rowTile - 1) / Self.rowTile }
}

extension BatchedProduct: LayerKind {
  var name: String { "batched product" }
  var inputCounts: ClosedRange<Int> { 2...2 }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(
      aOffsets.allSatisfy { $0 + rows * inner <= inputs[0].count }
        && bOffsets.allSatisfy { $0 + inner * columns <= inputs[1].count },
      "Every batch's factors lie within the inputs.")
    return output
  }

  func multiplyAdds(input: MapShape, output: MapShape) -> Int { output.count * inner }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(aOffsets.count * rowTiles, Parts.count(work: output.count * inner / 16))
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    let (a, b, y) = unsafe (call.x, call.value(1), call.y)
    for piece in Parts.range(call.part, of: parts, count: aOffsets.count * rowTiles) {
      let (batch, first) = (piece / rowTiles, piece % rowTiles * Self.rowTile)
      unsafe cblas_sgemm(
        CblasRowMajor, transposesA ? CblasTrans : CblasNoTrans,
        transposesB ? CblasTrans : CblasNoTrans, Int32(min(Self.rowTile, rows - first)),
        Int32(columns), Int32(inner), scale,
        a + aOffsets[batch] + first * (transposesA ? 1 : inner),
        Int32(transposesA ? rows : inner), b + bOffsets[batch],
        Int32(transposesB ? inner : columns), 0, y + (batch * rows + first) * columns,
        Int32(columns))
    }
  }

  /// dA = scale · dY · Bᵀ and dB = scale · Aᵀ · dY, each as its factor lies, added up over the batches in order.
  func backward(_ call: LayerCall) {
    let (a, b, dy) = unsafe (call.x, call.value(1), call.dy)
    unsafe call.contribute(0) { target in
      unsafe target.update(repeating: 0, count: call.inputShape(0).count)
      for batch in aOffsets.indices {
        let dy = unsafe dy + batch * rows * columns
        let (b, target) = unsafe (b + bOffsets[batch], target + aOffsets[batch])
        if transposesA {
          unsafe add(b, dy, target, transposesB, true, inner, rows, columns)
        } else {
          unsafe add(dy, b, target, false, !transposesB, rows, inner, columns)
        }
      }
    }
    unsafe call.contribute(1) { target in
      unsafe target.update(repeating: 0, count: call.inputShape(1).count)
      for batch in bOffsets.indices {
        let dy = unsafe dy + batch * rows * columns
        let (a, target) = unsafe (a + aOffsets[batch], target + bOffsets[batch])
        if transposesB {
          unsafe add(dy, a, target, true, transposesA, columns, inner, rows)
        } else {
          unsafe add(a, dy, target, !transposesA, false, inner, columns, rows)
        }
      }
    }
  }

  /// target += scale · op(first) · op(second), m × n, over k terms.
  private func add(
    _ first: Floats, _ second: Floats, _ target: Floats, _ transposesFirst: Bool,
    _ transposesSecond: Bool, _ m: Int, _ n: Int, _ k: Int
  ) {
    unsafe cblas_sgemm(
      CblasRowMajor, transposesFirst ? CblasTrans : CblasNoTrans,
      transposesSecond ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), scale, first,
      Int32(transposesFirst ? m : k), second, Int32(transposesSecond ? k : n), 1, target, Int32(n))
  }
}
