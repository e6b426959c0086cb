// Padding of any axis of a sample: a copy.

internal import ModelFiles

extension Lowering {
  static let paddingHandlers: [OperationKind: Handler] = [
    .pad: { lowering, operation in [.view(try lowering.pad(operation))] }
  ]

  private func pad(_ operation: LoweredOperation) throws -> View {
    let x = try operation.view()
    let rank = x.sizes.count
    let before = try operation.needed("before").integers()
    let after = try operation.needed("after").integers()
    let axes = try operation.ints("axes", Array(0..<rank)).map { try operation.axis($0, of: rank) }
    let most = -Limits.window.upperBound...Limits.window.upperBound
    guard before.count == axes.count, after.count == axes.count, Set(axes).count == axes.count,
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
