// PyTorch's operators that set windows side by side.

extension PT2Operator {
  static let windows: [PT2Operator] = [
    PT2Operator(
      "aten.unfold.default", as: .unfold, view: true,
      ["self": "input", "dimension": "axis", "size": "size", "step": "step"]),
    // Every window of rows and columns a column of numbers.
    PT2Operator("aten.im2col.default") { step in
      func pair(_ name: String, _ standard: Int) -> [Argument]? {
        let list = step.list(name) ?? [.int(standard)]
        return list.count == 1 ? list + list : list.count == 2 ? list : nil
      }
      guard let size = pair("kernel_size", 1), let stride = pair("stride", 1),
        let padding = pair("padding", 0), pair("dilation", 1) == [.int(1), .int(1)]
      else { return nil }
      let names = ["padded", "rows", "columns", "moved", "flat"].map(step.part)
      return [
        step.make(
          .pad,
          [
            "input": step["self"], "before": .list(padding), "after": .list(padding),
            "axes": .ints([2, 3]),
          ], to: [names[0]]),
        step.make(
          .unfold,
          ["input": .value(names[0]), "axis": .int(2), "size": size[0], "step": stride[0]],
          to: [names[1]]),
        step.make(
          .unfold,
          ["input": .value(names[1]), "axis": .int(3), "size": size[1], "step": stride[1]],
          to: [names[2]]),
        step.make(
          .transpose, ["input": .value(names[2]), "order": .ints([0, 1, 4, 5, 2, 3])],
          to: [names[3]]),
        step.make(
          .flatten, ["input": .value(names[3]), "start": .int(1), "end": .int(3)],
          to: [names[4]]),
        step.make(.flatten, ["input": .value(names[4]), "start": .int(2)]),
      ]
    },
  ]
}
