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
      let missing = target.count - x.sizes.count
      x.sizes = [Int](repeating: 1, count: missing) + x.sizes
      x.strides = [Int](repeating: 0, count: missing) + x.strides
      x.batchAxis += missing
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
    .pad: { lowering, operation in [.view(try lowering.pad(operation))] },
    .roll: { lowering, operation in
      var x = try operation.view()
      let axes = try operation.needed("axes").integers()
      let shifts = try operation.needed("shifts").integers()
      guard axes.count == shifts.count else { throw NetworkError("expected a shift for each axis") }
      for (axis, shift) in zip(axes, shifts) {
        let axis = try operation.axis(axis, of: x.sizes.count)
        let size = x.sizes[axis]
        let order = (0..<size).map { (($0 - shift) % size + size) % size }
        x = try lowering.take(x, axis: axis, order, named: operation.name(of: ""))
      }
      return [.view(x)]
    },
    .gather: { lowering, operation in
      let x = try operation.view()
      if case .perSample(let numbers)? = try operation.value("indices") {
        return [.view(try lowering.gather(x, at: numbers, operation))]
      }
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      let indices = try operation.needed("indices")
      let size = x.sizes[axis]
      let places = try indices.integers().map { $0 < 0 ? $0 + size : $0 }
      guard axis != x.batchAxis, places.allSatisfy({ (0..<size).contains($0) }) else {
        throw NetworkError("expected indices below \(size), found \(places.max() ?? 0)")
      }
      if places.count == 1 {
        let one = x.sliced(axis, start: places[0], count: 1, step: 1)
        return [.view(indices.shape.isEmpty ? one.without([axis]) : one)]
      }
      let taken = try lowering.take(x, axis: axis, places, named: operation.name(of: ""))
      var sizes = lowering.fileSizes(taken)
      sizes.replaceSubrange(axis...axis, with: indices.shape)
      return [.view(try lowering.reshape(taken, to: sizes))]
    },
    .pixelShuffle: { lowering, operation in
      let (x, shape, factor, first) = try lowering.shuffled(operation)
      guard shape.channels % (factor * factor) == 0 else {
        throw NetworkError("expected \(factor * factor) channels for each, found \(shape.channels)")
      }
      let channels = shape.channels / (factor * factor)
      let split = try lowering.reshape(
        x,
        to: [batch] + (first ? [factor, factor, channels] : [channels, factor, factor])
          + [shape.height, shape.width])
      let order = first ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
      return [
        .view(
          try lowering.reshape(
            split.transposed(order),
            to: [batch, channels, shape.height * factor, shape.width * factor]))
      ]
    },
    .pixelUnshuffle: { lowering, operation in
      let (x, shape, factor, first) = try lowering.shuffled(operation)
      guard shape.height % factor == 0, shape.width % factor == 0 else {
        throw NetworkError("expected multiples of \(factor), found \(shape)")
      }
      let (height, width) = (shape.height / factor, shape.width / factor)
      let split = try lowering.reshape(
        x, to: [batch, shape.channels, height, factor, width, factor])
      let order = first ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
      return [
        .view(
          try lowering.reshape(
            split.transposed(order),
            to: [batch, shape.channels * factor * factor, height, width]))
      ]
    },
    .channelShuffle: { lowering, operation in
      let x = try operation.view()
      let groups = try operation.int("groups", 1)
      guard x.sizes.count == 4, groups > 0, x.sizes[1] % groups == 0 else {
        throw NetworkError("expected maps with channels in groups")
      }
      let split = try lowering.reshape(
        x, to: [batch, groups, x.sizes[1] / groups, x.sizes[2], x.sizes[3]])
      return [
        .view(
          try lowering.reshape(
            split.transposed([0, 2, 1, 3, 4]), to: [batch, x.sizes[1], x.sizes[2], x.sizes[3]]))
      ]
    },
  ]

  /// A constant for every sample.
  private func expand(_ tensor: FoldedTensor, to target: [Int], named name: String) throws -> View {
    let axes = target.indices.filter { target[$0] > 0 && target[$0] % Self.batch == 0 }
    guard axes.count == 1, target[axes[0]] == Self.batch, target.count >= tensor.shape.count else {
      throw NetworkError("expected a shape for each sample, found \(spelled(target))")
    }
    var view = try constant(tensor, named: name)
    let missing = target.count - view.sizes.count
    view.sizes = [Int](repeating: 1, count: missing) + view.sizes
    view.strides = [Int](repeating: 0, count: missing) + view.strides
    view.batchAxis = axes[0]
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

  private func shuffled(
    _ operation: LoweredOperation
  ) throws -> (View, MapShape, factor: Int, columnFirst: Bool) {
    let x = try operation.view()
    let factor = try operation.int("factor", 0)
    guard x.sizes.count == 4, Limits.window.contains(factor) else {
      throw NetworkError("expected maps and a factor")
    }
    return (
      x, MapShape(channels: x.sizes[1], height: x.sizes[2], width: x.sizes[3]), factor,
      try operation.flag("columnFirst")
    )
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

  /// Elements of an axis in another order, as a copy.
  private func take(_ x: View, axis: Int, _ places: [Int], named name: String) throws -> View {
    guard axis != x.batchAxis else { throw NetworkError("expected to move within a sample") }
    if places == Array(0..<x.sizes[axis]) { return x }
    let order = x.memoryOrder
    var sizes = x.sizes
    sizes[axis] = places.count
    try Limits.check(sizes, most: Limits.places)
    // Positions of the axis first, the others for each.
    var indices: [Int32] = []
    indices.reserveCapacity(sizes.product)
    func walk(_ depth: Int, _ from: Int) {
      guard depth < order.count else { return indices.append(Int32(from)) }
      let own = order[depth]
      if own == axis {
        for place in places { walk(depth + 1, from + place * x.strides[own]) }
      } else {
        for i in 0..<x.sizes[own] { walk(depth + 1, from + i * x.strides[own]) }
      }
    }
    walk(0, x.offset)
    let layer = Rearrangement(
      indices: indices, inputCount: count(of: x.node), output: Self.shape(sizes, order: order))
    return try add(
      name, .rearrangement(layer), [x.node], sizes: sizes, order: order, batch: x.batch)
  }

  private func pad(_ operation: LoweredOperation) throws -> View {
    let x = try operation.view()
    let rank = x.sizes.count
    let before = try operation.needed("before").integers()
    let after = try operation.needed("after").integers()
    let axes = try operation.ints("axes", Array(0..<rank)).map { try operation.axis($0, of: rank) }
    let most = -Limits.window.upperBound...Limits.window.upperBound
    guard before.count == axes.count, after.count == axes.count,
      (before + after).allSatisfy(most.contains)
    else {
      throw NetworkError(
        "expected padding of at most \(Limits.window.upperBound) before and after each axis")
    }
    let mode = operation.text("mode") ?? "constant"
    let value = Float(try operation.number("value", 0))
    // By axis, which element stands at each place; −1 is the value.
    var places = x.sizes.map { Array(0..<$0) }
    for (which, axis) in axes.enumerated() where before[which] != 0 || after[which] != 0 {
      let size = x.sizes[axis]
      guard axis != x.batchAxis, size + before[which] + after[which] > 0 else {
        throw NetworkError("expected padding within a sample that leaves something")
      }
      places[axis] = try (-before[which]..<size + after[which]).map { place in
        if (0..<size).contains(place) { return place }
        switch mode {
        case "constant": return -1
        case "edge": return min(max(place, 0), size - 1)
        case "wrap": return (place % size + size) % size
        case "reflect":
          let period = max(1, 2 * (size - 1))
          let folded = (place % period + period) % period
          return folded < size ? folded : period - folded
        default: throw NetworkError("mode: expected constant, edge, reflect or wrap")
        }
      }
    }
    let sizes = places.map(\.count)
    try Limits.check(sizes, most: Limits.places)
    if sizes == x.sizes, places == x.sizes.map({ Array(0..<$0) }) { return x }
    let order = x.memoryOrder
    var indices: [Int32] = []
    indices.reserveCapacity(sizes.product)
    func walk(_ depth: Int, _ from: Int, _ isOutside: Bool) {
      guard depth < order.count else { return indices.append(isOutside ? -1 : Int32(from)) }
      for place in places[order[depth]] {
        walk(depth + 1, from + place * x.strides[order[depth]], isOutside || place < 0)
      }
    }
    walk(0, x.offset, false)
    let layer = Rearrangement(
      indices: indices, fill: value, inputCount: count(of: x.node),
      output: Self.shape(sizes, order: order))
    return try add(
      operation.name(of: ""), .rearrangement(layer), [x.node], sizes: sizes, order: order,
      batch: x.batch)
  }

  private func join(_ operation: LoweredOperation, _ parts: [LoweredValue]) throws -> View {
    var views: [View?] = parts.map { if case .view(let view) = $0 { view } else { nil } }
    guard let first = views.lazy.compactMap(\.self).first else {
      throw NetworkError("expected a value that is computed of the input")
    }
    let rank = first.sizes.count
    let axis = try operation.axis(operation.int("axis", 0), of: rank)
    guard axis != first.batchAxis else { throw NetworkError("expected to join within a sample") }
    for (which, part) in parts.enumerated() where views[which] == nil {
      guard case .folded(let tensor) = part, tensor.shape.count == rank else {
        throw NetworkError("expected values of \(rank) axes")
      }
      views[which] = try constant(tensor, named: operation.name(of: "") + ".part")
    }
    let all = views.compactMap(\.self)
    if all.count == 1 { return all[0] }
    for view in all {
      guard view.sizes.count == rank,
        view.sizes.indices.allSatisfy({ $0 == axis || view.sizes[$0] == first.sizes[$0] })
      else {
        throw NetworkError(
          "expected sizes that fit, found \(described(first)) and \(described(view))")
      }
    }
    var sizes = first.sizes
    sizes[axis] = all.reduce(0) { $0 + $1.sizes[axis] }
    try Limits.check(sizes)
    guard all.count <= 1024 else {
      throw NetworkError("expected at most 1024 values to join, found \(all.count)")
    }
    // Maps stay maps.
    let order = all.map(\.memoryOrder).first { $0 == [0, 2, 3, 1] } ?? first.memoryOrder
    let dense = try all.map { try self.dense($0, in: order) }
    if rank == 4, axis == 1, first.batchAxis == 0, first.sizes[0] == 1,
      order.last == 1 || first.sizes[1] == 1,
      all.count <= 64
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

private let batch = Lowering.batch
