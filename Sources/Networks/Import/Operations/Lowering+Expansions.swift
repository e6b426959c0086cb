// Operations that repeat elements: stretched axes are views of stride 0, tiles copies. A constant that a file repeats for every
// sample becomes a value of each.

internal import ModelFiles

extension Lowering {
  static let expansionHandlers: [OperationKind: Handler] = [
    .expand: { lowering, operation in
      let target = try operation.needed("shape").integers()
      if case .folded(let tensor)? = try operation.value("input") {
        return [.view(try lowering.expand(tensor, to: target, named: operation.name(of: "")))]
      }
      return [.view(try lowering.stretch(operation.view(), to: target))]
    },
    .tile: { lowering, operation in
      let repeats = try operation.needed("repeats").integers()
      if case .folded(let tensor)? = try operation.value("input") {
        return [.view(try lowering.tile(tensor, repeats, named: operation.name(of: "")))]
      }
      return [.view(try lowering.tile(operation.view(), repeats, named: operation.name(of: "")))]
    },
    .full: { lowering, operation in
      let shape = try operation.needed("shape").integers()
      let value = try operation.filling()
      let one = FoldedTensor(shape: [], [value.number], value.kind)
      return [.view(try lowering.expand(one, to: shape, named: operation.name(of: "")))]
    },
  ]

  private func stretch(_ view: View, to target: [Int]) throws -> View {
    guard target.count >= view.sizes.count else {
      throw NetworkError("expected a shape of \(view.sizes.count) axes at least, found \(target)")
    }
    var x = view.extended(to: target.count)
    for (axis, size) in target.enumerated() where size != -1 && size != 1 {
      let isBatch = axis == x.batchAxis
      guard x.sizes[axis] * (isBatch ? Self.batch : 1) != size else { continue }
      guard !isBatch, size > 1, x.sizes[axis] == 1 else {
        throw NetworkError("expected \(described(x)) to be stretched, found \(spelled(target))")
      }
      x.sizes[axis] = size
      x.strides[axis] = 0
    }
    return x
  }

  /// A constant for every sample.
  private func expand(_ tensor: FoldedTensor, to target: [Int], named name: String) throws -> View {
    let axes = target.indices.filter { target[$0] > 0 && target[$0] % Self.batch == 0 }
    guard axes.count == 1, target[axes[0]] == Self.batch, target.count >= tensor.shape.count,
      target.allSatisfy({ $0 > 0 || $0 == -1 })
    else { throw NetworkError("expected a shape for each sample, found \(spelled(target))") }
    var view = try constant(tensor, named: name).extended(to: target.count)
    guard view.sizes[axes[0]] == 1 else {
      throw NetworkError("expected one constant for all samples, found \(tensor.shape)")
    }
    view.batch = View.Batch(axis: axes[0])
    for (axis, size) in target.enumerated() where axis != axes[0] && size > 1 {
      guard view.sizes[axis] == 1 || view.sizes[axis] == size else {
        throw NetworkError("expected \(tensor.shape) to be stretched, found \(spelled(target))")
      }
      if view.sizes[axis] != size { view.strides[axis] = 0 }
      view.sizes[axis] = size
    }
    return view
  }

  /// A constant repeated along its axes, along one of them for every sample.
  private func tile(
    _ tensor: FoldedTensor, _ repeats: [Int], named name: String
  ) throws -> View {
    let within = repeats.map { $0 == Self.batch ? 1 : $0 }
    let tiled = try FoldedPoints.tiled(tensor, within)
    let target = zip(repeats, tiled.shape).map { $0 == Self.batch ? Self.batch : $1 }
    return try expand(tiled, to: target, named: name)
  }

  private func tile(_ view: View, _ repeats: [Int], named name: String) throws -> View {
    guard repeats.count >= view.sizes.count, repeats.allSatisfy({ Limits.window.contains($0) })
    else { throw NetworkError("expected a number of repeats for each axis, found \(repeats)") }
    var x = view.extended(to: repeats.count)
    for (axis, times) in repeats.enumerated() where times > 1 {
      try Limits.check([x.sizes.product, times], most: Limits.places)
      let places = (0..<times).flatMap { _ in 0..<x.sizes[axis] }
      x = try take(x, axis: axis, places, named: name)
    }
    return x
  }
}
