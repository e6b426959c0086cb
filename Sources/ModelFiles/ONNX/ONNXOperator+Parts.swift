// ONNX's operators that take tensors apart and put them together.

extension ONNXOperator {
  static let parts: [ONNXOperator] = [
    ONNXOperator(
      "Slice", .slice, attributes: ["starts": "starts", "ends": "ends", "axes": "axes"]),
    ONNXOperator("Slice", since: 10, .slice, ["input", "starts", "ends", "axes", "steps"]),
    ONNXOperator("Split") { step in
      let axis = Argument.int(step.int("axis") ?? 0)
      var arguments: [String: Argument?] = ["input": step.input(0), "axis": axis]
      if let sizes = step.input(1) ?? step.ints("split").map(Argument.ints) {
        arguments["sizes"] = sizes
      } else {
        arguments["count"] = .int(step.int("num_outputs") ?? step.node.outputs.count)
      }
      return [step.make(.split, arguments, to: step.node.outputs)]
    },
    ONNXOperator("Concat") { step in
      [
        step.make(
          .concatenate, ["inputs": .list(step.inputs), "axis": .int(step.int("axis") ?? 1)])
      ]
    },
    ONNXOperator("Gather", .gather, ["input", "indices"], attributes: ["axis": "axis"]),
    ONNXOperator(
      "GatherND", .gatherPoints, ["input", "indices"], attributes: ["batch_dims": "batchAxes"]),
    ONNXOperator("ScatterND") { step in
      guard (step.text("reduction") ?? "none") == "none" else { return nil }
      return step.plain(
        .replacePoints, ["input", "indices", "updates"], ["reduction": .ignored]
      ).map { [$0] }
    },
    ONNXOperator("Trilu") { step in
      [
        step.make(
          .triangle,
          [
            "input": step.input(0), "diagonal": step.input(1),
            "upper": .bool((step.int("upper") ?? 1) != 0),
          ])
      ]
    },
    ONNXOperator("Pad") { step in
      guard let pads = step.ints("pads") ?? step.ints("paddings"), pads.count.isMultiple(of: 2)
      else { return nil }
      let value = Argument.float(step.float("value") ?? 0)
      return [
        step.make(
          .pad,
          [
            "input": step.input(0), "mode": .text(step.text("mode") ?? "constant"),
            "before": .ints(Array(pads.prefix(pads.count / 2))),
            "after": .ints(Array(pads.suffix(pads.count / 2))), "value": value,
          ])
      ]
    },
    ONNXOperator("Pad", since: 11) { step in
      // Before all axes, then behind all of them.
      let (before, after) = (step.part("before"), step.part("after"))
      var (operations, arguments) = ([Operation](), [String: Argument?]())
      if let pads = try step.integers(1), pads.count.isMultiple(of: 2) {
        arguments["before"] = .ints(Array(pads.prefix(pads.count / 2)))
        arguments["after"] = .ints(Array(pads.suffix(pads.count / 2)))
      } else {
        operations.append(
          step.make(
            .split, ["input": step.input(1), "axis": .int(0), "count": .int(2)],
            to: [before, after]))
        arguments["before"] = .value(before)
        arguments["after"] = .value(after)
      }
      arguments["input"] = step.input(0)
      arguments["mode"] = .text(step.text("mode") ?? "constant")
      arguments["value"] = step.input(2)
      arguments["axes"] = step.input(3)
      return operations + [step.make(.pad, arguments)]
    },
  ]
}
