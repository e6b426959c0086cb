// PyTorch's pooling and resizing, over rows and columns.

extension PT2Operator {
  static let pools: [PT2Operator] = [
    PT2Operator(
      "aten.max_pool2d.default", "aten.max_pool2d_with_indices.default", as: .maxPool,
      [
        "self": "input", "kernel_size": .pair("kernel"), "stride": .pair("stride"),
        "padding": .pair("padding"), "dilation": .pair("dilation"), "ceil_mode": "roundsUp",
      ]),
    PT2Operator(
      "aten.avg_pool2d.default", as: .averagePool,
      [
        "self": "input", "kernel_size": .pair("kernel"), "stride": .pair("stride"),
        "padding": .pair("padding"), "ceil_mode": "roundsUp",
        "count_include_pad": "countsPadding", "divisor_override": "divisor",
      ]),
    PT2Operator(
      "aten.max_pool1d.default", as: .maxPool,
      [
        "self": "input", "kernel_size": .list("kernel"), "stride": .list("stride"),
        "padding": .list("padding"), "dilation": .list("dilation"), "ceil_mode": "roundsUp",
      ]),
    PT2Operator(
      "aten.avg_pool1d.default", as: .averagePool,
      [
        "self": "input", "kernel_size": .list("kernel"), "stride": .list("stride"),
        "padding": .list("padding"), "ceil_mode": "roundsUp",
        "count_include_pad": "countsPadding",
      ]),
    PT2Operator("aten.avg_pool3d.default") { step in overDepth(step) },
    PT2Operator(
      "aten.adaptive_avg_pool1d.default", as: .adaptiveAveragePool,
      ["self": "input", "output_size": .list("size")]),
    PT2Operator(
      "aten.adaptive_avg_pool2d.default", "aten._adaptive_avg_pool2d.default",
      as: .adaptiveAveragePool, ["self": "input", "output_size": .pair("size")]),
    PT2Operator(
      "aten.adaptive_max_pool2d.default", as: .adaptiveMaxPool,
      ["self": "input", "output_size": .pair("size")]),
    PT2Operator("aten.upsample_nearest2d.default", "aten.upsample_nearest2d.vec") { step in
      resized(step, "nearest", coordinates: "asymmetric", antialias: false)
    },
    PT2Operator("aten._upsample_nearest_exact2d.default", "aten._upsample_nearest_exact2d.vec") {
      step in
      resized(step, "nearest", coordinates: "halfPixel", antialias: false)
    },
    PT2Operator("aten.upsample_bilinear2d.default", "aten.upsample_bilinear2d.vec") { step in
      resized(step, "linear", coordinates: "halfPixel", antialias: false)
    },
    PT2Operator(
      "aten._upsample_bilinear2d_aa.default", "aten._upsample_bilinear2d_aa.vec"
    ) { step in resized(step, "linear", coordinates: "halfPixel", antialias: true) },
    PT2Operator("aten.upsample_bicubic2d.default", "aten.upsample_bicubic2d.vec") { step in
      resized(step, "cubic", coordinates: "halfPixel", antialias: false)
    },
    PT2Operator(
      "aten._upsample_bicubic2d_aa.default", "aten._upsample_bicubic2d_aa.vec"
    ) { step in resized(step, "cubic", coordinates: "halfPixel", antialias: true) },
  ]

  /// Over the first of three axes alone, as local response normalisation has it: of depth × (rows · columns).
  private static func overDepth(_ step: PT2Step) -> [Operation]? {
    /// The depth's and that of the others, which has to be this one.
    func pair(_ name: String, _ others: Int, _ standard: Argument?) -> Argument? {
      guard let list = step.list(name), let depth = list.first else { return standard }
      return list.count == 3 && list.dropFirst().allSatisfy { $0 == .int(others) }
        || list == [.int(others)] ? .list([depth, .int(others)]) : nil
    }
    let sizes = (step.tensors[step.output]?.sizes ?? []).suffix(2).compactMap {
      if case .fixed(let size) = $0 { size } else { nil as Int? }
    }
    guard let kernel = pair("kernel_size", 1, nil), let stride = pair("stride", 1, kernel),
      let padding = pair("padding", 0, .ints([0, 0])), sizes.count == 2,
      step.tensors[step.output]?.sizes.count == 5
    else { return nil }
    var arguments: [String: Argument?] = [
      "kernel": kernel, "roundsUp": step["ceil_mode"], "countsPadding": step["count_include_pad"],
      "divisor": step["divisor_override"], "stride": stride,
      "padding": padding,
    ]
    let (flat, pooled) = (step.part("flat"), step.part("pooled"))
    arguments["input"] = .value(flat)
    return [
      step.make(.flatten, ["input": step["self"], "start": .int(3)], to: [flat]),
      step.make(.averagePool, arguments, to: [pooled]),
      step.make(
        .unflatten, ["input": .value(pooled), "axis": .int(3), "sizes": .ints(sizes)]),
    ]
  }

  /// PyTorch computes with sizes where they are given, with factors where these are.
  private static func resized(
    _ step: PT2Step, _ mode: String, coordinates: String, antialias: Bool
  ) -> [Operation]? {
    let aligned = step.flag("align_corners")
    var factors = step.list("scale_factors")
    if let rows = step["scales_h"], let columns = step["scales_w"] { factors = [rows, columns] }
    let sizes = step.list("output_size")
    guard sizes?.count ?? factors?.count == 2 else { return nil }
    return [
      step.make(
        .resize,
        [
          "input": step["input"] ?? step["self"], "sizes": sizes.map { .list($0) },
          "scales": sizes == nil ? factors.map { .list($0) } : nil, "mode": .text(mode),
          "alignCorners": .bool(aligned),
          "coordinates": .text(aligned ? "alignCorners" : coordinates),
          // The exact form rounds to the nearest, half to the larger one after half a pixel was taken off.
          "rounding": .text(
            coordinates == "halfPixel" && mode == "nearest" ? "roundHalfUp" : "floor"),
          "antialias": .bool(antialias), "excludesOutside": .bool(antialias),
          // Pillow's, where smaller elements are made of several.
          "slope": .float(antialias ? -0.5 : -0.75),
        ])
    ]
  }
}
