// ONNX's convolutions, matrix products, attention and normalisations.

extension ONNXOperator {
  static let products: [ONNXOperator] = [
    ONNXOperator("Conv") { step in
      let planes = step.planes ?? step.constant(1).map { $0.shape.count - 2 } ?? 2
      guard (1...2).contains(planes), let padding = step.padding(planes) else { return nil }
      return step.plain(
        .convolution, ["input", "weight", "bias"],
        [
          "kernel_shape": .ignored, "strides": "stride", "dilations": "dilation",
          "group": "groups", "pads": .ignored, "auto_pad": .ignored,
        ], ["padding": padding]
      ).map { [$0] }
    },
    ONNXOperator(
      "Gemm", .gemm, ["a", "b", "c"],
      attributes: [
        "alpha": "alpha", "beta": "beta", "transA": .flag("transposeA"),
        "transB": .flag("transposeB"),
      ]),
    ONNXOperator("MatMul", .matrixProduct, ["a", "b"]),
    ONNXOperator("Einsum") { step in
      guard let equation = step.text("equation") else { return nil }
      return Einsum(equation, step.inputs)?.operations(into: step.output, part: step.part) {
        step.make($0, $1, to: [$2])
      }
    },
    ONNXOperator("ConvTranspose") { step in
      let planes = step.planes ?? step.constant(1).map { $0.shape.count - 2 } ?? 2
      guard (1...2).contains(planes), (step.text("auto_pad") ?? "NOTSET") == "NOTSET",
        let padding = step.padding(planes)
      else { return nil }
      return step.plain(
        .transposedConvolution, ["input", "weight", "bias"],
        [
          "kernel_shape": .ignored, "strides": "stride", "dilations": "dilation",
          "group": "groups", "output_padding": "outputPadding", "pads": .ignored,
          "auto_pad": .ignored,
        ], ["padding": padding]
      ).map { [$0] }
    },
    ONNXOperator("CumSum") { step in
      [
        step.make(
          .cumulativeSum,
          [
            "input": step.input(0), "axis": step.input(1),
            "excludes": .bool(step.flag("exclusive")), "reversed": .bool(step.flag("reverse")),
          ])
      ]
    },
    ONNXOperator("Attention", since: 23) { step in try attention(step) },
  ]

  /// Past keys and what is asked of the scores are others, and so are heads that share keys.
  private static func attention(_ step: ONNXStep) throws -> [Operation]? {
    guard step.node.outputs.dropFirst().allSatisfy(\.isEmpty) else { return nil }
    let heads = step.int("q_num_heads")
    guard heads == step.int("kv_num_heads") else { return nil }
    var whole = step.plain(
      .attention, ["query", "key", "value", "mask"],
      [
        "scale": "scale", "is_causal": .flag("causal"), "softmax_precision": .ignored,
        "q_num_heads": .ignored, "kv_num_heads": .ignored,
      ])
    guard let heads else { return whole.map { [$0] } }
    // Batch × tokens × heads · size.
    var operations: [Operation] = []
    for name in ["query", "key", "value"] {
      let (split, moved) = (step.part("\(name)/split"), step.part(name))
      operations += [
        step.make(
          .unflatten,
          ["input": whole?.arguments[name], "axis": .int(2), "sizes": .ints([heads, -1])],
          to: [split]),
        step.make(
          .transpose, ["input": .value(split), "order": .ints([0, 2, 1, 3])], to: [moved]),
      ]
      whole?.arguments[name] = .value(moved)
    }
    let (result, tokens) = (step.part("result"), step.part("tokens"))
    whole?.outputs = [result]
    return whole.map {
      operations + [
        $0,
        step.make(
          .transpose, ["input": .value(result), "order": .ints([0, 2, 1, 3])], to: [tokens]),
        step.make(.flatten, ["input": .value(tokens), "start": .int(2)]),
      ]
    }
  }

  static let normalisations: [ONNXOperator] = [
    ONNXOperator("BatchNormalization") { step in
      guard (step.int("spatial") ?? 1) == 1 else { return nil }
      // In training running means are written, not read.
      let isTraining = step.flag("training_mode")
      return step.plain(
        .batchNormalisation,
        [
          "input", "weight", "bias", isTraining ? .ignored : "mean",
          isTraining ? .ignored : "variance",
        ],
        [
          "epsilon": "epsilon", "momentum": .ignored, "spatial": .ignored,
          "training_mode": .ignored,
        ]
      ).map { [$0] }
    },
    ONNXOperator(
      "LayerNormalization", .layerNormalisation, ["input", "weight", "bias"],
      attributes: ["axis": "axis", "epsilon": "epsilon", "stash_type": .ignored]),
    ONNXOperator(
      "RMSNormalization", .rmsNormalisation, ["input", "weight"],
      attributes: ["axis": "axis", "epsilon": "epsilon", "stash_type": .ignored]),
    ONNXOperator(
      "InstanceNormalization", .instanceNormalisation, ["input", "weight", "bias"],
      attributes: ["epsilon": "epsilon"]),
    // Before 21 a weight was one for each group.
    ONNXOperator(
      "GroupNormalization", since: 18, .groupNormalisation, ["input", "weight", "bias"],
      attributes: ["num_groups": "groups", "epsilon": "epsilon"], with: ["perGroup": .bool(true)]),
    ONNXOperator(
      "GroupNormalization", since: 21, .groupNormalisation, ["input", "weight", "bias"],
      attributes: ["num_groups": "groups", "epsilon": "epsilon", "stash_type": .ignored]),
    ONNXOperator(
      "LRN", .localResponseNormalisation,
      attributes: ["size": "size", "alpha": "alpha", "beta": "beta", "bias": "k"]),
    ONNXOperator("LpNormalization") { step in
      let power = step.int("p") ?? 2
      guard (1...2).contains(power) else { return nil }
      let (size, norm, divisor) = (
        step.part("size"), step.part("norm"), step.part("divisor")
      )
      let over: [String: Argument?] = [
        "axes": .ints([step.int("axis") ?? -1]), "keepDimensions": .bool(true),
        "input": power == 1 ? .value(size) : step.input(0),
      ]
      let sizes = [step.make(.absolute, ["input": step.input(0)], to: [size])]
      return (power == 1 ? sizes : []) + [
        step.make(power == 1 ? .sum : .l2Norm, over, to: [norm]),
        // Where all are 0 they stay 0.
        step.make(
          .maximum, ["a": .value(norm), "b": .float(Double(Float.leastNormalMagnitude))],
          to: [divisor]),
        step.make(.divide, ["a": step.input(0), "b": .value(divisor)]),
      ]
    },
    ONNXOperator("Softmax") { step in flattened(step, .softmax) },
    ONNXOperator("LogSoftmax") { step in flattened(step, .logSoftmax) },
    ONNXOperator("Softmax", since: 13, .softmax, attributes: ["axis": "axis"]),
    ONNXOperator("LogSoftmax", since: 13, .logSoftmax, attributes: ["axis": "axis"]),
  ]

  /// Before 13: over all axes from `axis` on at once.
  private static func flattened(_ step: ONNXStep, _ kind: OperationKind) -> [Operation] {
    let axis = step.int("axis") ?? 1
    guard axis != -1 else { return [step.make(kind, ["input": step.input(0), "axis": .int(-1)])] }
    let (shape, matrix, result) = (step.part("shape"), step.part("matrix"), step.part("result"))
    return [
      step.make(.shape, ["input": step.input(0)], to: [shape]),
      step.make(.flattenToMatrix, ["input": step.input(0), "axis": .int(axis)], to: [matrix]),
      step.make(kind, ["input": .value(matrix), "axis": .int(1)], to: [result]),
      step.make(.reshape, ["input": .value(result), "shape": .value(shape)]),
    ]
  }
}

extension ONNXStep {
  /// How many axes a window has; nil where no attribute says so.
  var planes: Int? {
    ints("kernel_shape")?.count ?? ints("strides")?.count ?? ints("dilations")?.count
      ?? ints("pads").map { $0.count / 2 }
  }

  /// Before and behind each of so many axes; nil for what is none.
  func padding(_ planes: Int) -> Argument? {
    switch text("auto_pad") ?? "NOTSET" {
    case "SAME_UPPER": return .text("same")
    case "SAME_LOWER": return .text("sameLower")
    case "VALID": return .text("valid")
    case "NOTSET":
      let pads = ints("pads") ?? [Int](repeating: 0, count: 2 * planes)
      return pads.count == 2 * planes ? .ints(pads) : nil
    default: return nil
    }
  }
}
