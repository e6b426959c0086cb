// Operations whose operands are all known before the network runs: what files compute of shapes, and of constants.

internal import Glibc
internal import ModelFiles
internal import WeightFiles

/// Numbers of constants in Float64.
enum Folding {
  /// Elements that a folded value may have: weights are taken as they are, and tables of positions are small.
  static let limit = 1 << 26
  /// The same of one number that stands for all elements: such are the weights of files that only show how they are meant.
  private static let repeatedLimit = 1 << 27

  /// What an operation gives; nil where an operand is not known yet, or it is no operation on constants.
  static func evaluate(_ operation: LoweredOperation) throws -> [FoldedTensor]? {
    for argument in operation.operation.arguments.values where !isFolded(argument, operation) {
      return nil
    }
    // What is there for every sample is a node's value.
    if operation.kind == .expand,
      try operation.needed("shape").integers().contains(where: {
        $0 > 0 && $0 % Lowering.batch == 0
      })
    {
      return nil
    }
    guard let results = try results(operation) else { return nil }
    for result in results where !result.isRepeated { try check(result.shape) }
    return results
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

  private static func results(_ operation: LoweredOperation) throws -> [FoldedTensor]? {
    if let function = unary[operation.kind] {
      let x = try operation.needed("input")
      return [
        FoldedTensor(
          shape: x.shape, try x.values().map(function),
          isInteger: x.isInteger && exact.contains(operation.kind))
      ]
    }
    if let function = binary[operation.kind] {
      let (a, b) = (try operation.needed("a"), try operation.needed("b"))
      return [
        try combined(
          a, b, isInteger: comparisons.contains(operation.kind) || a.isInteger && b.isInteger
        ) {
          function($0, $1)
        }
      ]
    }
    switch operation.kind {
    case .identity: return [try operation.needed("input")]
    case .remainder:
      let (a, b) = (try operation.needed("a"), try operation.needed("b"))
      let truncates = try operation.flag("truncates")
      return [
        try combined(a, b, isInteger: a.isInteger && b.isInteger) { left, right in
          right == 0
            ? .nan
            : left - right * (left / right).rounded(truncates ? .towardZero : .down)
        }
      ]
    case .divide: return [try quotient(operation)]
    case .add, .subtract:
      let (a, b) = (try operation.needed("a"), try operation.needed("b"))
      let alpha = try operation.number("alpha", 1) * (operation.kind == .add ? 1 : -1)
      return [try combined(a, b, isInteger: a.isInteger && b.isInteger) { $0 + alpha * $1 }]
    case .choose:
      let condition = try operation.needed("condition")
      let (a, b) = (try operation.needed("a"), try operation.needed("b"))
      let left = try combined(condition, a, isInteger: a.isInteger) { $0 != 0 ? $1 : .nan }
      let right = try combined(condition, b, isInteger: b.isInteger) { $0 == 0 ? $1 : .nan }
      return [
        try combined(left, right, isInteger: a.isInteger && b.isInteger) { $0.isNaN ? $1 : $0 }
      ]
    case .cast:
      let x = try operation.needed("input")
      let type = operation.text("type") ?? "float32"
      let isFloat = ["float32", "float16", "bfloat16", "float64"].contains(type)
      let values = try x.values().map {
        isFloat ? $0 : type == "bool" ? ($0 != 0 ? 1 : 0) : trunc($0)
      }
      return [FoldedTensor(shape: x.shape, values, isInteger: !isFloat)]
    case .clip:
      let x = try operation.needed("input")
      let (low, high) = (
        try operation.number("minimum", -.infinity), try operation.number("maximum", .infinity)
      )
      return [
        FoldedTensor(
          shape: x.shape, try x.values().map { min(max($0, low), high) }, isInteger: x.isInteger)
      ]
    case .shape:
      let shape = try operation.needed("input").shape
      let (start, end) = (try operation.int("start", 0), try operation.int("end", shape.count))
      let places = slicePlaces(of: shape.count, start: start, end: end, step: 1)
      return [FoldedTensor(places.map { shape[$0] })]
    case .size:
      let shape = try operation.needed("input").shape
      let axis = try operation.axis(operation.int("axis", 0), of: shape.count)
      return [FoldedTensor(shape: [], [Double(shape[axis])], isInteger: true)]
    case .full:
      let shape = try operation.needed("shape").integers()
      let value = try operation.folded("value")
      try check(shape, upTo: repeatedLimit)
      let number = try value?.values().first ?? 0
      let isInteger =
        operation.text("type").map { !$0.contains("float") } ?? value?.isInteger ?? false
      return [FoldedTensor(shape: shape, repeating: number, isInteger: isInteger)]
    case .range:
      let (start, step) = (try operation.number("start", 0), try operation.number("step", 1))
      let end = try operation.needed("end").scalar()
      guard step != 0, abs((end - start) / step) < Double(limit) else {
        throw NetworkError("expected a shorter range, found \(start)…\(end)")
      }
      let values = Array(stride(from: start, to: end, by: step))
      return [
        FoldedTensor(
          shape: [values.count], values, isInteger: start == trunc(start) && step == trunc(step))
      ]
    case .linear:
      return [
        try biased(
          matrixProduct(operation.needed("input"), operation.needed("weight").transposed()),
          operation)
      ]
    case .matrixProduct:
      return [
        try biased(matrixProduct(operation.needed("a"), operation.needed("b")), operation)
      ]
    case .productOver, .sum, .mean, .maximumOver, .minimumOver: return [try reduced(operation)]
    default: return try FoldedShapes.results(operation) ?? FoldedPoints.results(operation)
    }
  }

  /// Integers stay integers.
  private static let exact: Set<OperationKind> = [
    .negation, .absolute, .floor, .ceil, .round, .sign, .not, .rectifier,
  ]
  private static let comparisons: Set<OperationKind> = [
    .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or, .exclusiveOr,
  ]

  private static let unary: [OperationKind: @Sendable (Double) -> Double] = [
    .negation: { -$0 }, .absolute: { abs($0) }, .floor: { $0.rounded(.down) },
    .ceil: { $0.rounded(.up) }, .round: { $0.rounded(.toNearestOrEven) },
    .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, .not: { $0 == 0 ? 1 : 0 },
    .squareRoot: { $0.squareRoot() }, .reciprocalSquareRoot: { 1 / $0.squareRoot() },
    .reciprocal: { 1 / $0 }, .exponential: { exp($0) }, .logarithm: { log($0) },
    .sine: { sin($0) }, .cosine: { cos($0) }, .tanh: { tanh($0) },
    .sigmoid: { 1 / (1 + exp(-$0)) }, .rectifier: { max($0, 0) }, .errorFunction: { erf($0) },
  ]

  private static let binary: [OperationKind: @Sendable (Double, Double) -> Double] = [
    .multiply: { $0 * $1 }, .power: { pow($0, $1) }, .minimum: { min($0, $1) },
    .maximum: { max($0, $1) },
    .equal: { $0 == $1 ? 1 : 0 }, .less: { $0 < $1 ? 1 : 0 }, .lessOrEqual: { $0 <= $1 ? 1 : 0 },
    .greater: { $0 > $1 ? 1 : 0 }, .greaterOrEqual: { $0 >= $1 ? 1 : 0 },
    .and: { $0 != 0 && $1 != 0 ? 1 : 0 }, .or: { $0 != 0 || $1 != 0 ? 1 : 0 },
    .exclusiveOr: { ($0 != 0) != ($1 != 0) ? 1 : 0 },
  ]

  private static func quotient(_ operation: LoweredOperation) throws -> FoldedTensor {
    let (a, b) = (try operation.needed("a"), try operation.needed("b"))
    let rounding = operation.text("rounding")
    let areIntegers = a.isInteger && b.isInteger
    // ONNX divides integers as C does.
    let truncates = try areIntegers && operation.flag("truncatesIntegers")
    let isInteger = areIntegers && (rounding != nil || truncates)
    return try combined(a, b, isInteger: isInteger) { left, right in
      switch rounding ?? (truncates ? "truncate" : nil) {
      case "floor": (left / right).rounded(.down)
      case "truncate": trunc(left / right)
      default: left / right
      }
    }
  }

  /// With NumPy's broadcasting.
  static func combined(
    _ a: FoldedTensor, _ b: FoldedTensor, isInteger: Bool, _ body: (Double, Double) -> Double
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
      return FoldedTensor(shape: sizes, zip(x, y).map(body), isInteger: isInteger)
    }
    return FoldedTensor(
      shape: sizes, zip(positions(left), positions(right)).map { body(x[Int($0)], y[Int($1)]) },
      isInteger: isInteger)
  }

  /// Rows of any number of axes times a matrix.
  private static func matrixProduct(_ a: FoldedTensor, _ b: FoldedTensor) throws -> FoldedTensor {
    guard b.shape.count == 2, let depth = a.shape.last, depth == b.shape[0] else {
      throw NetworkError("expected constant matrices that fit, found \(a.shape) and \(b.shape)")
    }
    let columns = b.shape[1]
    let (x, y) = (try a.values(), try b.values())
    let rows = depth == 0 ? 0 : x.count / depth
    guard [rows, depth, columns].product <= 1 << 33 else {
      throw NetworkError("expected smaller constant matrices, found \(a.shape) and \(b.shape)")
    }
    try check([rows, columns])
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
      shape: a.shape.dropLast() + [columns], result, isInteger: a.isInteger && b.isInteger)
  }

  private static func biased(
    _ product: FoldedTensor, _ operation: LoweredOperation
  ) throws -> FoldedTensor {
    guard let bias = try operation.folded("bias") else { return product }
    return try combined(product, bias, isInteger: false, +)
  }

  private static func reduced(_ operation: LoweredOperation) throws -> FoldedTensor {
    let x = try operation.needed("input")
    let rank = x.shape.count
    let axes = Set(
      try operation.ints("axes", Array(0..<rank)).map { try operation.axis($0, of: rank) })
    let order = (0..<rank).filter { !axes.contains($0) } + axes.sorted()
    let view = View(node: 0, sizes: x.shape, order: Array(0..<rank), batchAxis: View.noBatch)
    let values = try x.values()
    let inner = axes.map { x.shape[$0] }.product
    let outer = (0..<rank).filter { !axes.contains($0) }.map { x.shape[$0] }.product
    try check([outer])
    let positions = view.positions(in: order)
    let isOfTruths = x.constant?.type == .bool
    let results = (0..<outer).map { row -> Double in
      let part = positions[row * inner..<(row + 1) * inner].map { values[Int($0)] }
      switch operation.kind {
      case .productOver: return part.reduce(1, *)
      case .sum: return part.reduce(0, +)
      case .mean: return part.reduce(0, +) / Double(inner)
      case .maximumOver: return part.max() ?? (isOfTruths ? 0 : -.infinity)
      default: return part.min() ?? (isOfTruths ? 1 : .infinity)
      }
    }
    let keeps = try operation.flag("keepDimensions")
    let shape = (0..<rank).compactMap { axes.contains($0) ? (keeps ? 1 : nil) : x.shape[$0] }
    return FoldedTensor(
      shape: shape, results, isInteger: x.isInteger && operation.kind != .mean)
  }
}
