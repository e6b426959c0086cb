// Operations that give values other shapes: mostly other views of the same memory.

internal import ModelFiles

extension Lowering {
  static let shapeHandlers: [OperationKind: Handler] = [
    .reshape: { lowering, operation in
      let x = try operation.view()
      var target = try operation.needed("shape").integers()
      if try operation.flag("zeroCopies") {
        let sizes = lowering.fileSizes(x)
        for axis in target.indices where target[axis] == 0 && axis < sizes.count {
          target[axis] = sizes[axis]
        }
      }
      return [.view(try lowering.reshape(x, to: target))]
    },
    .flatten: { lowering, operation in
      let x = try operation.view()
      let sizes = lowering.fileSizes(x)
      let start = try operation.axis(operation.int("start", 0), of: sizes.count)
      let end = try operation.axis(operation.int("end", -1), of: sizes.count)
      guard start <= end else { throw NetworkError("expected an end behind the start") }
      let merged = sizes[start...end].product
      return [
        .view(try lowering.reshape(x, to: sizes[..<start] + [merged] + sizes[(end + 1)...]))
      ]
    },
    .flattenToMatrix: { lowering, operation in
      let x = try operation.view()
      let sizes = lowering.fileSizes(x)
      var axis = try operation.int("axis", 1)
      if axis < 0 { axis += sizes.count }
      guard (0...sizes.count).contains(axis) else {
        throw NetworkError("expected an axis of \(sizes.count)")
      }
      return [
        .view(
          try lowering.reshape(
            x, to: [sizes[..<axis].product, sizes[axis...].product]))
      ]
    },
    .unflatten: { lowering, operation in
      let x = try operation.view()
      var sizes = lowering.fileSizes(x)
      let axis = try operation.axis(operation.int("axis", 0), of: sizes.count)
      var parts = try operation.needed("sizes").integers()
      if let open = parts.firstIndex(of: -1) {
        let known = parts.enumerated().filter { $0.offset != open }.map(\.element).product
        parts[open] = known > 0 ? sizes[axis] / known : 0
      }
      sizes.replaceSubrange(axis...axis, with: parts)
      return [.view(try lowering.reshape(x, to: sizes))]
    },
    .transpose: { _, operation in
      let x = try operation.view()
      return [.view(x.transposed(try operation.order(of: x.sizes.count)))]
    },
    .swapAxes: { _, operation in
      let x = try operation.view()
      var order = Array(x.sizes.indices)
      order.swapAt(
        try operation.axis(operation.int("first", 0), of: order.count),
        try operation.axis(operation.int("second", 0), of: order.count))
      return [.view(x.transposed(order))]
    },
    .squeeze: { lowering, operation in
      let x = try operation.view()
      return [.view(x.without(try operation.squeezed(lowering.fileSizes(x))))]
    },
    .unsqueeze: { _, operation in
      var x = try operation.view()
      for axis in try operation.insertedAxes(into: x.sizes.count) {
        x.sizes.insert(1, at: axis)
        x.strides.insert(0, at: axis)
        if axis <= x.batchAxis { x.batchAxis += 1 }
      }
      return [.view(x)]
    },
  ]

  /// - Parameter target: With the batch, as the file has it; one −1 is what is left.
  func reshape(_ x: View, to target: [Int]) throws -> View {
    var target = target
    let sizes = fileSizes(x)
    // Products of sizes with the batch in them stay far below what an Int holds.
    let total = sizes.product
    if let open = target.firstIndex(of: -1) {
      let known = target.enumerated().filter { $0.offset != open }.map(\.element).product
      guard known > 0, total % known == 0 else {
        throw NetworkError("expected a shape for \(described(x)), found \(target)")
      }
      target[open] = total / known
    }
    if x.batch == .none {
      guard target.allSatisfy({ $0 > 0 }), target.product == total else {
        throw NetworkError("expected a shape for \(described(x)), found \(spelled(target))")
      }
      return try reshaped(x, to: target, batch: .none)
    }
    let axes = target.indices.filter { target[$0] % Self.batch == 0 && target[$0] > 0 }
    guard target.allSatisfy({ $0 > 0 }), target.product == total, axes.count == 1 else {
      throw NetworkError("expected a shape for \(described(x)), found \(spelled(target))")
    }
    // Elements before the batch, in all axes, stay as many.
    let lead = sizes[..<x.batchAxis].product * x.batch.lead
    let outer = target[..<axes[0]].product
    guard lead % outer == 0, target[axes[0]] / Self.batch % (lead / outer) == 0 else {
      throw NetworkError(
        "expected a shape that keeps samples apart, found \(described(x)) as \(spelled(target))")
    }
    target[axes[0]] /= Self.batch
    return try reshaped(x, to: target, batch: View.Batch(axis: axes[0], lead: lead / outer))
  }

  private func reshaped(_ x: View, to target: [Int], batch: View.Batch) throws -> View {
    if let view = x.reshaped(to: target, batch: batch) { return view }
    let order = Array(x.sizes.indices)
    // What PyTorch calls flatten: channels outermost.
    let copy = try dense(x, in: order)
    guard let view = copy.reshaped(to: target, batch: batch) else {
      preconditionFailure("A dense value has every shape.")
    }
    return view
  }

  func spelled(_ sizes: [Int]) -> String {
    sizes.map {
      $0 > 0 && $0 % Self.batch == 0 ? ($0 == Self.batch ? "N" : "\($0 / Self.batch)·N") : "\($0)"
    }
    .joined(separator: " × ")
  }
}
