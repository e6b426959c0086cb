// Numbers that count samples: what exporters write for a view of memory that they cannot name, x.flatten()[n · size + i].

internal import ModelFiles

/// A tensor with one number more for every sample: `first` is sample 0's, and each later one's are `step` larger.
struct BatchNumbers {
  /// The batch's axis has one element.
  let first: FoldedTensor
  let axis: Int
  let step: Double

  /// What an operation on such numbers gives; nil where it is none of those that exporters make positions by.
  static func evaluate(_ operation: LoweredOperation) throws -> BatchNumbers? {
    switch operation.kind {
    case .range:
      guard try operation.number("start", 0) == 0, try operation.number("step", 1) == 1,
        let end = try operation.folded("end"), try end.scalar() == Double(Lowering.batch)
      else { return nil }
      return BatchNumbers(
        first: FoldedTensor(shape: [1], [0], .integer), axis: 0, step: 1)
    case .identity, .cast:
      guard case .perSample(let numbers)? = try operation.value("input") else { return nil }
      return numbers
    case .multiply:
      guard let (numbers, factor) = try operands(operation), factor.count == 1,
        factor.shape.count <= numbers.first.shape.count
      else { return nil }
      let scale = try factor.scalar()
      return BatchNumbers(
        first: FoldedTensor(
          shape: numbers.first.shape, try numbers.first.values().map { $0 * scale }, .integer),
        axis: numbers.axis, step: numbers.step * scale)
    case .add:
      guard let (numbers, other) = try operands(operation),
        other.shape.count <= numbers.first.shape.count,
        other.shape.isEmpty || numbers.axis < numbers.first.shape.count - other.shape.count
          || other.shape[numbers.axis - numbers.first.shape.count + other.shape.count] == 1
      else { return nil }
      return BatchNumbers(
        first: try Folding.combined(numbers.first, other, .integer, +), axis: numbers.axis,
        step: numbers.step)
    case .unsqueeze:
      guard case .perSample(let numbers)? = try operation.value("input") else { return nil }
      var (shape, axis) = (numbers.first.shape, numbers.axis)
      for new in try operation.insertedAxes(into: shape.count) {
        shape.insert(1, at: new)
        if new <= axis { axis += 1 }
      }
      return BatchNumbers(
        first: try numbers.first.reshaped(to: shape), axis: axis, step: numbers.step)
    case .reshape:
      // To one axis for the samples and others of one element.
      guard case .perSample(let numbers)? = try operation.value("input"), numbers.first.count == 1
      else { return nil }
      let shape = try operation.needed("shape").integers()
      let axes = shape.indices.filter { shape[$0] == Lowering.batch || shape[$0] == -1 }
      guard axes.count == 1,
        shape.enumerated().allSatisfy({ axes.contains($0.offset) || $0.element == 1 })
      else { return nil }
      return BatchNumbers(
        first: try numbers.first.reshaped(to: shape.map { _ in 1 }), axis: axes[0],
        step: numbers.step)
    default: return nil
    }
  }

  private static func operands(
    _ operation: LoweredOperation
  ) throws -> (BatchNumbers, FoldedTensor)? {
    switch (try operation.value("a"), try operation.value("b")) {
    case (.perSample(let numbers)?, .folded(let other)?),
      (.folded(let other)?, .perSample(let numbers)?):
      (numbers, other)
    default: nil
    }
  }
}

extension Lowering {
  /// Elements of a value that was flattened with the batch, at each sample's own positions.
  func gather(_ x: View, at numbers: BatchNumbers, _ operation: LoweredOperation) throws -> View {
    guard x.sizes.count == 1, x.batchAxis == 0, numbers.step == Double(x.count) else {
      throw NetworkError("expected positions within each sample of \(described(x))")
    }
    let places = try numbers.first.integers()
    guard places.allSatisfy({ (0..<x.count).contains($0) }) else {
      throw NetworkError("expected positions within each sample of \(described(x))")
    }
    let sizes = numbers.first.shape
    if places == Array(0..<x.count),
      let view = x.reshaped(to: sizes, batch: View.Batch(axis: numbers.axis))
    {
      return view
    }
    let order = Array(sizes.indices)
    let layer = Rearrangement(
      indices: places.map { Int32(x.offset + $0 * x.strides[0]) }, inputCount: count(of: x.node),
      output: Self.shape(sizes, order: order))
    return try add(
      operation.name(of: ""), .rearrangement(layer), [x.node], sizes: sizes, order: order,
      batch: View.Batch(axis: numbers.axis))
  }
}
