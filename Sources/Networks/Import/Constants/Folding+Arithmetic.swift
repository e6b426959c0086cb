// Arithmetic, comparisons and choices of two constants.

internal import Glibc
internal import ModelFiles

extension Folding {
  private static let numbers: [OperationKind: @Sendable (Double, Double) -> Double] = [
    .multiply: { $0 * $1 }, .power: { pow($0, $1) }, .minimum: { min($0, $1) },
    .maximum: { max($0, $1) },
  ]

  private static let truths: [OperationKind: @Sendable (Double, Double) -> Bool] = [
    .equal: { $0 == $1 }, .less: { $0 < $1 }, .lessOrEqual: { $0 <= $1 }, .greater: { $0 > $1 },
    .greaterOrEqual: { $0 >= $1 }, .and: { $0 != 0 && $1 != 0 }, .or: { $0 != 0 || $1 != 0 },
    .exclusiveOr: { ($0 != 0) != ($1 != 0) },
  ]

  static let arithmetic: [OperationKind: Rule] =
    numbers.mapValues { function -> Rule in { [try two($0, function)] } }
    .merging(
      truths.mapValues { function -> Rule in
        { operation in
          [
            try combined(operation.needed("a"), operation.needed("b"), .truth) {
              function($0, $1) ? 1 : 0
            }
          ]
        }
      }
    ) { own, _ in own }
    .merging([
      .add: { operation in
        let alpha = try operation.number("alpha", 1)
        return [try two(operation) { $0 + alpha * $1 }]
      },
      .subtract: { operation in
        let alpha = try operation.number("alpha", 1)
        return [try two(operation) { $0 - alpha * $1 }]
      },
      .remainder: { operation in
        let truncates = try operation.flag("truncates")
        return [
          try two(operation) { left, right in
            right == 0
              ? .nan
              : left - right * (left / right).rounded(truncates ? .towardZero : .down)
          }
        ]
      },
      .divide: { [try quotient($0)] },
      .choose: { [try chosen($0)] },
    ]) { own, _ in own }

  private static func two(
    _ operation: LoweredOperation, _ function: (Double, Double) -> Double
  ) throws -> FoldedTensor {
    let (a, b) = (try operation.needed("a"), try operation.needed("b"))
    return try combined(a, b, a.kind.computed(with: b.kind), function)
  }

  private static func quotient(_ operation: LoweredOperation) throws -> FoldedTensor {
    let (a, b) = (try operation.needed("a"), try operation.needed("b"))
    let areIntegers = a.isInteger && b.isInteger
    // ONNX divides integers as C does.
    let truncates = try areIntegers && operation.flag("truncatesIntegers")
    let rounding = operation.text("rounding") ?? (truncates ? "truncate" : nil)
    return try combined(a, b, areIntegers && rounding != nil ? .integer : .fraction) {
      left, right in
      switch rounding {
      case "floor": (left / right).rounded(.down)
      case "truncate": trunc(left / right)
      default: left / right
      }
    }
  }

  private static func chosen(_ operation: LoweredOperation) throws -> FoldedTensor {
    let condition = try operation.needed("condition")
    let (a, b) = (try operation.needed("a"), try operation.needed("b"))
    let left = try combined(condition, a, a.kind) { $0 != 0 ? $1 : .nan }
    let right = try combined(condition, b, b.kind) { $0 == 0 ? $1 : .nan }
    return try combined(left, right, a.kind.joined(with: b.kind)) { $0.isNaN ? $1 : $0 }
  }
}
