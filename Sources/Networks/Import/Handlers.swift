// Which operations the engine runs, and where each becomes nodes.

internal import ModelFiles

/// Makes nodes of an operation; as many values as it has outputs.
typealias Handler = @Sendable (Lowering, LoweredOperation) throws -> [LoweredValue]

extension Lowering {
  /// Every kind that is lowered; what is not here is refused by name.
  static let handlers: [OperationKind: Handler] = [
    convolutionHandlers, transposedHandlers, productHandlers, normalisationHandlers,
    functionHandlers,
    arithmeticHandlers, reductionHandlers, shapeHandlers, expansionHandlers, partHandlers,
    moveHandlers, shuffleHandlers, paddingHandlers, joinHandlers, poolingHandlers, sizeHandlers,
    conditionHandlers, windowHandlers,
  ].reduce(into: [:]) { all, some in
    all.merge(some) { _, _ in preconditionFailure("A kind of operation is lowered in one place.") }
  }
}
