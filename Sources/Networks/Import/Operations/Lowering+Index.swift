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
    var places = FoldedTensor(shape: [], [0], isInteger: true)
    for (axis, argument) in given {
      var own = operation.operation
      own.arguments = ["indices": argument]
      let indices = try LoweredOperation(operation: own, lowering: self).needed("indices")
      let size = x.sizes[axis]
      guard try indices.integers().allSatisfy({ (-size..<size).contains($0) }) else {
        throw NetworkError("expected indices below \(size)")
      }
      places = try Folding.combined(places, indices, isInteger: true) {
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
