// Elementwise arithmetic of two values with broadcasting.

internal import ModelFiles

extension Lowering {
  private static func arithmetic(_ operation: Broadcast.Operation) -> Handler {
    { lowering, call in [.view(try lowering.arithmetic(operation, call))] }
  }

  static let arithmeticHandlers: [OperationKind: Handler] = [
    .add: arithmetic(.add), .subtract: arithmetic(.subtract), .multiply: arithmetic(.multiply),
    .divide: arithmetic(.divide), .power: arithmetic(.power), .minimum: arithmetic(.minimum),
    .maximum: arithmetic(.maximum),
  ]

  private func arithmetic(
    _ operation: Broadcast.Operation, _ call: LoweredOperation
  ) throws -> View {
    guard call.text("rounding") == nil else {
      throw NetworkError("expected a division without rounding")
    }
    let alpha = try call.number("alpha", 1)
    switch (try call.value("a"), try scaled(call.value("b"), by: alpha, call)) {
    case (.view(let a)?, .view(let b)?): return try broadcast(operation, a, b, call)
    case (.view(let a)?, .folded(let b)?):
      if b.count == 1, b.constant == nil || b.shape.isEmpty,
        let function = scalar(operation, Float(try b.values()[0]), isLeft: false)
      {
        return try apply(function, to: a, named: call)
      }
      return try broadcast(
        operation, a, constant(b, named: call.name(of: "b") + ".b"), call)
    case (.folded(let a)?, .view(let b)?):
      if a.count == 1, a.constant == nil || a.shape.isEmpty,
        let function = scalar(operation, Float(try a.values()[0]), isLeft: true)
      {
        return try apply(function, to: b, named: call)
      }
      return try broadcast(
        operation, constant(a, named: call.name(of: "a") + ".a"), b, call)
    default: throw NetworkError("expected two values")
    }
  }

  /// The second operand times PyTorch's `alpha`.
  private func scaled(
    _ value: LoweredValue?, by alpha: Double, _ call: LoweredOperation
  ) throws -> LoweredValue? {
    guard alpha != 1 else { return value }
    switch value {
    case .view(let view)?:
      return .view(try apply(.affine(factor: Float(alpha), offset: 0), to: view, named: call))
    case .folded(let tensor)?:
      if let constant = tensor.constant { use([constant]) }
      return .folded(try tensor.multiplied(by: alpha))
    default: return value
    }
  }

  /// What an operation with one number is.
  private func scalar(
    _ operation: Broadcast.Operation, _ number: Float, isLeft: Bool
  ) -> ElementFunction? {
    switch (operation, isLeft) {
    case (.add, _): .affine(factor: 1, offset: number)
    case (.subtract, false): .affine(factor: 1, offset: -number)
    case (.subtract, true): .affine(factor: -1, offset: number)
    case (.multiply, _): .affine(factor: number, offset: 0)
    case (.divide, false): .affine(factor: 1 / number, offset: 0)
    case (.power, false): .power(exponent: number)
    case (.minimum, _): .clamp(minimum: -.infinity, maximum: number)
    case (.maximum, _): .clamp(minimum: number, maximum: .infinity)
    default: nil
    }
  }

  /// A constant as a node, its axes as the file has them.
  func constant(_ tensor: FoldedTensor, named name: String) throws -> View {
    let sizes = tensor.shape
    try Limits.check(sizes)
    if let constant = tensor.constant { use([constant]) }
    let order = Array(sizes.indices)
    return try add(
      name, .constant(Constant(shape: sizes, output: Self.shape(sizes, order: order))), [0],
      sizes: sizes, order: order, batch: .none,
      parameters: ["value": tensor])
  }

  func broadcast(
    _ operation: Broadcast.Operation, _ a: View, _ b: View, _ call: LoweredOperation
  ) throws -> View {
    let rank = max(a.sizes.count, b.sizes.count)
    var (left, right) = (a.extended(to: rank), b.extended(to: rank))
    let batch = left.batch == .none ? right.batch : left.batch
    guard fits(left, batch), fits(right, batch),
      batch == .none || left.batch != right.batch
        || left.sizes[batch.axis] == right.sizes[batch.axis]
    else {
      throw NetworkError(
        "expected the batch on one axis, found \(described(a)) and \(described(b))")
    }
    let sizes = try zip(left.sizes, right.sizes).map { one, other in
      guard one == other || one == 1 || other == 1 else {
        throw NetworkError("expected sizes that fit, found \(described(a)) and \(described(b))")
      }
      return max(one, other)
    }
    if left.offset != 0 { left = try dense(left) }
    if right.offset != 0 { right = try dense(right) }
    // As the larger one lies, so that most is read and written in one run.
    let order = (left.count >= right.count ? left : right).memoryOrder
    if operation == .add, left.node != right.node, left.sizes == right.sizes,
      left.batch == right.batch,
      left.isDense(of: count(of: left.node)), right.lies(in: order, of: count(of: right.node)),
      left.lies(in: order, of: count(of: left.node))
    {
      let shape = shapes[left.node]
      let inputs = [left.node, try node(right, as: shape)]
      return try add(
        call.name(of: ""), .sum, inputs, sizes: sizes, order: order, batch: batch)
    }
    func strides(_ view: View) -> [Int] {
      order.map { view.sizes[$0] == 1 ? 0 : view.strides[$0] }
    }
    let places = order.map { sizes[$0] }
    guard Walk(sizes: places, a: strides(left), b: strides(right)).isPossible else {
      throw NetworkError(
        "expected values that lie alike along most axes, found \(described(a)) and \(described(b))")
    }
    let layer = Broadcast(
      operation, sizes: places, aStrides: strides(left),
      bStrides: strides(right), output: Self.shape(sizes, order: order))
    return try add(
      call.name(of: ""), .broadcast(layer), [left.node, right.node], sizes: sizes, order: order,
      batch: batch)
  }
}
