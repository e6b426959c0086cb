// Operations that take elements to other places: padding, rolling, gathering, shuffling. Copies where no view does.

internal import Basics
internal import ModelFiles

extension Lowering {
  static let moveHandlers: [OperationKind: Handler] = [
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
    .gather: { lowering, operation in [.view(try lowering.gather(operation))] },
    .tile: { lowering, operation in
      var x = try operation.view()
      let repeats = try operation.needed("repeats").integers()
      guard repeats.count >= x.sizes.count, repeats.allSatisfy({ Limits.window.contains($0) })
      else {
        throw NetworkError("expected a number of repeats for each axis, found \(repeats)")
      }
      x = x.extended(to: repeats.count)
      for (axis, times) in repeats.enumerated() where times > 1 {
        try Limits.check([x.sizes.product, times], most: Limits.places)
        let places = (0..<times).flatMap { _ in 0..<x.sizes[axis] }
        x = try lowering.take(x, axis: axis, places, named: operation.name(of: ""))
      }
      return [.view(x)]
    },
    .index: { lowering, operation in
      guard case .list(let list)? = operation.operation.arguments["indices"] else {
        throw NetworkError("expected indices")
      }
      // A list without elements keeps its axis.
      let given = list.enumerated().filter {
        if case .list(let none) = $0.element { !none.isEmpty } else { true }
      }
      guard given.count == 1 else {
        return [
          .view(try lowering.index(operation, given.map { ($0.offset, $0.element) }))
        ]
      }
      var gather = operation.operation
      gather.arguments["indices"] = given[0].element
      gather.arguments["axis"] = .int(given[0].offset)
      return [
        .view(try lowering.gather(LoweredOperation(operation: gather, lowering: lowering)))
      ]
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

  /// NumPy's take.
  func gather(_ operation: LoweredOperation) throws -> View {
    let x = try operation.view()
    if case .perSample(let numbers)? = try operation.value("indices") {
      return try gather(x, at: numbers, operation)
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
      return indices.shape.isEmpty ? one.without([axis]) : one
    }
    let taken = try take(x, axis: axis, places, named: operation.name(of: ""))
    var sizes = fileSizes(taken)
    sizes.replaceSubrange(axis...axis, with: indices.shape)
    return try reshape(taken, to: sizes)
  }

  /// Elements of an axis in another order, as a copy.
  func take(_ x: View, axis: Int, _ places: [Int], named name: String) throws -> View {
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
}

private let batch = Lowering.batch
