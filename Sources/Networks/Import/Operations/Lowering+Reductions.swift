// Means, sums and extremes over axes of model files.

internal import ModelFiles

extension Lowering {
  private static func reduction(_ operation: Reduction.Operation) -> Handler {
    { lowering, call in try lowering.reduce(operation, call) }
  }

  static let reductionHandlers: [OperationKind: Handler] = [
    .mean: reduction(.mean), .sum: reduction(.sum), .maximumOver: reduction(.maximum),
    .minimumOver: reduction(.minimum), .productOver: reduction(.product),
    .l2Norm: reduction(.norm),
  ]

  private func reduce(
    _ reduction: Reduction.Operation, _ operation: LoweredOperation
  ) throws -> [LoweredValue] {
    let x = try operation.view()
    let rank = x.sizes.count
    let axes = try operation.reducedAxes(of: rank)
    guard !axes.contains(x.batchAxis) else {
      throw NetworkError("expected axes within a sample, found the batch's")
    }
    let keeps = try operation.flag("keepDimensions")
    var sizes = x.sizes
    for axis in axes { sizes[axis] = 1 }
    // The mean of all positions of a map is a pooling.
    let result: View
    if reduction == .mean, rank == 4, axes == [2, 3], x.batchAxis == 0, x.sizes[0] == 1 {
      let input = try map(x)
      result = try add(
        operation.name(of: ""), .adaptiveAveragePool(.global), [input.node], sizes: sizes,
        order: [0, 2, 3, 1], batch: .first)
    } else {
      let dense = try dense(x)
      let order = dense.memoryOrder
      let places = order.map { x.sizes[$0] }
      let reduced = Set(order.indices.filter { axes.contains(order[$0]) })
      guard Reduction.isPossible(sizes: places, axes: reduced) else {
        throw NetworkError("expected fewer axes, found \(described(x))")
      }
      let layer = Reduction(
        reduction, sizes: places, axes: reduced,
        output: Self.shape(sizes, order: order))
      result = try add(
        operation.name(of: ""), .reduction(layer), [dense.node], sizes: sizes, order: order,
        batch: x.batch)
    }
    guard !keeps else { return [.view(result)] }
    return [.view(result.without(axes))]
  }
}

extension View {
  /// Without axes of one element.
  func without(_ axes: Set<Int>) -> View {
    var result = self
    result.sizes = sizes.indices.filter { !axes.contains($0) }.map { sizes[$0] }
    result.strides = sizes.indices.filter { !axes.contains($0) }.map { strides[$0] }
    result.batchAxis = batchAxis - axes.count { $0 < batchAxis }
    return result
  }
}
