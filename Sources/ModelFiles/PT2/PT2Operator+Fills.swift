// PyTorch's operators that make tensors of numbers alone, or fill them.

internal import WeightFiles

extension PT2Operator {
  static let fills: [PT2Operator] = [
    PT2Operator("aten.full.default", "aten.new_full.default", "aten.full_like.default") { step in
      full(step, step["fill_value"])
    },
    PT2Operator(
      "aten.zeros.default", "aten.new_zeros.default", "aten.zeros_like.default",
      "aten.zero.default", "aten.empty.memory_format", "aten.new_empty.default",
      "aten.empty_like.default"
    ) { step in full(step, .float(0)) },
    PT2Operator("aten.ones.default", "aten.new_ones.default", "aten.ones_like.default") { step in
      full(step, .float(1))
    },
    PT2Operator("aten.fill.Scalar") { step in full(step, step["value"]) },
    PT2Operator("aten.fill.Tensor") { step in spread(step, step["value"]) },
    PT2Operator("aten.copy.default") { step in spread(step, step["src"]) },
    PT2Operator("aten.scalar_tensor.default") { step in
      step.ignore("dtype", "pin_memory")
      return [step.make(.full, ["shape": .list([]), "value": step["s"], "type": step.outputType])]
    },
    PT2Operator("aten.eye.default", "aten.eye.m") { step in
      step.ignore("dtype", "pin_memory")
      guard let rows = step["n"] else { return nil }
      let (ones, upper) = (step.part("ones"), step.part("upper"))
      return [
        step.make(
          .full,
          ["shape": .list([rows, step["m"] ?? rows]), "value": .int(1), "type": step.outputType],
          to: [ones]),
        step.make(.triangle, ["input": .value(ones), "upper": .bool(true)], to: [upper]),
        step.make(.triangle, ["input": .value(upper)]),
      ]
    },
    PT2Operator("aten.arange.default", "aten.arange.start", "aten.arange.start_step") { step in
      step.ignore("dtype", "pin_memory")
      let range = step.part("range")
      return [
        step.make(
          .range, ["start": step["start"], "end": step["end"], "step": step["step"]], to: [range]),
        step.make(.cast, ["input": .value(range), "type": step.outputType]),
      ]
    },
  ]

  /// One number everywhere, of the sizes that the file says, or of the first operand's.
  private static func full(_ step: PT2Step, _ value: Argument?) -> [Operation] {
    step.ignore("dtype", "pin_memory", "self")
    let (shape, operations) = shape(step)
    return operations
      + [step.make(.full, ["shape": shape, "value": value, "type": step.outputType])]
  }

  /// An operand broadcast to the first one's sizes, in its type.
  private static func spread(_ step: PT2Step, _ value: Argument?) -> [Operation] {
    step.ignore("non_blocking", "self")
    let (shape, operations) = shape(step)
    let cast = step.part("cast")
    return operations + [
      step.make(.cast, ["input": value, "type": step.outputType], to: [cast]),
      step.make(.expand, ["input": .value(cast), "shape": shape]),
    ]
  }

  private static func shape(_ step: PT2Step) -> (shape: Argument, operations: [Operation]) {
    if let size = step["size"] { return (size, []) }
    if let known = step.outputShape { return (.ints(known), []) }
    let name = step.part("shape")
    return (.value(name), [step.make(.shape, ["input": step["self"]], to: [name])])
  }
}
