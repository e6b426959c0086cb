// What files ask of constants' sizes, and tensors that they make of numbers alone.

internal import Glibc
internal import ModelFiles

extension Folding {
  static let sizes: [OperationKind: Rule] = [
    .shape: { operation in
      let shape = try operation.needed("input").shape
      let (start, end) = (try operation.int("start", 0), try operation.int("end", shape.count))
      let places = slicePlaces(of: shape.count, start: start, end: end, step: 1)
      return [FoldedTensor(places.map { shape[$0] })]
    },
    .size: { operation in
      let shape = try operation.needed("input").shape
      let axis = try operation.axis(operation.int("axis", 0), of: shape.count)
      return [FoldedTensor(shape: [], [Double(shape[axis])], .integer)]
    },
    .full: { operation in
      let shape = try operation.needed("shape").integers()
      try check(shape, upTo: repeatedLimit)
      let value = try operation.filling()
      return [FoldedTensor(shape: shape, repeating: value.number, value.kind)]
    },
    .range: { operation in
      let (start, step) = (try operation.number("start", 0), try operation.number("step", 1))
      let end = try operation.needed("end").scalar()
      guard step != 0, abs((end - start) / step) < Double(limit) else {
        throw NetworkError("expected a shorter range, found \(start)…\(end)")
      }
      let values = Array(stride(from: start, to: end, by: step))
      return [
        FoldedTensor(
          shape: [values.count], values,
          start == trunc(start) && step == trunc(step) ? .integer : .fraction)
      ]
    },
  ]
}

extension LoweredOperation {
  /// The number that a tensor is full of, and what it is.
  func filling() throws -> (number: Double, kind: FoldedTensor.Kind) {
    let value = try folded("value")
    let kind: FoldedTensor.Kind =
      switch text("type") {
      case nil: value?.kind ?? .fraction
      case "bool"?: .truth
      case let type?: type.contains("float") ? .fraction : .integer
      }
    let number = try value?.scalar() ?? 0
    return (kind == .truth ? (number != 0 ? 1 : 0) : number, kind)
  }
}
