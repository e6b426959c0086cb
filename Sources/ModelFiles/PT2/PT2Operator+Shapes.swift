// PyTorch's reductions, changes of shape, and what computes with shapes.

extension PT2Operator {
  private static let reduced: [String: Slot] = [
    "self": "input", "dim": .list("axes"), "keepdim": "keepDimensions", "dtype": .floating,
  ]

  static let reductions: [PT2Operator] = [
    PT2Operator("aten.var.correction", "aten.var.dim", "aten.var.default") { step in
      variance(step, into: step.output)
    },
    PT2Operator("aten.std.correction", "aten.std.dim", "aten.std.default") { step in
      let part = step.part("variance")
      return variance(step, into: part).map {
        $0 + [step.make(.squareRoot, ["input": .value(part)])]
      }
    },
    PT2Operator("aten.mean.dim", "aten.mean.default", as: .mean, reduced),
    PT2Operator("aten.sum.dim_IntList", "aten.sum.default", as: .sum, reduced),
    PT2Operator("aten.amax.default", "aten.max.default", as: .maximumOver, reduced),
    PT2Operator("aten.amin.default", "aten.min.default", as: .minimumOver, reduced),
    // Where nobody reads the positions.
    PT2Operator("aten.max.dim", as: .maximumOver, reduced),
    PT2Operator("aten.min.dim", as: .minimumOver, reduced),
    // Of bools, which these make bools.
    PT2Operator("aten.any.dim", "aten.any.dims", "aten.any.default", as: .maximumOver, reduced),
    PT2Operator("aten.all.dim", "aten.all.dims", "aten.all.default", as: .minimumOver, reduced),
    PT2Operator("aten.prod.dim_int", "aten.prod.default", as: .productOver, reduced),
    PT2Operator("aten.linalg_vector_norm.default") { step in
      guard (step.number("ord") ?? 2) == 2 else { return nil }
      return step.plain(.l2Norm, reduced.merging(["ord": .ignored]) { $1 }).map { [$0] }
    },
    PT2Operator("aten.norm.ScalarOpt_dim", "aten.norm.Scalar") { step in
      guard (step.number("p") ?? 2) == 2 else { return nil }
      return step.plain(.l2Norm, reduced.merging(["p": .ignored]) { $1 }).map { [$0] }
    },
  ]

  /// Deviations from the mean squared, over their number less the correction; of sizes that the file says.
  private static func variance(_ step: PT2Step, into result: String) -> [Operation]? {
    guard case .value(let name)? = step["self"], let sizes = step.tensors[name]?.sizes else {
      return nil
    }
    let given = step["dim"].map { axes -> [Argument] in
      if case .list(let list) = axes { list } else { [axes] }
    }
    var count = 1
    for argument in given ?? sizes.indices.map({ .int($0) }) {
      guard case .int(let axis) = argument, case let place = axis < 0 ? axis + sizes.count : axis,
        sizes.indices.contains(place), case .fixed(let size) = sizes[place],
        case (let product, false) = count.multipliedReportingOverflow(by: size)
      else { return nil }
      count = product
    }
    let correction = step.number("correction") ?? (step["unbiased"] == .bool(false) ? 0 : 1)
    let keeps = step["keepdim"]
    let axes = given.map { Argument.list($0) }
    let (mean, difference) = (step.part("mean"), step.part("difference"))
    let (square, spread) = (step.part("square"), step.part("spread"))
    return [
      step.make(
        .mean, ["input": step["self"], "axes": axes, "keepDimensions": .bool(true)], to: [mean]),
      step.make(.subtract, ["a": step["self"], "b": .value(mean)], to: [difference]),
      step.make(.multiply, ["a": .value(difference), "b": .value(difference)], to: [square]),
      step.make(
        .mean, ["input": .value(square), "axes": axes, "keepDimensions": keeps],
        to: [spread]),
      step.make(
        .multiply,
        ["a": .value(spread), "b": .float(Double(count) / max(0, Double(count) - correction))],
        to: [result]),
    ]
  }

  static let shapes: [PT2Operator] = [
    PT2Operator("aten.view.default", as: .reshape, view: true, ["self": "input", "size": "shape"]),
    PT2Operator(
      "aten.reshape.default", as: .reshape, view: true, ["self": "input", "shape": "shape"]),
    PT2Operator("aten._unsafe_view.default", as: .reshape, ["self": "input", "size": "shape"]),
    // Decompositions write it where nothing moves.
    PT2Operator("aten.as_strided.default", view: true) { step in
      step.ignore("size", "stride", "storage_offset")
      guard case .value(let name)? = step["self"], let whole = step.tensors[name],
        let view = step.tensors[step.output], view.lies(as: whole)
      else { return nil }
      return [step.make(.identity, ["input": step["self"]])]
    },
    PT2Operator("aten.view_as.default", "aten.reshape_as.default", view: true) { step in
      asOther(step, .reshape)
    },
    PT2Operator(
      "aten.expand.default", as: .expand, view: true,
      ["self": "input", "size": "shape", "implicit": .ignored]),
    PT2Operator("aten.expand_as.default", view: true) { step in asOther(step, .expand) },
    PT2Operator(
      "aten.permute.default", as: .transpose, view: true, ["self": "input", "dims": "order"]),
    PT2Operator(
      "aten.t.default", "aten.numpy_T.default", as: .transpose, view: true, ["self": "input"]),
    PT2Operator(
      "aten.transpose.int", "aten.swapaxes.default", "aten.swapdims.default", as: .swapAxes,
      view: true,
      [
        "self": "input", "dim0": "first", "dim1": "second", "axis0": "first", "axis1": "second",
      ]),
    PT2Operator(
      "aten.mT.default", "aten.adjoint.default", "aten.matrix_H.default", as: .swapAxes, view: true,
      ["self": "input"], with: ["first": .int(-2), "second": .int(-1)]),
    PT2Operator(
      "aten.flatten.using_ints", as: .flatten, view: true,
      ["self": "input", "start_dim": "start", "end_dim": "end"]),
    PT2Operator(
      "aten.unflatten.int", as: .unflatten, view: true,
      ["self": "input", "dim": "axis", "sizes": "sizes"]),
    PT2Operator(
      "aten.squeeze.dim", "aten.squeeze.dims", "aten.squeeze.default", as: .squeeze, view: true,
      ["self": "input", "dim": .list("axes")], with: ["keepsOthers": .bool(true)]),
    PT2Operator(
      "aten.unsqueeze.default", as: .unsqueeze, view: true, ["self": "input", "dim": .list("axes")]),
    PT2Operator(
      "aten.cumsum.default", as: .cumulativeSum,
      ["self": "input", "dim": "axis", "dtype": .floating]),
    PT2Operator("aten.repeat.default", as: .tile, ["self": "input", "repeats": "repeats"]),
    PT2Operator(
      "aten.pixel_shuffle.default", as: .pixelShuffle,
      ["self": "input", "upscale_factor": "factor"]),
    PT2Operator(
      "aten.pixel_unshuffle.default", as: .pixelUnshuffle,
      ["self": "input", "downscale_factor": "factor"]),
    PT2Operator(
      "aten.channel_shuffle.default", "aten.native_channel_shuffle.default", as: .channelShuffle,
      ["self": "input", "groups": "groups"]),
  ]

  private static func asOther(_ step: PT2Step, _ kind: OperationKind) -> [Operation] {
    let shape = step.part("shape")
    return [
      step.make(.shape, ["input": step["other"]], to: [shape]),
      step.make(kind, ["input": step["self"], "shape": .value(shape)]),
    ]
  }

  private static let sizeArithmetic: [(String, OperationKind)] = [
    ("mul", .multiply), ("add", .add), ("sub", .subtract), ("mod", .remainder), ("pow", .power),
    ("truediv", .divide), ("eq", .equal), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
    ("ge", .greaterOrEqual), ("and_", .and), ("or_", .or),
  ]

  /// Numbers that stand for sizes, and what is known of them.
  static let sizes: [PT2Operator] =
    sizeArithmetic.map { name, kind in
      PT2Operator("_operator.\(name)", as: kind, ["a": "a", "b": "b"])
    } + [
      PT2Operator("aten.sym_size.int", as: .size, ["self": "input", "dim": "axis"]),
      PT2Operator("aten.sym_numel.default") { step in
        let shape = step.part("shape")
        return [
          step.make(.shape, ["input": step["self"]], to: [shape]),
          step.make(.productOver, ["input": .value(shape)]),
        ]
      },
      PT2Operator(
        "_operator.floordiv", as: .divide, ["a": "a", "b": "b"], with: ["rounding": .text("floor")]),
      PT2Operator("_operator.neg", as: .negation, ["a": "input"]),
      PT2Operator("torch.sym_max", as: .maximum, ["a": "a", "b": "b"]),
      PT2Operator("torch.sym_min", as: .minimum, ["a": "a", "b": "b"]),
      PT2Operator(
        "aten._assert_scalar.default", "aten._assert_async.msg",
        "aten._assert_tensor_metadata.default", "aten.sym_constrain_range.default",
        "aten.sym_constrain_range_for_size.default"
      ) { step in
        for name in step.order { step.ignore(name) }
        return []
      },
    ]
}
