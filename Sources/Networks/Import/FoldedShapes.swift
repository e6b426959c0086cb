// Operations that move elements, on constants.

internal import ModelFiles

/// What Lowering+Shapes does to a node's memory, done to numbers.
enum FoldedShapes {
  static func results(_ operation: LoweredOperation) throws -> [FoldedTensor]? {
    switch operation.kind {
    case .concatenate, .stack: return [try joined(operation)]
    case .gather: return [try gathered(operation)]
    case .index: return try indexed(operation).map { [$0] }
    default: break
    }
    guard moving.contains(operation.kind) else { return nil }
    let x = try operation.needed("input")
    let rank = x.shape.count
    func view() -> View {
      View(node: 0, sizes: x.shape, order: Array(x.shape.indices), batchAxis: View.noBatch)
    }
    switch operation.kind {
    case .reshape:
      var target = try operation.needed("shape").integers()
      if try operation.flag("zeroCopies") {
        for axis in target.indices where target[axis] == 0 && axis < rank { target[axis] = x.shape[axis] }
      }
      if let open = target.firstIndex(of: -1) {
        let known = target.enumerated().filter { $0.offset != open }.map(\.element).reduce(1, *)
        target[open] = known > 0 ? x.count / known : 0
      }
      return [try x.reshaped(to: target)]
    case .flatten:
      let start = try operation.axis(operation.int("start", 0), of: max(1, rank))
      let end = try operation.axis(operation.int("end", -1), of: max(1, rank))
      guard rank > 0, start <= end else { return [try x.reshaped(to: [x.count])] }
      let merged = x.shape[start...end].reduce(1, *)
      return [try x.reshaped(to: x.shape[..<start] + [merged] + x.shape[(end + 1)...])]
    case .flattenToMatrix:
      let asked = try operation.int("axis", 1)
      let axis = asked < 0 ? asked + rank : asked
      guard (0...rank).contains(axis) else {
        throw NetworkError("expected an axis of \(rank), found \(asked)")
      }
      return [
        try x.reshaped(to: [x.shape[..<axis].reduce(1, *), x.shape[axis...].reduce(1, *)])
      ]
    case .transpose:
      let order = try operation.ints("order", Array((0..<rank).reversed())).map {
        try operation.axis($0, of: rank)
      }
      guard Set(order).count == rank, order.count == rank else {
        throw NetworkError("expected an order of \(rank) axes, found \(order)")
      }
      return [try taken(x, view().transposed(order))]
    case .swapAxes:
      var order = Array(0..<rank)
      order.swapAt(
        try operation.axis(operation.int("first", 0), of: rank),
        try operation.axis(operation.int("second", 0), of: rank))
      return [try taken(x, view().transposed(order))]
    case .squeeze:
      let asked = try operation.ints("axes")?.map { try operation.axis($0, of: rank) }
      let axes = Set((asked ?? Array(0..<rank)).filter { x.shape[$0] == 1 })
      return [try x.reshaped(to: (0..<rank).filter { !axes.contains($0) }.map { x.shape[$0] })]
    case .unsqueeze:
      let axes = try operation.needed("axes").integers()
      var shape = x.shape
      let whole = rank + axes.count
      for axis in try axes.map({ try operation.axis($0, of: whole) }).sorted() {
        guard axis <= shape.count else { throw NetworkError("expected axes of \(whole)") }
        shape.insert(1, at: axis)
      }
      return [try x.reshaped(to: shape)]
    case .expand:
      let target = try operation.needed("shape").integers()
      guard target.count >= rank else { throw NetworkError("expected a longer shape, found \(target)") }
      let own = [Int](repeating: 1, count: target.count - rank) + x.shape
      let shape = zip(target, own).map { $0 == -1 || $0 == 1 ? $1 : $0 }
      guard Folding.allows(shape) else {
        throw NetworkError("expected a smaller constant, found \(shape)")
      }
      let zero = FoldedTensor(
        shape: shape, [Double](repeating: 0, count: shape.reduce(1, *)), isInteger: x.isInteger)
      return [try Folding.combined(zero, x, isInteger: x.isInteger) { $1 }]
    case .slice: return [try taken(x, sliced(operation, view()))]
    case .select:
      let axis = try operation.axis(operation.int("axis", 0), of: rank)
      let index = try operation.int("index", 0)
      let place = index < 0 ? index + x.shape[axis] : index
      guard (0..<x.shape[axis]).contains(place) else {
        throw NetworkError("expected an index below \(x.shape[axis]), found \(index)")
      }
      return [try taken(x, view().sliced(axis, start: place, count: 1, step: 1).without([axis]))]
    case .split:
      let axis = try operation.axis(operation.int("axis", 0), of: rank)
      return try operation.parts(of: x.shape[axis]).map {
        try taken(x, view().sliced(axis, start: $0.lowerBound, count: $0.count, step: 1))
      }
    default: return nil
    }
  }

  private static let moving: Set<OperationKind> = [
    .reshape, .flatten, .flattenToMatrix, .transpose, .swapAxes, .squeeze, .unsqueeze, .expand,
    .slice, .select, .split,
  ]

  private static func taken(_ x: FoldedTensor, _ view: View) throws -> FoldedTensor {
    let values = try x.values()
    return FoldedTensor(
      shape: view.sizes, view.positions(in: Array(view.sizes.indices)).map { values[Int($0)] },
      isInteger: x.isInteger)
  }

  /// The part of a tensor that an operation names.
  static func sliced(_ operation: LoweredOperation, _ whole: View) throws -> View {
    var view = whole
    let starts = try operation.needed("starts").integers()
    let ends = try operation.needed("ends").integers()
    let axes = try operation.ints("axes", Array(starts.indices))
    let steps = try operation.ints("steps", starts.map { _ in 1 })
    guard axes.count == starts.count, ends.count == starts.count, steps.count == starts.count,
      steps.allSatisfy({ $0 != 0 })
    else { throw NetworkError("expected starts, ends, axes and steps other than 0 of one length") }
    for (which, axis) in axes.enumerated() {
      let axis = try operation.axis(axis, of: view.sizes.count)
      let size = view.sizes[axis]
      let places = slicePlaces(of: size, start: starts[which], end: ends[which], step: steps[which])
      view = view.sliced(axis, start: places.first ?? 0, count: places.count, step: steps[which])
    }
    return view
  }

  private static func joined(_ operation: LoweredOperation) throws -> FoldedTensor {
    let isStack = operation.kind == .stack
    var parts = try operation.list("inputs").map { value -> FoldedTensor in
      guard case .folded(let tensor) = value else { throw NetworkError("expected constants") }
      return tensor
    }
    guard let first = parts.first else { throw NetworkError("expected something to join") }
    let rank = first.shape.count + (isStack ? 1 : 0)
    let axis = try operation.axis(operation.int("axis", 0), of: rank)
    if isStack {
      parts = try parts.map { try $0.reshaped(to: $0.shape[..<axis] + [1] + $0.shape[axis...]) }
    }
    let outer = parts[0].shape[..<axis].reduce(1, *)
    var shape = parts[0].shape
    shape[axis] = 0
    for part in parts {
      guard part.shape.count == rank,
        part.shape.indices.allSatisfy({ $0 == axis || part.shape[$0] == parts[0].shape[$0] })
      else { throw NetworkError("expected constants that fit, found \(parts[0].shape) and \(part.shape)") }
      shape[axis] += part.shape[axis]
    }
    let numbers = try parts.map { try $0.values() }
    var result: [Double] = []
    for row in 0..<outer {
      for part in numbers {
        let length = part.count / max(1, outer)
        result += part[row * length..<(row + 1) * length]
      }
    }
    return FoldedTensor(shape: shape, result, isInteger: parts.allSatisfy(\.isInteger))
  }

  private static func gathered(_ operation: LoweredOperation) throws -> FoldedTensor {
    let (x, indices) = (try operation.needed("input"), try operation.needed("indices"))
    let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
    return try gathered(x, axis: axis, indices)
  }

  private static func gathered(
    _ x: FoldedTensor, axis: Int, _ indices: FoldedTensor
  ) throws -> FoldedTensor {
    let size = x.shape[axis]
    let places = try indices.integers().map { $0 < 0 ? $0 + size : $0 }
    guard places.allSatisfy({ (0..<size).contains($0) }) else {
      throw NetworkError("expected indices below \(size), found \(places.max() ?? 0)")
    }
    let outer = x.shape[..<axis].reduce(1, *)
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    let values = try x.values()
    var result: [Double] = []
    result.reserveCapacity(outer * places.count * inner)
    for row in 0..<outer {
      for place in places {
        let start = (row * size + place) * inner
        result += values[start..<start + inner]
      }
    }
    return FoldedTensor(
      shape: x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...], result,
      isInteger: x.isInteger)
  }

  /// With indices of one axis; nil where there are several.
  private static func indexed(_ operation: LoweredOperation) throws -> FoldedTensor? {
    guard case .list(let list)? = operation.operation.arguments["indices"] else { return nil }
    let given = list.enumerated().filter { if case .list(let none) = $0.element { !none.isEmpty } else { true } }
    guard given.count == 1, case .value(let name) = given[0].element,
      case .folded(let indices)? = operation.lowering.value(name)
    else { return nil }
    return try gathered(operation.needed("input"), axis: given[0].offset, indices)
  }
}

/// The positions that a slice takes of an axis, NumPy's way: negative ones count from the end, all are clamped.
func slicePlaces(of size: Int, start: Int, end: Int, step: Int) -> [Int] {
  func clamped(_ place: Int, _ range: ClosedRange<Int>) -> Int {
    min(max(place < 0 ? place + size : place, range.lowerBound), range.upperBound)
  }
  if step > 0 {
    return Array(stride(from: clamped(start, 0...size), to: clamped(end, 0...size), by: step))
  }
  // An end before the first element is given as a number far below 0.
  return Array(
    stride(
      from: clamped(start, -1...size - 1), to: end < -size ? -1 : clamped(end, -1...size - 1),
      by: step))
}
