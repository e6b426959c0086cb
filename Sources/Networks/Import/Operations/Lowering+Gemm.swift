// ONNX's Gemm: alpha · a b + beta · c, either side transposed.

internal import ModelFiles

extension Lowering {
  /// A product with a constant matrix is a linear layer, whichever side the constant is: a b = (bᵀ aᵀ)ᵀ. What is added is its
  /// bias where there is one number for every output, or one for all.
  func gemm(_ operation: LoweredOperation) throws -> View {
    func side(_ name: String, _ flag: String) throws -> (value: LoweredValue?, isTransposed: Bool) {
      (try operation.value(name), try operation.flag(flag))
    }
    let (a, b) = (try side("a", "transposeA"), try side("b", "transposeB"))
    let alpha = try operation.number("alpha", 1)
    switch (a.value, b.value) {
    case (.view(let x)?, .folded(let matrix)?):
      let rows = try a.isTransposed ? matrixTransposed(x) : x
      let weight = try b.isTransposed ? matrix : matrix.transposed()
      return try gemm(rows, weight, alpha, source: matrix, "b", isTurned: false, operation)
    case (.folded(let matrix)?, .view(let x)?):
      let rows = try b.isTransposed ? x : matrixTransposed(x)
      let weight = try a.isTransposed ? matrix.transposed() : matrix
      return try gemm(rows, weight, alpha, source: matrix, "a", isTurned: true, operation)
    default: throw NetworkError("expected a product of the input's and a constant matrix")
    }
  }

  private func matrixTransposed(_ view: View) throws -> View {
    guard view.sizes.count == 2 else {
      throw NetworkError("expected a matrix, found \(described(view))")
    }
    return view.transposed([1, 0])
  }

  private func gemm(
    _ x: View, _ weight: FoldedTensor, _ alpha: Double, source: FoldedTensor, _ name: String,
    isTurned: Bool, _ operation: LoweredOperation
  ) throws -> View {
    let scaled = try alpha == 1 ? weight : weight.multiplied(by: alpha)
    let beta = try operation.number("beta", 1)
    let added = beta == 0 ? nil : try operation.value("c")
    var bias: FoldedTensor?
    if case .folded(let constant)? = added {
      bias = try constant.bias(of: weight.shape.first ?? 0, isColumn: isTurned)
      if beta != 1 { bias = try bias?.multiplied(by: beta) }
      use([constant.constant].compactMap(\.self))
    }
    guard
      case .view(let product) = try linear(
        x, scaled, bias: bias, named: operation.name(of: name), source: source, of: operation)
    else { throw NetworkError("expected a matrix") }
    let result = isTurned ? product.transposed([1, 0]) : product
    guard bias == nil, let added else { return result }
    let view: View
    switch added {
    case .view(let found): view = found
    case .folded(let constant):
      view = try self.constant(constant, named: operation.name(of: "c") + ".c")
    default: throw NetworkError("expected c to be a value")
    }
    let scaledView =
      beta == 1
      ? view : try apply(.affine(factor: Float(beta), offset: 0), to: view, named: operation)
    return try broadcast(.add, result, scaledView, operation)
  }
}

extension FoldedTensor {
  /// Every number times another.
  func multiplied(by factor: Double) throws -> FoldedTensor {
    FoldedTensor(shape: shape, try values().map { factor * $0 }, .fraction)
  }

  /// One number for each of so many outputs, as it stands there or repeated; nil for what is no such thing.
  /// - Parameter isColumn: Whether outputs lie along the first of two axes.
  fileprivate func bias(of outputs: Int, isColumn: Bool) throws -> FoldedTensor? {
    if count == 1, outputs != 1 {
      return FoldedTensor(
        shape: [outputs], [Double](repeating: try scalar(), count: outputs), .fraction)
    }
    let own = isColumn ? [[outputs, 1]] : [[outputs], [1, outputs]]
    return count == 1 || own.contains(shape) ? try reshaped(to: [count]) : nil
  }
}
