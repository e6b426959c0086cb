// Windows along an axis, and sums of all that is before an element.

internal import ModelFiles

extension Lowering {
  static let windowHandlers: [OperationKind: Handler] = [
    .unfold: { _, operation in
      let x = try operation.view()
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      guard axis != x.batchAxis else { throw NetworkError("expected windows within a sample") }
      return [.view(try x.unfolded(axis, operation.unfolding(x.sizes[axis])))]
    },
    // A product with a triangle of ones.
    .cumulativeSum: { lowering, operation in
      let x = try operation.view()
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      let size = x.sizes[axis]
      try Limits.check([size, size], most: Limits.places)
      let (excludes, isReversed) = (
        try operation.flag("excludes"), try operation.flag("reversed")
      )
      let ones = (0..<size * size).map { place -> Double in
        let distance = (place / size - place % size) * (isReversed ? -1 : 1)
        return distance > 0 || distance == 0 && !excludes ? 1 : 0
      }
      var order = Array(x.sizes.indices)
      order.swapAt(axis, order.count - 1)
      let result = try lowering.linear(
        x.transposed(order), FoldedTensor(shape: [size, size], ones, .fraction), bias: nil,
        named: operation.name(of: ""), of: operation)
      guard case .view(let sums) = result else { return [result] }
      return [.view(sums.transposed(order))]
    },
  ]
}

extension View {
  /// Windows of an axis: how many, each `step` behind the one before, as a view that overlaps.
  func unfolded(_ axis: Int, _ windows: (count: Int, size: Int, step: Int)) -> View {
    var result = self
    result.sizes[axis] = windows.count
    result.strides[axis] *= windows.step
    result.sizes.append(windows.size)
    result.strides.append(strides[axis])
    return result
  }
}

extension LoweredOperation {
  /// Windows of an axis of `length` elements.
  func unfolding(_ length: Int) throws -> (count: Int, size: Int, step: Int) {
    let (size, step) = (try int("size", 0), try int("step", 0))
    guard (1...length).contains(size), Limits.window.contains(step) else {
      throw NetworkError("expected windows of 1 to \(length), found \(size) with the step \(step)")
    }
    return ((length - size) / step + 1, size, step)
  }
}
