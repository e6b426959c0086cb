// Comparisons, logic and choices of model files, of values that are computed: truth is 1 or 0.

internal import ModelFiles

extension Lowering {
  private static func compared(
    _ operation: Broadcast.Operation, turned: Bool = false
  ) -> Handler {
    { lowering, call in
      let (a, b) = (try lowering.operand("a", of: call), try lowering.operand("b", of: call))
      return [
        .view(try lowering.broadcast(operation, turned ? b : a, turned ? a : b, call))
      ]
    }
  }

  static let conditionHandlers: [OperationKind: Handler] = [
    .equal: compared(.equal), .less: compared(.less), .lessOrEqual: compared(.lessOrEqual),
    .greater: compared(.less, turned: true),
    .greaterOrEqual: compared(.lessOrEqual, turned: true), .and: compared(.and),
    .or: compared(.or), .exclusiveOr: compared(.exclusiveOr),
    .choose: { lowering, call in
      let condition = try lowering.operand("condition", of: call)
      let kept = try lowering.broadcast(
        .keepWhere, condition, lowering.operand("a", of: call), call)
      let other = try lowering.broadcast(
        .dropWhere, condition, lowering.operand("b", of: call), call)
      return [.view(try lowering.broadcast(.add, kept, other, call))]
    },
  ]

  /// A value, or a constant as one.
  func operand(_ name: String, of call: LoweredOperation) throws -> View {
    switch try call.value(name) {
    case .view(let view)?: return view
    case .folded(let tensor)?:
      return try constant(tensor, named: call.name(of: name) + ".\(name)")
    default: throw NetworkError("expected \(name) to be a value")
    }
  }
}
