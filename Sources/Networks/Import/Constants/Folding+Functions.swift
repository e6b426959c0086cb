// Functions of one constant, element by element.

internal import Glibc
internal import ModelFiles

extension Folding {
  /// Whole numbers stay whole.
  private static let exact: [OperationKind: @Sendable (Double) -> Double] = [
    .negation: { -$0 }, .absolute: { abs($0) }, .floor: { $0.rounded(.down) },
    .ceil: { $0.rounded(.up) }, .round: { $0.rounded(.toNearestOrEven) },
    .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, .rectifier: { max($0, 0) },
  ]

  private static let real: [OperationKind: @Sendable (Double) -> Double] = [
    .squareRoot: { $0.squareRoot() }, .reciprocalSquareRoot: { 1 / $0.squareRoot() },
    .reciprocal: { 1 / $0 }, .exponential: { exp($0) }, .logarithm: { log($0) },
    .sine: { sin($0) }, .cosine: { cos($0) }, .tanh: { tanh($0) },
    .sigmoid: { 1 / (1 + exp(-$0)) }, .errorFunction: { erf($0) },
  ]

  static let functions: [OperationKind: Rule] =
    exact.mapValues { function -> Rule in
      { [try each($0, function) { $0.computed(with: .integer) }] }
    }
    .merging(
      real.mapValues { function -> Rule in { [try each($0, function) { _ in .fraction }] } }
    ) { own, _ in own }
    .merging([
      .not: { [try each($0, { $0 == 0 ? 1 : 0 }) { _ in .truth }] },
      .identity: { [try $0.needed("input")] },
      .cast: { [try cast($0)] },
      .clip: { operation in
        let low = try operation.number("minimum", -.infinity)
        let high = try operation.number("maximum", .infinity)
        return [try each(operation, { min(max($0, low), high) }) { $0 }]
      },
    ]) { own, _ in own }

  private static func each(
    _ operation: LoweredOperation, _ function: (Double) -> Double,
    _ kind: (FoldedTensor.Kind) -> FoldedTensor.Kind
  ) throws -> FoldedTensor {
    let x = try operation.needed("input")
    return FoldedTensor(shape: x.shape, try x.values().map(function), kind(x.kind))
  }

  /// What types of whole numbers hold; those of 64 bits hold what a file counts.
  private static let ranges: [String: ClosedRange<Double>] = [
    "uint8": 0...255, "int8": -128...127, "int16": -32768...32767,
    "int32": -0x1p31...0x1p31 - 1,
  ]

  private static func cast(_ operation: LoweredOperation) throws -> FoldedTensor {
    let x = try operation.needed("input")
    let type = operation.text("type") ?? "float32"
    if ["float32", "float16", "bfloat16", "float64"].contains(type) {
      return FoldedTensor(shape: x.shape, try x.values(), .fraction)
    }
    if type == "bool" {
      return FoldedTensor(shape: x.shape, try x.values().map { $0 != 0 ? 1 : 0 }, .truth)
    }
    let whole = try x.values().map { trunc($0) }
    if let range = ranges[type], let other = whole.first(where: { !range.contains($0) }) {
      throw NetworkError("expected numbers that \(type) holds, found \(other)")
    }
    return FoldedTensor(shape: x.shape, whole, .integer)
  }
}
