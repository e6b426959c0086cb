// PyTorch's x[i, j] with constant indices of several axes.

internal import ModelFiles

extension Lowering {
  /// Elements by indices of several axes that follow each other: of these axes as one.
  func index(
    _ operation: LoweredOperation, _ given: [(axis: Int, indices: Argument)]
  ) throws -> View {
    let x = try operation.view()
    let axes = given.map(\.axis)
    guard let first = axes.first, let last = axes.last, axes == Array(first...last),
      last < x.sizes.count, !axes.contains(x.batchAxis)
    else {
      throw NetworkError("expected indices of axes that follow each other, found those of \(axes)")
    }
    var places = FoldedTensor(shape: [], [0], .integer)
    for (axis, argument) in given {
      let indices = try operation.positions(argument)
      let size = x.sizes[axis]
      _ = try indices.places(below: size)
      places = try Folding.combined(places, indices, .integer) {
        $0 * Double(size) + ($1 < 0 ? $1 + Double(size) : $1)
      }
    }
    var sizes = fileSizes(x)
    sizes.replaceSubrange(first...last, with: [axes.map { x.sizes[$0] }.product])
    let (merged, stored) = (
      try reshape(x, to: sizes), "\(operation.operation.outputs.first ?? "")/"
    )
    set(stored + "merged", .view(merged))
    set(stored + "places", .folded(places))
    var gather = operation.operation
    gather.arguments = [
      "input": .value(stored + "merged"), "indices": .value(stored + "places"),
      "axis": .int(first),
    ]
    return try self.gather(LoweredOperation(operation: gather, lowering: self))
  }
}

extension LoweredOperation {
  /// The axes that PyTorch's x[i, :, j] has indices for; a list without elements keeps its axis. Nil where there are none.
  var indexedAxes: [(axis: Int, indices: Argument)]? {
    guard case .list(let list)? = operation.arguments["indices"] else { return nil }
    return list.enumerated().compactMap { axis, argument in
      if case .list(let none) = argument, none.isEmpty { nil } else { (axis, argument) }
    }
  }

  /// Positions that are known before the network runs.
  /// - Throws: `NetworkError` for a mask, which takes as many elements as are true.
  func positions(_ argument: Argument? = nil) throws -> FoldedTensor {
    var own = operation
    if let argument { own.arguments = ["indices": argument] }
    let indices = try LoweredOperation(operation: own, lowering: lowering).needed("indices")
    guard indices.kind != .truth else {
      throw NetworkError("expected positions as indices, found truth values")
    }
    return indices
  }
}
