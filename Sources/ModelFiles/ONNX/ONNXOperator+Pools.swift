// ONNX's pooling and resizing, over rows and columns.

internal import WeightFiles

extension ONNXOperator {
  static let pools: [ONNXOperator] = [
    ONNXOperator("MaxPool") { step in
      guard !step.flag("storage_order") else { return nil }
      return step.pool(.maxPool, ["dilations": "dilation", "storage_order": .ignored])
    },
    ONNXOperator("AveragePool") { step in
      guard step.ints("dilations")?.allSatisfy({ $0 == 1 }) ?? true else { return nil }
      return step.pool(
        .averagePool, ["count_include_pad": .flag("countsPadding"), "dilations": .ignored],
        ["countsPadding": .bool(false)])
    },
    ONNXOperator("LpPool") { step in
      guard step.ints("dilations")?.allSatisfy({ $0 == 1 }) ?? true else { return nil }
      let p = Double(step.int("p") ?? 2)
      let (size, power, sum) = (step.part("size"), step.part("power"), step.part("sum"))
      return step.pool(
        .averagePool, ["p": .ignored, "dilations": .ignored],
        ["countsPadding": .bool(true), "divisor": .int(1)]
      )?.flatMap { pool in
        var pool = pool
        (pool.arguments["input"], pool.outputs) = (.value(power), [sum])
        return [
          step.make(.absolute, ["input": step.input(0)], to: [size]),
          step.make(.power, ["a": .value(size), "b": .float(p)], to: [power]), pool,
          step.make(.power, ["a": .value(sum), "b": .float(1 / p)]),
        ]
      }
    },
    ONNXOperator("GlobalAveragePool", .adaptiveAveragePool, with: ["size": .ints([1, 1])]),
    ONNXOperator("GlobalMaxPool", .adaptiveMaxPool, with: ["size": .ints([1, 1])]),
    ONNXOperator("Upsample") { step in
      step.resize(sizes: nil, scales: try step.planar(1, step.floats("scales")), legacy: true)
    },
    ONNXOperator("Resize", since: 10) { step in
      step.resize(sizes: nil, scales: try step.planar(1, nil), legacy: true)
    },
    ONNXOperator("Resize", since: 11) { step in
      let sizes = step.has(3)
      // Regions and what lies outside are of tf_crop_and_resize; scales beside sizes are none.
      step.ignore("extrapolation_value", inputs: 1)
      if sizes, let scales = step.constant(2), scales.count > 0 { return nil }
      return step.resize(
        sizes: sizes ? try step.planar(3, nil) : nil, scales: sizes ? nil : try step.planar(2, nil),
        legacy: false)
    },
  ]
}

extension ONNXStep {
  fileprivate func pool(
    _ kind: OperationKind, _ attributes: [String: Slot], _ defaults: [String: Argument] = [:]
  ) -> [Operation]? {
    guard let planes, (1...2).contains(planes), let padding = padding(planes) else { return nil }
    let slots: [String: Slot] = [
      "kernel_shape": "kernel", "strides": "stride", "pads": .ignored, "auto_pad": .ignored,
      "ceil_mode": .flag("roundsUp"),
    ]
    // ONNX's strides are 1 where they are left out, not the kernel's.
    let stride = defaults.merging([
      "stride": .ints([Int](repeating: 1, count: planes)), "padding": padding,
    ]) { $1 }
    return plain(kind, ["input"], slots.merging(attributes) { $1 }, stride).map { [$0] }
  }

  /// What an operator says of rows and columns, and what computes it.
  fileprivate struct Planar {
    let argument: Argument
    var operations: [Operation] = []
  }

  /// Of scales or sizes of all axes, of which the first two stay: the last two. Nil for what is none of these.
  fileprivate func planar(_ position: Int, _ attribute: [Double]?) throws -> Planar? {
    if let attribute { return planar(attribute.map { .float($0) }, firstStay: true) }
    let (axes, known) = (ints("axes"), constant(position))
    if let known, known.count <= 64 {
      let numbers: [Argument] =
        try known.type.isInteger
        ? known.integers().map { .int($0) } : known.floats().map { .float(Double($0)) }
      // Sizes of the first two axes are the input's own where the file was exported whole.
      if let axes {
        return axes.map { $0 < 0 ? $0 + 4 : $0 } == [2, 3] && numbers.count == 2
          ? Planar(argument: .list(numbers)) : nil
      }
      return planar(numbers, firstStay: !known.type.isInteger)
    }
    guard let input = input(position), axes == nil else { return nil }
    let name = part("planes")
    let cut = make(.slice, ["input": input, "starts": .ints([2]), "ends": .ints([4])], to: [name])
    return Planar(argument: .value(name), operations: [cut])
  }

  private func planar(_ numbers: [Argument], firstStay: Bool) -> Planar? {
    guard numbers.count == 4,
      !firstStay || numbers.prefix(2).allSatisfy({ $0 == .float(1) || $0 == .int(1) })
    else { return nil }
    return Planar(argument: .list(Array(numbers.suffix(2))))
  }

  /// - Parameter legacy: Before 11, where coordinates were asymmetric and rounding was down.
  fileprivate func resize(sizes: Planar?, scales: Planar?, legacy: Bool) -> [Operation]? {
    guard let planar = sizes ?? scales,
      (text("keep_aspect_ratio_policy") ?? "stretch") == "stretch"
    else { return nil }
    let transformation = legacy ? "asymmetric" : text("coordinate_transformation_mode")
    let coordinates: String
    switch transformation ?? "half_pixel" {
    case "half_pixel": coordinates = "halfPixel"
    case "pytorch_half_pixel": coordinates = "halfPixelOfSeveral"
    case "asymmetric": coordinates = "asymmetric"
    case "align_corners": coordinates = "alignCorners"
    case "half_pixel_symmetric": coordinates = "halfPixelSymmetric"
    default: return nil
    }
    let roundings = [
      "floor": "floor", "ceil": "ceil", "round_prefer_floor": "roundHalfDown",
      "round_prefer_ceil": "roundHalfUp",
    ]
    let rounding = legacy ? "floor" : text("nearest_mode") ?? "round_prefer_floor"
    guard let rounded = roundings[rounding], case let mode = text("mode") ?? "nearest",
      ["nearest", "linear", "bilinear", "cubic"].contains(mode)
    else { return nil }
    return planar.operations + [
      make(
        .resize,
        [
          "input": input(0), "sizes": sizes?.argument, "scales": scales?.argument,
          "mode": .text(mode == "bilinear" ? "linear" : mode), "coordinates": .text(coordinates),
          "alignCorners": .bool(coordinates == "alignCorners"), "rounding": .text(rounded),
          "antialias": .bool(flag("antialias")), "excludesOutside": .bool(flag("exclude_outside")),
          "slope": .float(float("cubic_coeff_a") ?? -0.75),
        ])
    ]
  }
}
