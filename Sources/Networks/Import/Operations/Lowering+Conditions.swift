// Comparisons, logic and choices of model files, of values that are computed: truth is 1 or 0.

internal import ModelFiles

extension Lowering {
  private static func compared(
    _ operation: Broadcast.Operation, turned: Bool = false
  ) -> Handler {
    { lowering, call in
      let (a, b) = (try call.view("a"), try call.view("b"))
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
      let condition = try call.view("condition")
      let kept = try lowering.broadcast(.keepWhere, condition, call.view("a"), call)
      let other = try lowering.broadcast(.dropWhere, condition, call.view("b"), call)
      return [.view(try lowering.broadcast(.add, kept, other, call))]
    },
  ]
}
