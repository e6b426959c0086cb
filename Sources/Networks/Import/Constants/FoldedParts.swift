// Operations that take constants apart and put them together.

internal import ModelFiles

/// What Lowering+Parts does to a node's memory, done to numbers.
enum FoldedParts {
  static let rules: [OperationKind: Folding.Rule] = [
    .slice: { operation in
      let x = try operation.needed("input")
      return [try x.taken(sliced(operation, x.view))]
    },
    .select: { operation in
      let x = try operation.needed("input")
      let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
      let place = try operation.place("index", of: x.shape[axis])
      return [try x.taken(x.view.sliced(axis, start: place, count: 1, step: 1).without([axis]))]
    },
    .split: { operation in
      let x = try operation.needed("input")
      let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
      return try operation.parts(of: x.shape[axis]).map {
        try x.taken(x.view.sliced(axis, start: $0.lowerBound, count: $0.count, step: 1))
      }
    },
    .unfold: { operation in
      let x = try operation.needed("input")
      let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
      let view = x.view.unfolded(axis, try operation.unfolding(x.shape[axis]))
      try Folding.check(view.sizes)
      return [try x.taken(view)]
    },
    .concatenate: { operation in
      let parts = try constants(operation)
      let axis = try operation.axis(operation.int("axis", 0), of: parts[0].shape.count)
      return [try joined(parts, axis)]
    },
    .stack: { operation in
      let parts = try constants(operation)
      let shape = parts[0].shape
      let axis = try operation.axis(operation.int("axis", 0), of: shape.count + 1)
      guard let other = parts.first(where: { $0.shape != shape }) else {
        let longer = Array(shape[..<axis]) + [1] + shape[axis...]
        return [try joined(parts.map { try $0.reshaped(to: longer) }, axis)]
      }
      throw NetworkError("expected constants of one shape, found \(shape) and \(other.shape)")
    },
    .gather: { operation in
      let x = try operation.needed("input")
      let axis = try operation.axis(operation.int("axis", 0), of: x.shape.count)
      return [try gathered(x, axis: axis, operation.needed("indices"))]
    },
    .index: { operation in
      guard let given = operation.indexedAxes, given.count == 1 else { return nil }
      let x = try operation.needed("input")
      guard given[0].axis < x.shape.count else {
        throw NetworkError("expected an axis of \(x.shape.count), found \(given[0].axis)")
      }
      return [try gathered(x, axis: given[0].axis, operation.positions(given[0].indices))]
    },
  ]

  private static func constants(_ operation: LoweredOperation) throws -> [FoldedTensor] {
    let parts = try operation.list("inputs").map { value -> FoldedTensor in
      guard case .folded(let tensor) = value else { throw NetworkError("expected constants") }
      return tensor
    }
    guard !parts.isEmpty else { throw NetworkError("expected something to join") }
    return parts
  }

  /// The part of a tensor that an operation names.
  static func sliced(_ operation: LoweredOperation, _ whole: View) throws -> View {
    var view = whole
    for cut in try operation.cuts(of: view.sizes.count) {
      let size = view.sizes[cut.axis]
      let places = slicePlaces(of: size, start: cut.start, end: cut.end, step: cut.step)
      view = view.sliced(cut.axis, start: places.first ?? 0, count: places.count, step: cut.step)
    }
    return view
  }

  private static func joined(_ parts: [FoldedTensor], _ axis: Int) throws -> FoldedTensor {
    let first = parts[0].shape
    var shape = first
    shape[axis] = 0
    for part in parts {
      guard part.shape.count == first.count,
        part.shape.indices.allSatisfy({ $0 == axis || part.shape[$0] == first[$0] })
      else { throw NetworkError("expected constants that fit, found \(first) and \(part.shape)") }
      shape[axis] += part.shape[axis]
    }
    try Folding.check(shape)
    let numbers = try parts.map { try $0.values() }
    let outer = first[..<axis].product
    var result: [Double] = []
    for row in 0..<outer {
      for part in numbers {
        let length = part.count / outer
        result += part[row * length..<(row + 1) * length]
      }
    }
    return FoldedTensor(
      shape: shape, result, parts.dropFirst().reduce(parts[0].kind) { $0.joined(with: $1.kind) })
  }

  private static func gathered(
    _ x: FoldedTensor, axis: Int, _ indices: FoldedTensor
  ) throws -> FoldedTensor {
    let places = try indices.places(below: x.shape[axis])
    let outer = x.shape[..<axis].product
    let inner = x.shape[(axis + 1)...].product
    try Folding.check([outer, places.count, inner])
    let values = try x.values()
    var result: [Double] = []
    result.reserveCapacity(outer * places.count * inner)
    for row in 0..<outer {
      for place in places {
        let start = (row * x.shape[axis] + place) * inner
        result += values[start..<start + inner]
      }
    }
    return FoldedTensor(
      shape: x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...], result, x.kind)
  }
}

extension FoldedTensor {
  /// Positions along an axis, from the end where negative.
  func places(below size: Int) throws -> [Int] {
    try integers().map { index in
      let place = index < 0 ? index + size : index
      guard (0..<size).contains(place) else {
        throw NetworkError("expected indices below \(size), found \(index)")
      }
      return place
    }
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
