// ONNX's reductions, changes of shape, and what computes with shapes. Axes are an attribute in old operator sets and an
// input in new ones.

internal import WeightFiles

extension ONNXOperator {
  private static let reduced: [(String, OperationKind)] = [
    ("ReduceMean", .mean), ("ReduceSum", .sum), ("ReduceMax", .maximumOver),
    ("ReduceMin", .minimumOver), ("ReduceProd", .productOver), ("ReduceL2", .l2Norm),
  ]

  static let reductions: [ONNXOperator] =
    reduced.map { name, kind in
      ONNXOperator(name) { step in try step.reduction(kind, of: step.input(0)) }
    } + [
      ONNXOperator("ReduceL1") { step in
        let part = step.part("absolute")
        return try step.reduction(.sum, of: .value(part)).map {
          [step.make(.absolute, ["input": step.input(0)], to: [part])] + $0
        }
      },
      ONNXOperator("ReduceSumSquare") { step in
        let part = step.part("square")
        return try step.reduction(.sum, of: .value(part)).map {
          [step.make(.multiply, ["a": step.input(0), "b": step.input(0)], to: [part])] + $0
        }
      },
      ONNXOperator("ReduceLogSum") { step in
        let part = step.part("sum")
        return try step.reduction(.sum, of: step.input(0), to: part).map {
          $0 + [step.make(.logarithm, ["input": .value(part)])]
        }
      },
      ONNXOperator("ReduceLogSumExp") { step in
        // Less the largest, for no power to overflow.
        let names = ["largest", "kept", "rest", "power", "sum", "logarithm"].map(step.part)
        guard
          let largest = try step.reduction(.maximumOver, of: step.input(0), to: names[0]),
          let kept = try step.reduction(
            .maximumOver, of: step.input(0), to: names[1], keeps: true),
          let sums = try step.reduction(.sum, of: .value(names[3]), to: names[4])
        else { return nil }
        return largest + kept + [
          step.make(
            .subtract, ["a": step.input(0), "b": .value(names[1])], to: [names[2]]),
          step.make(.exponential, ["input": .value(names[2])], to: [names[3]]),
        ] + sums + [
          step.make(.logarithm, ["input": .value(names[4])], to: [names[5]]),
          step.make(.add, ["a": .value(names[5]), "b": .value(names[0])]),
        ]
      },
    ]

  static let shapes: [ONNXOperator] = [
    ONNXOperator("Reshape") { step in
      let shape = step.input(1) ?? step.ints("shape").map(Argument.ints)
      let zeroCopies = Argument.bool(!step.flag("allowzero"))
      return [
        step.make(
          .reshape, ["input": step.input(0), "shape": shape, "zeroCopies": zeroCopies])
      ]
    },
    ONNXOperator("Flatten", .flattenToMatrix, attributes: ["axis": "axis"]),
    ONNXOperator("Transpose", .transpose, attributes: ["perm": "order"]),
    ONNXOperator("Squeeze") { step in
      [step.make(.squeeze, ["input": step.input(0), "axes": step.axes])]
    },
    ONNXOperator("Unsqueeze") { step in
      [step.make(.unsqueeze, ["input": step.input(0), "axes": step.axes])]
    },
    ONNXOperator("Expand", .expand, ["input", "shape"]),
    ONNXOperator("Tile") { step in
      [step.make(.tile, ["input": step.input(0), "repeats": step.input(1)])]
    },
    ONNXOperator("DepthToSpace") { step in
      let order = step.text("mode") ?? "DCR"
      return ["DCR", "CRD"].contains(order)
        ? [
          step.make(
            .pixelShuffle,
            [
              "input": step.input(0), "factor": step.argument("blocksize"),
              "columnFirst": .bool(order == "DCR"),
            ])
        ] : nil
    },
    ONNXOperator("SpaceToDepth") { step in
      // Before 28 there was this order alone.
      let order = step.text("mode") ?? "DCR"
      return ["DCR", "CRD"].contains(order)
        ? [
          step.make(
            .pixelUnshuffle,
            [
              "input": step.input(0), "factor": step.argument("blocksize"),
              "columnFirst": .bool(order == "DCR"),
            ])
        ] : nil
    },
    ONNXOperator("Shape", .shape, attributes: ["start": "start", "end": "end"]),
    ONNXOperator("Size") { step in
      let shape = step.part("shape")
      return [
        step.make(.shape, ["input": step.input(0)], to: [shape]),
        step.make(.productOver, ["input": .value(shape)]),
      ]
    },
    ONNXOperator("ConstantOfShape") { step in
      guard let tensor = step.tensor("value") else {
        return [
          step.make(.full, ["shape": step.input(0), "value": .float(0), "type": .text("float32")])
        ]
      }
      // A tensor of one number, which the reader has put among the constants.
      let value = step.part("value")
      guard let constant = step.constants.byName[value], constant.count == 1,
        tensor.shape.count <= 1
      else { return nil }
      let number: Argument =
        constant.type.isInteger
        ? .int(try constant.integers()[0]) : .float(Double(try constant.floats()[0]))
      return [
        step.make(
          .full,
          ["shape": step.input(0), "value": number, "type": .text(constant.type.rawValue)])
      ]
    },
    ONNXOperator("Range", .range, ["start", "end", "step"]),
  ]
}

extension ONNXStep {
  /// Nil where all are meant.
  var axes: Argument? { input(1) ?? ints("axes").map(Argument.ints) }

  /// - Parameters:
  ///   - result: The node's first output where nil.
  ///   - keeps: Whether the axes stay, whatever the node says.
  fileprivate func reduction(
    _ kind: OperationKind, of operand: Argument?, to result: String? = nil, keeps: Bool = false
  ) throws -> [Operation]? {
    let outputs = result.map { [$0] }
    // ONNX keeps them where it does not say.
    let keeps = keeps || (int("keepdims") ?? 1) != 0
    let known = try integers(1)
    let isEmpty = known?.isEmpty ?? (axes == nil || axes == .list([]))
    if flag("noop_with_empty_axes") {
      if isEmpty { return [make(.identity, ["input": operand], to: outputs)] }
      // Whether there are any is not known before they are computed.
      if has(1), known == nil { return nil }
    }
    return [
      make(
        kind,
        [
          "input": operand, "axes": isEmpty ? nil : axes, "keepDimensions": .bool(keeps),
        ], to: outputs)
    ]
  }
}
