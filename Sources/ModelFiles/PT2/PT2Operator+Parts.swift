// PyTorch's operators that take tensors apart and put them together.

extension PT2Operator {
  static let parts: [PT2Operator] = [
    PT2Operator("aten.slice.Tensor", view: true) { step in
      [
        step.make(
          .slice,
          [
            "input": step["self"], "axes": .list([step["dim"] ?? .int(0)]),
            "starts": .list([step["start"] ?? .int(0)]),
            "ends": .list([step["end"] ?? .int(.max)]),
            "steps": .list([step["step"] ?? .int(1)]),
          ])
      ]
    },
    PT2Operator(
      "aten.select.int", as: .select, view: true,
      ["self": "input", "dim": "axis", "index": "index"]),
    PT2Operator("aten.slice_scatter.default") { step in replaced(step, step["src"]) },
    PT2Operator("aten.select_scatter.default") { step in
      guard let index = step.int("index") else { return nil }
      let source = step.part("source")
      var part = step
      part.arguments["start"] = .int(index)
      part.arguments["end"] = .int(index == -1 || index == .max ? .max : index + 1)
      let axes = Argument.list([step["dim"] ?? .int(0)])
      return [
        step.make(.unsqueeze, ["input": step["src"], "axes": axes], to: [source])
      ] + replaced(part, .value(source))
    },
    PT2Operator("aten.narrow.default", view: true) { step in
      guard let start = step.int("start"), let length = step.int("length"), start >= 0,
        length >= 0, case (let end, false) = start.addingReportingOverflow(length)
      else { return nil }
      return [
        step.make(
          .slice,
          [
            "input": step["self"], "axes": .list([step["dim"] ?? .int(0)]),
            "starts": .ints([start]), "ends": .ints([end]),
          ])
      ]
    },
    PT2Operator("aten.split.Tensor", view: true) { step in parts(step, "size", step["split_size"])
    },
    PT2Operator(
      "aten.split.sizes", "aten.split_with_sizes.default", "aten.split_with_sizes_copy.default",
      view: true
    ) { step in parts(step, "sizes", step["split_sizes"] ?? step["split_size"]) },
    // The last part may be smaller, and there may be fewer parts than asked for: the file says how large they are.
    PT2Operator("aten.chunk.default", "aten.tensor_split.sections", view: true) { step in
      step.ignore("chunks", "sections")
      let axis = step.int("dim") ?? 0
      let sizes = step.outputs.compactMap { output -> Int? in
        guard let sizes = step.tensors[output]?.sizes,
          case let place = axis < 0 ? axis + sizes.count : axis, sizes.indices.contains(place),
          case .fixed(let size) = sizes[place]
        else { return nil }
        return size
      }
      return sizes.count == step.outputs.count
        ? parts(step, "sizes", .ints(sizes)) : parts(step, "count", .int(step.outputs.count))
    },
    PT2Operator("aten.unbind.int", view: true) { step in
      step.outputs.enumerated().map { index, output in
        step.make(
          .select,
          ["input": step["self"], "axis": step["dim"] ?? .int(0), "index": .int(index)],
          to: [output])
      }
    },
    PT2Operator(
      "aten.cat.default", "aten.concat.default", "aten.concatenate.default", as: .concatenate,
      ["tensors": "inputs", "dim": "axis"]),
    PT2Operator("aten.stack.default", as: .stack, ["tensors": "inputs", "dim": "axis"]),
    PT2Operator("aten.pad.default", "aten.constant_pad_nd.default") { step in
      padded(step, step.text("mode") ?? "constant")
    },
    PT2Operator("aten.reflection_pad2d.default") { step in padded(step, "reflect") },
    PT2Operator("aten.replication_pad2d.default") { step in padded(step, "replicate") },
    PT2Operator("aten.roll.default") { step in
      guard let axes = step.list("dims"), !axes.isEmpty else { return nil }
      return step.plain(
        .roll, ["self": "input", "shifts": .list("shifts"), "dims": .list("axes")]
      ).map { [$0] }
    },
    PT2Operator("aten.flip.default") { step in
      guard let axes = step.list("dims") else { return nil }
      func all(_ value: Int) -> Argument { .ints(axes.map { _ in value }) }
      return [
        step.make(
          .slice,
          [
            "input": step["self"], "axes": .list(axes), "starts": all(-1), "ends": all(.min),
            "steps": all(-1),
          ])
      ]
    },
    PT2Operator("aten.glu.default") { step in
      let (left, right, gate) = (step.part("left"), step.part("right"), step.part("gate"))
      let arguments = ["input": step["self"], "axis": step["dim"] ?? .int(-1), "count": .int(2)]
      return [
        step.make(.split, arguments, to: [left, right]),
        step.make(.sigmoid, ["input": .value(right)], to: [gate]),
        step.make(.multiply, ["a": .value(left), "b": .value(gate)]),
      ]
    },
    PT2Operator("aten.repeat_interleave.self_int") { step in
      guard case .value(let name)? = step["self"], let rank = step.tensors[name]?.sizes.count,
        let times = step.int("repeats"), let axis = step.int("dim"),
        case let place =
          axis < 0 ? axis + rank : axis, (0..<rank).contains(place)
      else { return nil }
      step.ignore("output_size")
      var repeats = [Int](repeating: 1, count: rank + 1)
      repeats[place + 1] = times
      let (split, tiled) = (step.part("split"), step.part("tiled"))
      return [
        step.make(
          .unsqueeze, ["input": step["self"], "axes": .ints([place + 1])], to: [split]),
        step.make(.tile, ["input": .value(split), "repeats": .ints(repeats)], to: [tiled]),
        step.make(
          .flatten, ["input": .value(tiled), "start": .int(place), "end": .int(place + 1)]),
      ]
    },
    PT2Operator("aten.tril.default", as: .triangle, ["self": "input", "diagonal": "diagonal"]),
    PT2Operator(
      "aten.triu.default", as: .triangle, ["self": "input", "diagonal": "diagonal"],
      with: ["upper": .bool(true)]),
    PT2Operator("aten.index.Tensor", as: .index, ["self": "input", "indices": "indices"]),
    PT2Operator(
      "aten.index_select.default", as: .gather,
      ["self": "input", "dim": "axis", "index": "indices"]),
    PT2Operator(
      "aten.embedding.default", as: .gather,
      [
        "weight": "input", "indices": "indices", "padding_idx": .ignored,
        "scale_grad_by_freq": .ignored, "sparse": .ignored,
      ]),
  ]

  private static func replaced(_ step: PT2Step, _ source: Argument?) -> [Operation] {
    [
      step.make(
        .replaceSlice,
        [
          "input": step["self"], "source": source, "axes": .list([step["dim"] ?? .int(0)]),
          "starts": .list([step["start"] ?? .int(0)]), "ends": .list([step["end"] ?? .int(.max)]),
          "steps": .list([step["step"] ?? .int(1)]),
        ])
    ]
  }

  private static func parts(_ step: PT2Step, _ name: String, _ value: Argument?) -> [Operation]? {
    guard let value else { return nil }
    return [
      step.make(
        .split, ["input": step["self"], "axis": step["dim"] ?? .int(0), name: value],
        to: step.outputs)
    ]
  }

  /// Pairs of before and behind, from the last axis on.
  private static func padded(_ step: PT2Step, _ mode: String) -> [Operation]? {
    guard let pads = step.list("pad") ?? step.list("padding"), pads.count.isMultiple(of: 2),
      let mode = [
        "constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap",
      ][mode]
    else { return nil }
    let axes = 0..<pads.count / 2
    return [
      step.make(
        .pad,
        [
          "input": step["self"], "mode": .text(mode), "value": step["value"],
          "before": .list(axes.map { pads[2 * $0] }),
          "after": .list(axes.map { pads[2 * $0 + 1] }), "axes": .ints(axes.map { -1 - $0 }),
        ])
    ]
  }
}
