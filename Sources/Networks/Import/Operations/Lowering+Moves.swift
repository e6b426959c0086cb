// Operations that take elements along an axis to other places: rolling, gathering. Copies where no view does.

internal import Basics
internal import ModelFiles

extension Lowering {
  static let moveHandlers: [OperationKind: Handler] = [
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
    .index: { lowering, operation in
      guard let given = operation.indexedAxes else { throw NetworkError("expected indices") }
      guard given.count == 1 else { return [.view(try lowering.index(operation, given))] }
      var gather = operation.operation
      gather.arguments["indices"] = given[0].indices
      gather.arguments["axis"] = .int(given[0].axis)
      return [
        .view(try lowering.gather(LoweredOperation(operation: gather, lowering: lowering)))
      ]
    },
  ]

  /// NumPy's take.
  func gather(_ operation: LoweredOperation) throws -> View {
    let x = try operation.view()
    if case .perSample(let numbers)? = try operation.value("indices") {
      return try gather(x, at: numbers, operation)
    }
    let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
    let indices = try operation.positions()
    guard axis != x.batchAxis else { throw NetworkError("expected to take within a sample") }
    let places = try indices.places(below: x.sizes[axis])
    if places.count == 1, indices.shape.count <= 1 {
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
}
