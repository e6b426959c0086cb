// PyTorch's elementwise operators, of one operand and of two.

internal import WeightFiles

extension PT2Operator {
  private static let one: [(String, OperationKind)] = [
    ("relu", .rectifier), ("sigmoid", .sigmoid), ("tanh", .tanh), ("silu", .silu),
    ("hardswish", .hardSwish), ("hardsigmoid", .hardSigmoid), ("mish", .mish),
    ("exp", .exponential), ("log", .logarithm), ("sqrt", .squareRoot),
    ("rsqrt", .reciprocalSquareRoot), ("reciprocal", .reciprocal), ("neg", .negation),
    ("abs", .absolute), ("erf", .errorFunction), ("floor", .floor), ("ceil", .ceil),
    ("round", .round), ("sign", .sign), ("sgn", .sign), ("sin", .sine), ("cos", .cosine),
    ("tan", .tangent), ("asin", .arcSine), ("acos", .arcCosine), ("atan", .arcTangent),
    ("sinh", .hyperbolicSine), ("cosh", .hyperbolicCosine), ("asinh", .areaSine),
    ("acosh", .areaCosine), ("atanh", .areaTangent),
    ("logical_not", .not), ("clone", .identity), ("lift_fresh_copy", .identity),
  ]

  static let elementwise: [PT2Operator] =
    one.map { name, kind in
      PT2Operator("aten.\(name).default", as: kind, ["self": "input", "memory_format": .ignored])
    } + [
      PT2Operator("aten.contiguous.default", as: .identity, view: true, ["self": "input"]),
      PT2Operator(
        "aten.alias.default", "aten.detach.default", as: .identity, view: true, ["self": "input"]),
      PT2Operator(
        "aten.dropout.default", "aten.feature_dropout.default", "aten.alpha_dropout.default",
        as: .identity, view: true,
        ["input": "input", "self": "input", "p": .ignored, "train": .only(.bool(false))]),
      PT2Operator(
        "aten.native_dropout.default", as: .identity,
        ["input": "input", "p": .ignored, "train": .only(.bool(false))]),
      PT2Operator("aten.gelu.default", as: .gelu, ["self": "input", "approximate": "approximate"]),
      PT2Operator(
        "aten.hardtanh.default", as: .clip,
        ["self": "input", "min_val": "minimum", "max_val": "maximum"],
        with: ["minimum": .float(-1), "maximum": .float(1)]),
      PT2Operator(
        "aten.relu6.default", as: .clip, ["self": "input"],
        with: ["minimum": .float(0), "maximum": .float(6)]),
      PT2Operator(
        "aten.clamp.default", "aten.clamp_min.default", "aten.clamp_max.default",
        "aten.clip.default", as: .clip, ["self": "input", "min": "minimum", "max": "maximum"]),
      PT2Operator(
        "aten.leaky_relu.default", as: .leakyRectifier,
        ["self": "input", "negative_slope": "slope"]),
      PT2Operator(
        "aten.prelu.default", as: .parametricRectifier, ["self": "input", "weight": "weight"]),
      PT2Operator("aten._prelu_kernel.default") { step in
        let flat = step.part("weight")
        return [
          step.make(.reshape, ["input": step["weight"], "shape": .ints([-1])], to: [flat]),
          step.make(.parametricRectifier, ["input": step["self"], "weight": .value(flat)]),
        ]
      },
      PT2Operator(
        "aten.elu.default", as: .elu,
        ["self": "input", "alpha": "alpha", "scale": "scale", "input_scale": .only(.int(1))]),
      PT2Operator(
        "aten.selu.default", as: .elu, ["self": "input"],
        with: [
          "alpha": .float(1.6732632423543772848170429916717),
          "scale": .float(1.0507009873554804934193349852946),
        ]),
      PT2Operator("aten.celu.default") { step in
        let (alpha, scaled) = (step.number("alpha") ?? 1, step.part("scaled"))
        guard alpha != 1 else { return [step.make(.elu, ["input": step["self"]])] }
        return [
          step.make(.divide, ["a": step["self"], "b": .float(alpha)], to: [scaled]),
          step.make(.elu, ["input": .value(scaled), "scale": .float(alpha)]),
        ]
      },
      PT2Operator(
        "aten.hardshrink.default", as: .shrink, ["self": "input", "lambd": "threshold"]),
      PT2Operator("aten.softshrink.default") { step in
        let limit = Argument.float(step.number("lambd") ?? 0.5)
        return [step.make(.shrink, ["input": step["self"], "threshold": limit, "bias": limit])]
      },
      PT2Operator(
        "aten.threshold.default", as: .threshold,
        ["self": "input", "threshold": "limit", "value": "value"]),
      PT2Operator(
        "aten.softplus.default", as: .softplus,
        ["self": "input", "beta": "beta", "threshold": "threshold"]),
      PT2Operator("aten.square.default") { step in
        [step.make(.multiply, ["a": step["self"], "b": step["self"]])]
      },
      PT2Operator("aten.expm1.default") { step in
        let part = step.part("power")
        return [
          step.make(.exponential, ["input": step["self"]], to: [part]),
          step.make(.subtract, ["a": .value(part), "b": .float(1)]),
        ]
      },
      PT2Operator("aten.log1p.default") { step in
        let part = step.part("sum")
        return [
          step.make(.add, ["a": step["self"], "b": .float(1)], to: [part]),
          step.make(.logarithm, ["input": .value(part)]),
        ]
      },
      PT2Operator("aten.bitwise_not.default") { step in
        step.outputType == .text("bool") ? [step.make(.not, ["input": step["self"]])] : nil
      },
      PT2Operator(
        "aten.to.dtype", "aten.to.dtype_layout", "aten.to.device", "aten._to_copy.default",
        "aten.type_as.default"
      ) { step in
        step.ignore("dtype", "non_blocking", "copy", "device", "other")
        return [step.make(.cast, ["input": step["self"], "type": step.outputType])]
      },
    ]

  private static let two: [(String, OperationKind)] = [
    ("mul", .multiply), ("eq", .equal), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
    ("ge", .greaterOrEqual), ("remainder", .remainder),
  ]

  static let arithmetic: [PT2Operator] =
    two.map { name, kind in
      PT2Operator(
        "aten.\(name).Tensor", "aten.\(name).Scalar", as: kind, ["self": "a", "other": "b"])
    } + [
      PT2Operator(
        "aten.add.Tensor", "aten.add.Scalar", as: .add,
        ["self": "a", "other": "b", "alpha": "alpha"]),
      PT2Operator(
        "aten.sub.Tensor", "aten.sub.Scalar", as: .subtract,
        ["self": "a", "other": "b", "alpha": "alpha"]),
      PT2Operator(
        "aten.rsub.Tensor", "aten.rsub.Scalar", as: .subtract,
        ["self": "b", "other": "a", "alpha": "alpha"]),
      PT2Operator(
        "aten.div.Tensor", "aten.div.Scalar", "aten.true_divide.Tensor", as: .divide,
        ["self": "a", "other": "b"]),
      PT2Operator("aten.div.Tensor_mode", "aten.div.Scalar_mode") { step in
        let modes = ["none": nil, "floor": "floor", "trunc": "truncate"] as [String: String?]
        guard let rounding = modes[step.text("rounding_mode") ?? "none"] else { return nil }
        return [
          step.make(
            .divide,
            ["a": step["self"], "b": step["other"], "rounding": rounding.map { .text($0) }])
        ]
      },
      PT2Operator(
        "aten.floor_divide.default", "aten.floor_divide.Scalar", as: .divide,
        ["self": "a", "other": "b"], with: ["rounding": .text("floor")]),
      PT2Operator(
        "aten.fmod.Tensor", "aten.fmod.Scalar", as: .remainder, ["self": "a", "other": "b"],
        with: ["truncates": .bool(true)]),
      PT2Operator(
        "aten.pow.Tensor_Scalar", "aten.pow.Tensor_Tensor", "aten.pow.Scalar", as: .power,
        ["self": "a", "exponent": "b"]),
      PT2Operator(
        "aten.maximum.default", "aten.max.other", as: .maximum, ["self": "a", "other": "b"]),
      PT2Operator(
        "aten.minimum.default", "aten.min.other", as: .minimum, ["self": "a", "other": "b"]),
      PT2Operator("aten.ne.Tensor", "aten.ne.Scalar") { step in
        let part = step.part("equal")
        return [
          step.make(.equal, ["a": step["self"], "b": step["other"]], to: [part]),
          step.make(.not, ["input": .value(part)]),
        ]
      },
      PT2Operator("aten.logical_and.default", as: .and, ["self": "a", "other": "b"]),
      PT2Operator("aten.logical_or.default", as: .or, ["self": "a", "other": "b"]),
      PT2Operator("aten.logical_xor.default", as: .exclusiveOr, ["self": "a", "other": "b"]),
      PT2Operator("aten.bitwise_and.Tensor", "aten.__and__.Tensor") { step in
        step.outputType == .text("bool")
          ? [step.make(.and, ["a": step["self"], "b": step["other"]])] : nil
      },
      PT2Operator("aten.bitwise_or.Tensor", "aten.__or__.Tensor") { step in
        step.outputType == .text("bool")
          ? [step.make(.or, ["a": step["self"], "b": step["other"]])] : nil
      },
      PT2Operator(
        "aten.where.self", "aten.where.ScalarOther", "aten.where.ScalarSelf", "aten.where.Scalar",
        as: .choose, ["condition": "condition", "self": "a", "other": "b"]),
      PT2Operator(
        "aten.masked_fill.Scalar", "aten.masked_fill.Tensor", as: .choose,
        ["mask": "condition", "value": "a", "self": "b"]),
      PT2Operator("aten.addcmul.default") { step in combined(step, .multiply) },
      PT2Operator("aten.addcdiv.default") { step in combined(step, .divide) },
    ]

  /// self + value · (tensor1 · tensor2), or their quotient.
  private static func combined(_ step: PT2Step, _ kind: OperationKind) -> [Operation] {
    let part = step.part("part")
    return [
      step.make(kind, ["a": step["tensor1"], "b": step["tensor2"]], to: [part]),
      step.make(.add, ["a": step["self"], "b": .value(part), "alpha": step["value"]]),
    ]
  }
}
