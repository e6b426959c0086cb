// Values beside each other along an axis.

internal import ModelFiles

extension Lowering {
  static let joinHandlers: [OperationKind: Handler] = [
    .concatenate: { lowering, operation in
      [.view(try lowering.join(operation, try operation.list("inputs")))]
    },
    .stack: { lowering, operation in
      let parts = try operation.list("inputs").map { part -> LoweredValue in
        guard case .view(var view) = part else {
          throw NetworkError("expected values that are computed of the input")
        }
        let axis = try operation.axis(operation.int("axis", 0), of: view.sizes.count + 1)
        view.sizes.insert(1, at: axis)
        view.strides.insert(0, at: axis)
        if axis <= view.batchAxis { view.batchAxis += 1 }
        return .view(view)
      }
      return [.view(try lowering.join(operation, parts))]
    },
  ]

  private func join(_ operation: LoweredOperation, _ parts: [LoweredValue]) throws -> View {
    let views: [View?] = parts.map { if case .view(let view) = $0 { view } else { nil } }
    guard let first = views.lazy.compactMap(\.self).first else {
      throw NetworkError("expected a value that is computed of the input")
    }
    let all = try zip(views, parts).map { view, part in
      if let view { return view }
      guard case .folded(let tensor) = part else { throw NetworkError("expected values") }
      return try constant(tensor, named: operation.name(of: "") + ".part")
    }
    return try join(
      all, axis: operation.axis(operation.int("axis", 0), of: first.sizes.count), operation)
  }

  /// Values one behind the other along an axis.
  func join(_ all: [View], axis: Int, _ operation: LoweredOperation) throws -> View {
    if all.count == 1 { return all[0] }
    let first = all.first { $0.batch != .none } ?? all[0]
    let rank = first.sizes.count
    guard axis != first.batchAxis else { throw NetworkError("expected to join within a sample") }
    for view in all {
      guard view.sizes.count == rank, view.batch == first.batch || view.batch == .none,
        view.sizes.indices.allSatisfy({ $0 == axis || view.sizes[$0] == first.sizes[$0] })
      else {
        throw NetworkError(
          "expected sizes that fit, found \(described(first)) and \(described(view))")
      }
    }
    guard all.count <= 1024 else {
      throw NetworkError("expected at most 1024 values to join, found \(all.count)")
    }
    var sizes = first.sizes
    sizes[axis] = all.reduce(0) { $0 + $1.sizes[axis] }
    try Limits.check(sizes)
    // Maps stay maps.
    let order = all.map(\.memoryOrder).first { $0 == [0, 2, 3, 1] } ?? first.memoryOrder
    let dense = try all.map { try self.dense($0, in: order) }
    if rank == 4, axis == 1, first.batchAxis == 0, first.sizes[0] == 1,
      order.last == 1 || first.sizes[1] == 1, all.count <= 64
    {
      let maps = try dense.map { try map($0).node }
      return try add(
        operation.name(of: ""), .concatenation, maps, sizes: sizes, order: [0, 2, 3, 1],
        batch: .first)
    }
    let place = order.firstIndex(of: axis) ?? 0
    let layer = Join(
      outer: order[..<place].map { sizes[$0] }.product,
      output: Self.shape(sizes, order: order))
    return try add(
      operation.name(of: ""), .join(layer), dense.map(\.node), sizes: sizes, order: order,
      batch: first.batch)
  }
}
