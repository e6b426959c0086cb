// Operations that give constants other shapes. Those that take them apart stand in FoldedParts.

internal import ModelFiles

/// What Lowering+Shapes does to a node's memory, done to numbers.
enum FoldedShapes {
  static let rules: [OperationKind: Folding.Rule] = [
    .reshape: { operation in
      let x = try operation.needed("input")
      var target = try operation.needed("shape").integers()
      if try operation.flag("zeroCopies") {
        for axis in target.indices where target[axis] == 0 && axis < x.shape.count {
          target[axis] = x.shape[axis]
        }
      }
      return [try x.reshaped(to: filled(target, x.count))]
    },
    .flatten: { operation in
      let x = try operation.needed("input")
      let rank = x.shape.count
      let start = try operation.axis(operation.int("start", 0), of: max(1, rank))
      let end = try operation.axis(operation.int("end", -1), of: max(1, rank))
      guard start <= end else { throw NetworkError("expected an end behind the start") }
      guard rank > 0 else { return [try x.reshaped(to: [1])] }
      let merged = x.shape[start...end].product
      return [try x.reshaped(to: x.shape[..<start] + [merged] + x.shape[(end + 1)...])]
    },
    .flattenToMatrix: { operation in
      let x = try operation.needed("input")
      let asked = try operation.int("axis", 1)
      let axis = asked < 0 ? asked + x.shape.count : asked
      guard (0...x.shape.count).contains(axis) else {
        throw NetworkError("expected an axis of \(x.shape.count), found \(asked)")
      }
      return [try x.reshaped(to: [x.shape[..<axis].product, x.shape[axis...].product])]
    },
    .unflatten: { operation in
      let x = try operation.needed("input")
      let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
      let sizes = filled(try operation.needed("sizes").integers(), x.shape[axis])
      return [try x.reshaped(to: x.shape[..<axis] + sizes + x.shape[(axis + 1)...])]
    },
    .transpose: { operation in
      let x = try operation.needed("input")
      let order = try operation.order(of: x.shape.count)
      return [try x.taken(x.view.transposed(order))]
    },
    .swapAxes: { operation in
      let x = try operation.needed("input")
      var order = Array(x.shape.indices)
      order.swapAt(
        try operation.axis(operation.int("first", 0), of: order.count),
        try operation.axis(operation.int("second", 0), of: order.count))
      return [try x.taken(x.view.transposed(order))]
    },
    .squeeze: { operation in
      let x = try operation.needed("input")
      let axes = try operation.squeezed(x.shape)
      return [
        try x.reshaped(to: x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] })
      ]
    },
    .unsqueeze: { operation in
      let x = try operation.needed("input")
      var shape = x.shape
      for axis in try operation.insertedAxes(into: shape.count) { shape.insert(1, at: axis) }
      return [try x.reshaped(to: shape)]
    },
    .expand: { operation in
      let x = try operation.needed("input")
      let target = try operation.needed("shape").integers()
      guard target.count >= x.shape.count else {
        throw NetworkError("expected a longer shape, found \(target)")
      }
      let own = [Int](repeating: 1, count: target.count - x.shape.count) + x.shape
      let shape = zip(target, own).map { $0 == -1 || $0 == 1 ? $1 : $0 }
      try Folding.check(shape)
      let zero = FoldedTensor(
        shape: shape, [Double](repeating: 0, count: shape.product), x.kind)
      return [try Folding.combined(zero, x, x.kind) { $1 }]
    },
  ]

  /// With what is left of `count` elements in place of one −1.
  private static func filled(_ target: [Int], _ count: Int) -> [Int] {
    var target = target
    if let open = target.firstIndex(of: -1) {
      let known = target.enumerated().filter { $0.offset != open }.map(\.element).product
      target[open] = known > 0 ? count / known : 0
    }
    return target
  }
}

extension FoldedTensor {
  /// The numbers as memory.
  var view: View {
    View(node: 0, sizes: shape, order: Array(shape.indices), batchAxis: View.noBatch)
  }

  /// The elements that a view of the numbers' memory has.
  func taken(_ view: View) throws -> FoldedTensor {
    let values = try values()
    return FoldedTensor(
      shape: view.sizes, view.positions(in: Array(view.sizes.indices)).map { values[Int($0)] },
      kind)
  }
}

extension LoweredOperation {
  /// Of a transposition: every axis once; reversed where the file does not say.
  func order(of rank: Int) throws -> [Int] {
    let order = try ints("order", Array((0..<rank).reversed())).map { try axis($0, of: rank) }
    guard Set(order).count == rank, order.count == rank else {
      throw NetworkError("expected an order of \(rank) axes, found \(order)")
    }
    return order
  }

  /// The axes of one element that a squeeze takes away.
  func squeezed(_ sizes: [Int]) throws -> Set<Int> {
    let asked = try ints("axes")?.map { try axis($0, of: sizes.count) }
    let axes = Set((asked ?? Array(sizes.indices)).filter { sizes[$0] == 1 })
    guard try asked.map({ Set($0).isSubset(of: axes) }) ?? true || flag("keepsOthers") else {
      throw NetworkError("expected axes of one element, found \(asked ?? []) of \(sizes)")
    }
    return axes
  }

  /// Where an unsqueeze puts axes of one element, in the order in which they go in.
  func insertedAxes(into rank: Int) throws -> [Int] {
    let named = try needed("axes").integers()
    let axes = try named.map { try axis($0, of: rank + named.count) }.sorted()
    guard Set(axes).count == axes.count else {
      throw NetworkError("expected every new axis once, found \(named)")
    }
    return axes
  }
}
