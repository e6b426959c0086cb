// Operations whose operands are all known before the network runs: what files compute of shapes, and of constants. What each
// gives stands in the files beside this one, a table each.

internal import ModelFiles

/// Numbers of constants in Float64.
enum Folding {
  /// Elements that a folded value may have: weights are taken as they are, and tables of positions are small.
  static let limit = 1 << 26
  /// The same of one number that stands for all elements: such are the weights of files that only show how they are meant.
  static let repeatedLimit = 1 << 27

  /// What an operation on constants gives; nil where these are none that it folds.
  typealias Rule = @Sendable (LoweredOperation) throws -> [FoldedTensor]?

  private static let rules: [OperationKind: Rule] = [
    functions, arithmetic, products, normalisations, sizes, FoldedShapes.rules, FoldedParts.rules,
    FoldedPoints.rules,
  ].reduce(into: [:]) { all, some in
    all.merge(some) { _, _ in preconditionFailure("A kind of operation is folded in one place.") }
  }

  /// What an operation gives; nil where an operand is not known yet, or it is no operation on constants.
  static func evaluate(_ operation: LoweredOperation) throws -> [FoldedTensor]? {
    for argument in operation.operation.arguments.values where !isFolded(argument, operation) {
      return nil
    }
    guard let rule = rules[operation.kind], try !isPerSample(operation),
      let results = try rule(operation)
    else { return nil }
    for result in results where !result.isRepeated { try check(result.shape) }
    return results
  }

  /// Whether it gives every sample its own: that is a node's value.
  private static func isPerSample(_ operation: LoweredOperation) throws -> Bool {
    let sizes: [Int]? =
      switch operation.kind {
      case .expand, .full: try operation.ints("shape")
      case .tile: try operation.ints("repeats")
      default: nil
      }
    return sizes?.contains { $0 > 0 && $0 % Lowering.batch == 0 } ?? false
  }

  /// That a tensor may have these sizes. Sizes of 0 do not make up for others.
  static func check(_ shape: [Int], upTo limit: Int = Folding.limit) throws {
    guard shape.allSatisfy({ $0 >= 0 }), shape.map({ Swift.max(1, $0) }).product <= limit else {
      throw NetworkError("expected a constant of \(limit) elements at most, found \(shape)")
    }
  }

  private static func isFolded(_ argument: Argument, _ operation: LoweredOperation) -> Bool {
    switch argument {
    case .value(let name): if case .folded? = operation.lowering.value(name) { true } else { false }
    case .list(let list): list.allSatisfy { isFolded($0, operation) }
    default: true
    }
  }

  /// With NumPy's broadcasting.
  static func combined(
    _ a: FoldedTensor, _ b: FoldedTensor, _ kind: FoldedTensor.Kind,
    _ body: (Double, Double) -> Double
  ) throws -> FoldedTensor {
    let rank = max(a.shape.count, b.shape.count)
    func extended(_ shape: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - shape.count) + shape
    }
    let (left, right) = (extended(a.shape), extended(b.shape))
    let sizes = try zip(left, right).map { one, other in
      guard one == other || one == 1 || other == 1 else {
        throw NetworkError("expected sizes that fit, found \(a.shape) and \(b.shape)")
      }
      return one == 1 ? other : one
    }
    try check(sizes)
    func positions(_ own: [Int]) -> [Int32] {
      var view = View(node: 0, sizes: own, order: Array(own.indices), batchAxis: View.noBatch)
      for axis in own.indices where own[axis] == 1 { view.strides[axis] = 0 }
      view.sizes = sizes
      return view.positions(in: Array(sizes.indices))
    }
    let (x, y) = (try a.values(), try b.values())
    if sizes == left, sizes == right {
      return FoldedTensor(shape: sizes, zip(x, y).map(body), kind)
    }
    return FoldedTensor(
      shape: sizes, zip(positions(left), positions(right)).map { body(x[Int($0)], y[Int($1)]) },
      kind)
  }
}
