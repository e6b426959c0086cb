// Operations that move elements and compute nothing: mostly other views of the same memory.

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
      let rank = x.sizes.count
      let order = try operation.ints("order", Array((0..<rank).reversed())).map {
        try operation.axis($0, of: rank)
      }
      guard Set(order).count == rank, order.count == rank else {
        throw NetworkError("expected an order of \(rank) axes, found \(order)")
      }
      return [.view(x.transposed(order))]
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
      let rank = x.sizes.count
      let sizes = lowering.fileSizes(x)
      let keeps = try operation.flag("keepsOthers")
      let asked = try operation.ints("axes")?.map { try operation.axis($0, of: rank) }
      let axes = (asked ?? Array(0..<rank)).filter { sizes[$0] == 1 }
      guard asked == nil || keeps || axes.count == asked?.count else {
        throw NetworkError("expected axes of one element, found \(lowering.described(x))")
      }
      return [.view(x.without(Set(axes)))]
    },
    .unsqueeze: { _, operation in
      var x = try operation.view()
      let rank = x.sizes.count + (try operation.needed("axes").count)
      let axes = try operation.needed("axes").integers().map { try operation.axis($0, of: rank) }
      for axis in axes.sorted() {
        guard axis <= x.sizes.count else { throw NetworkError("expected axes of \(rank)") }
        x.sizes.insert(1, at: axis)
        x.strides.insert(0, at: axis)
        if axis <= x.batchAxis { x.batchAxis += 1 }
      }
      return [.view(x)]
    },
    .expand: { lowering, operation in
      let target = try operation.needed("shape").integers()
      if case .folded(let tensor)? = try operation.value("input") {
        return [.view(try lowering.expand(tensor, to: target, named: operation.name(of: "")))]
      }
      var x = try operation.view()
      guard target.count >= x.sizes.count else {
        throw NetworkError("expected a shape of \(x.sizes.count) axes at least, found \(target)")
      }
      x = x.extended(to: target.count)
      for (axis, size) in target.enumerated() where axis != x.batchAxis && size != -1 {
        guard size > 1, x.sizes[axis] != size else { continue }
        guard x.sizes[axis] == 1 else {
          throw NetworkError("expected \(lowering.described(x)) to be stretched, found \(target)")
        }
        x.sizes[axis] = size
        x.strides[axis] = 0
      }
      return [.view(x)]
    },
    .slice: { lowering, operation in
      var x = try operation.view()
      let (starts, ends) = (
        try operation.needed("starts").integers(), try operation.needed("ends").integers()
      )
      let axes = try operation.ints("axes", Array(starts.indices))
      let steps = try operation.ints("steps", starts.map { _ in 1 })
      guard axes.count == starts.count, ends.count == starts.count, steps.count == starts.count
      else { throw NetworkError("expected starts, ends, axes and steps of one length") }
      for (which, axis) in axes.enumerated() {
        x = try lowering.slice(
          x, axis: operation.axis(axis, of: x.sizes.count), start: starts[which],
          end: ends[which], step: steps[which])
      }
      return [.view(x)]
    },
    .select: { _, operation in
      let x = try operation.view()
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      let index = try operation.int("index", 0)
      guard axis != x.batchAxis else { throw NetworkError("expected to select within a sample") }
      let place = index < 0 ? index + x.sizes[axis] : index
      guard (0..<x.sizes[axis]).contains(place) else {
        throw NetworkError("expected an index below \(x.sizes[axis]), found \(index)")
      }
      return [.view(x.sliced(axis, start: place, count: 1, step: 1).without([axis]))]
    },
    .split: { lowering, operation in
      let x = try operation.view()
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      guard axis != x.batchAxis else { throw NetworkError("expected to split within a sample") }
      return try operation.parts(of: x.sizes[axis]).map {
        .view(x.sliced(axis, start: $0.lowerBound, count: $0.count, step: 1))
      }
    },
  ]

  /// A constant for every sample.
  private func expand(_ tensor: FoldedTensor, to target: [Int], named name: String) throws -> View {
    let axes = target.indices.filter { target[$0] > 0 && target[$0] % Self.batch == 0 }
    guard axes.count == 1, target[axes[0]] == Self.batch, target.count >= tensor.shape.count else {
      throw NetworkError("expected a shape for each sample, found \(spelled(target))")
    }
    var view = try constant(tensor, named: name)
    view = view.extended(to: target.count)
    view.batch = View.Batch(axis: axes[0])
    for (axis, size) in target.enumerated() where axis != axes[0] && size > 1 {
      guard view.sizes[axis] == 1 || view.sizes[axis] == size else {
        throw NetworkError("expected \(tensor.shape) to be stretched, found \(spelled(target))")
      }
      if view.sizes[axis] != size { view.strides[axis] = 0 }
      view.sizes[axis] = size
    }
    guard view.sizes[axes[0]] == 1 else {
      throw NetworkError("expected one constant for all samples, found \(tensor.shape)")
    }
    return view
  }

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
    let batch = View.Batch(axis: axes[0], lead: lead / outer)
    if let view = x.reshaped(to: target, batch: batch) { return view }
    let order = Array(x.sizes.indices)
    // What PyTorch calls flatten: channels outermost.
    let copy = try dense(x, in: order)
    guard let view = copy.reshaped(to: target, batch: batch) else {
      preconditionFailure("A dense value has every shape.")
    }
    return view
  }

  private func spelled(_ sizes: [Int]) -> String {
    sizes.map {
      $0 > 0 && $0 % Self.batch == 0 ? ($0 == Self.batch ? "N" : "\($0 / Self.batch)·N") : "\($0)"
    }
    .joined(separator: " × ")
  }

  private func slice(_ x: View, axis: Int, start: Int, end: Int, step: Int) throws -> View {
    let size = x.sizes[axis]
    guard axis != x.batchAxis else {
      guard start == 0, end >= Self.batch * size || end == -1, step == 1 else {
        throw NetworkError("expected to take all samples of the batch")
      }
      return x
    }
    guard step != 0 else { throw NetworkError("expected a step other than 0") }
    let places = slicePlaces(of: size, start: start, end: end, step: step)
    guard let first = places.first else {
      throw NetworkError("expected something of \(size), found none")
    }
    if step > 0 { return x.sliced(axis, start: first, count: places.count, step: step) }
    return try take(x, axis: axis, places, named: "reversed")
  }
}

extension LoweredOperation {
  /// The ranges that an axis of `size` is split into.
  func parts(of size: Int) throws -> [Range<Int>] {
    var lengths: [Int]
    if let sizes = try ints("sizes") {
      lengths = sizes
    } else if let length = try int("size") {
      guard length > 0 else { throw NetworkError("expected parts above 0, found \(length)") }
      lengths = stride(from: 0, to: size, by: length).map { min(length, size - $0) }
    } else {
      let count = try int("count", operation.outputs.count)
      guard count > 0 else { throw NetworkError("expected parts, found \(count)") }
      let length = (size + count - 1) / count
      lengths = stride(from: 0, to: size, by: length).map { min(length, size - $0) }
    }
    guard lengths.allSatisfy({ $0 > 0 }), lengths.reduce(0, +) == size else {
      throw NetworkError("expected parts of \(size), found \(lengths)")
    }
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return start..<start + length
    }
  }
}
