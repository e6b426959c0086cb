// ONNX's elementwise operators, of one operand, two and several.

internal import WeightFiles

extension ONNXOperator {
  static let elementwise: [ONNXOperator] = [
    ONNXOperator("Relu", .rectifier),
    ONNXOperator("Sigmoid", .sigmoid),
    ONNXOperator("Tanh", .tanh),
    ONNXOperator("Gelu", .gelu, attributes: ["approximate": "approximate"]),
    ONNXOperator("HardSwish", .hardSwish),
    ONNXOperator(
      "HardSigmoid", .hardSigmoid, attributes: ["alpha": "alpha", "beta": "beta"],
      with: ["alpha": .float(0.2), "beta": .float(0.5)]),
    ONNXOperator("Clip", .clip, attributes: ["min": "minimum", "max": "maximum"]),
    ONNXOperator("Clip", since: 11, .clip, ["input", "minimum", "maximum"]),
    ONNXOperator("LeakyRelu", .leakyRectifier, attributes: ["alpha": "slope"]),
    ONNXOperator("PRelu", parametricRectifier),
    ONNXOperator("Elu", .elu, attributes: ["alpha": "alpha"]),
    ONNXOperator(
      "Selu", .elu, attributes: ["alpha": "alpha", "gamma": "scale"],
      with: [
        "alpha": .float(1.67326319217681884765625), "scale": .float(1.05070102214813232421875),
      ]),
    ONNXOperator("Celu") { step in
      let (alpha, scaled) = (step.float("alpha") ?? 1, step.part("scaled"))
      guard alpha != 1 else { return [step.make(.elu, ["input": step.input(0)])] }
      return [
        step.make(.divide, ["a": step.input(0), "b": .float(alpha)], to: [scaled]),
        step.make(.elu, ["input": .value(scaled), "scale": .float(alpha)]),
      ]
    },
    ONNXOperator("Shrink", .shrink, attributes: ["lambd": "threshold", "bias": "bias"]),
    ONNXOperator("ThresholdedRelu", .threshold, attributes: ["alpha": "limit"]),
    ONNXOperator("Tan", .tangent),
    ONNXOperator("Asin", .arcSine),
    ONNXOperator("Acos", .arcCosine),
    ONNXOperator("Atan", .arcTangent),
    ONNXOperator("Sinh", .hyperbolicSine),
    ONNXOperator("Cosh", .hyperbolicCosine),
    ONNXOperator("Asinh", .areaSine),
    ONNXOperator("Acosh", .areaCosine),
    ONNXOperator("Atanh", .areaTangent),
    ONNXOperator("Softplus", .softplus),
    ONNXOperator("Softsign", .softsign),
    ONNXOperator("Mish", .mish),
    ONNXOperator("Swish") { step in
      (step.float("alpha") ?? 1) == 1 ? [step.make(.silu, ["input": step.input(0)])] : nil
    },
    ONNXOperator("Exp", .exponential),
    ONNXOperator("Log", .logarithm),
    ONNXOperator("Sqrt", .squareRoot),
    ONNXOperator("Reciprocal", .reciprocal),
    ONNXOperator("Neg", .negation),
    ONNXOperator("Abs", .absolute),
    ONNXOperator("Erf", .errorFunction),
    ONNXOperator("Floor", .floor),
    ONNXOperator("Ceil", .ceil),
    ONNXOperator("Round", .round),
    ONNXOperator("Sign", .sign),
    ONNXOperator("Sin", .sine),
    ONNXOperator("Cos", .cosine),
    ONNXOperator("Not", .not),
    ONNXOperator("IsNaN") { step in
      let part = step.part("equal")
      return [
        step.make(.equal, ["a": step.input(0), "b": step.input(0)], to: [part]),
        step.make(.not, ["input": .value(part)]),
      ]
    },
    ONNXOperator("IsInf") { step in
      let (above, below) = (step.int("detect_positive") ?? 1, step.int("detect_negative") ?? 1)
      guard above != 0 || below != 0 else { return nil }
      guard above != 0, below != 0 else {
        let limit = above != 0 ? Double.infinity : -.infinity
        return [step.make(.equal, ["a": step.input(0), "b": .float(limit)])]
      }
      let size = step.part("size")
      return [
        step.make(.absolute, ["input": step.input(0)], to: [size]),
        step.make(.equal, ["a": .value(size), "b": .float(.infinity)]),
      ]
    },
    ONNXOperator("Identity", .identity),
    ONNXOperator("Dropout", dropout),
    ONNXOperator("Dropout", since: 12, dropout),
    ONNXOperator("Cast") { step in
      // Rounding is of 8-bit floats.
      step.ignore("saturate", "round_mode")
      guard let type = step.int("to").flatMap({ ONNXTensor.types[$0] }) else { return nil }
      return [step.make(.cast, ["input": step.input(0), "type": .text(type.rawValue)])]
    },
  ]

  static let arithmetic: [ONNXOperator] = [
    ONNXOperator("Add", .add, ["a", "b"]),
    ONNXOperator("Sub", .subtract, ["a", "b"]),
    ONNXOperator("Mul", .multiply, ["a", "b"]),
    ONNXOperator("Div", .divide, ["a", "b"], with: ["truncatesIntegers": .bool(true)]),
    ONNXOperator("Pow", .power, ["a", "b"]),
    ONNXOperator("Mod", .remainder, ["a", "b"], attributes: ["fmod": .flag("truncates")]),
    ONNXOperator("Equal", .equal, ["a", "b"]),
    ONNXOperator("Less", .less, ["a", "b"]),
    ONNXOperator("LessOrEqual", .lessOrEqual, ["a", "b"]),
    ONNXOperator("Greater", .greater, ["a", "b"]),
    ONNXOperator("GreaterOrEqual", .greaterOrEqual, ["a", "b"]),
    ONNXOperator("And", .and, ["a", "b"]),
    ONNXOperator("Or", .or, ["a", "b"]),
    ONNXOperator("Xor", .exclusiveOr, ["a", "b"]),
    ONNXOperator("Where", .choose, ["condition", "a", "b"]),
    ONNXOperator("Sum") { step in chain(step, .add, to: step.output) },
    ONNXOperator("Max") { step in chain(step, .maximum, to: step.output) },
    ONNXOperator("Min") { step in chain(step, .minimum, to: step.output) },
    ONNXOperator("Mean") { step in
      let sum = step.part("sum")
      return chain(step, .add, to: sum).map {
        $0 + [step.make(.divide, ["a": .value(sum), "b": .float(Double(step.inputs.count))])]
      }
    },
  ]

  /// Any number of operands, two by two.
  private static func chain(
    _ step: ONNXStep, _ kind: OperationKind, to result: String
  ) -> [Operation]? {
    let operands = step.inputs
    guard let first = operands.first else { return nil }
    guard operands.count > 1 else { return [step.make(.identity, ["input": first], to: [result])] }
    var sum = first
    return (1..<operands.count).map { index in
      let name = index == operands.count - 1 ? result : step.part("\(index)")
      defer { sum = .value(name) }
      return step.make(kind, ["a": sum, "b": operands[index]], to: [name])
    }
  }

  /// In evaluation as it is. The mode is an input since 12; one that is computed is not known.
  private static let dropout: Translation = { step in
    step.ignore("ratio", "seed", inputs: 1)
    if step.has(2), try step.integers(2)?.allSatisfy({ $0 == 0 }) != true { return nil }
    return [step.make(.identity, ["input": step.input(0)])]
  }

  /// The slope is broadcast as NumPy does, aligned at the last axis: it is one for each channel where its sizes say so.
  private static let parametricRectifier: Translation = { step in
    let (input, slope) = (step.input(0), step.input(1))
    let shape = step.constant(1)?.shape ?? []
    let isPerChannel = shape.count == 3 && shape[1] == 1 && shape[2] == 1
    if isPerChannel || step.constant(1)?.count == 1 {
      let flat = step.part("slope")
      return [
        step.make(.reshape, ["input": slope, "shape": .ints([-1])], to: [flat]),
        step.make(.parametricRectifier, ["input": input, "weight": .value(flat)]),
      ]
    }
    let (above, below, scaled) = (step.part("above"), step.part("below"), step.part("scaled"))
    return [
      step.make(.rectifier, ["input": input], to: [above]),
      step.make(.minimum, ["a": input, "b": .float(0)], to: [below]),
      step.make(.multiply, ["a": .value(below), "b": slope], to: [scaled]),
      step.make(.add, ["a": .value(above), "b": .value(scaled)]),
    ]
  }
}
