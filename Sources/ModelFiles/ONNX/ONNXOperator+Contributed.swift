// What ONNX Runtime adds to ONNX: functions and products that it has made one.

extension ONNXOperator {
  /// ONNX Runtime's own operators and a few fused ones.
  static let contributed: [ONNXOperator] = [
    ONNXOperator("com.microsoft.Gelu", .gelu),
    ONNXOperator("com.microsoft.QuickGelu") { step in
      let (scaled, gate) = (step.part("scaled"), step.part("gate"))
      let alpha = Argument.float(step.float("alpha") ?? 1.702)
      return [
        step.make(.multiply, ["a": step.input(0), "b": alpha], to: [scaled]),
        step.make(.sigmoid, ["input": .value(scaled)], to: [gate]),
        step.make(.multiply, ["a": step.input(0), "b": .value(gate)]),
      ]
    },
    ONNXOperator("com.microsoft.BiasGelu") { step in biased(step, "none") },
    ONNXOperator("com.microsoft.FastGelu") { step in biased(step, "tanh") },
    ONNXOperator("com.microsoft.FusedMatMul") { step in
      guard !step.flag("transBatchA"), !step.flag("transBatchB") else { return nil }
      var operations: [Operation] = []
      func operand(_ position: Int, _ attribute: String) -> Argument? {
        guard step.flag(attribute) else { return step.input(position) }
        let name = step.part(attribute)
        operations.append(
          step.make(
            .swapAxes, ["input": step.input(position), "first": .int(-2), "second": .int(-1)],
            to: [name]))
        return .value(name)
      }
      let (a, b) = (operand(0, "transA"), operand(1, "transB"))
      let alpha = step.float("alpha") ?? 1
      let product = alpha == 1 ? step.output : step.part("product")
      operations.append(step.make(.matrixProduct, ["a": a, "b": b], to: [product]))
      if alpha != 1 {
        operations.append(step.make(.multiply, ["a": .value(product), "b": .float(alpha)]))
      }
      return operations
    },
  ]

  private static func biased(_ step: ONNXStep, _ approximation: String) -> [Operation] {
    let sum = step.part("sum")
    let gelu = step.make(
      .gelu,
      [
        "input": step.has(1) ? .value(sum) : step.input(0), "approximate": .text(approximation),
      ])
    return step.has(1)
      ? [step.make(.add, ["a": step.input(0), "b": step.input(1)], to: [sum]), gelu] : [gelu]
  }
}
