// Resizing of model files: the engine's own layer where it says the same, else rows and columns picked, or each a product with
// a matrix of weights.

internal import Basics
internal import ModelFiles

extension Lowering {
  func resize(_ operation: LoweredOperation) throws -> [LoweredValue] {
    let input = try map(operation.view()).shape
    let scales = try operation.folded("scales")?.values()
    guard scales.map({ $0.count == 2 && $0.allSatisfy { $0 > 0 && $0 <= 1024 } }) ?? true else {
      throw NetworkError("expected two scales above 0")
    }
    let sizes =
      try operation.ints("sizes")
      ?? scales.map {
        [Int(Double(input.height) * $0[0]), Int(Double(input.width) * ($0.last ?? 1))]
      }
    guard let sizes, sizes.count == 2, sizes.allSatisfy({ Limits.window.contains($0) }) else {
      throw NetworkError("expected the rows and columns to resize to")
    }
    let shape = MapShape(channels: input.channels, height: sizes[0], width: sizes[1])
    try Limits.check([shape.channels, shape.height, shape.width])
    let named =
      try operation.flag("alignCorners")
      ? "alignCorners" : operation.text("coordinates") ?? "halfPixel"
    guard let coordinates = ResizeAxis.Coordinates(rawValue: named) else {
      throw NetworkError("expected known coordinates, found \(named.shown(50))")
    }
    func axis(_ which: Int, _ size: Int) -> ResizeAxis {
      // PyTorch aligns the corners of whole sizes, ONNX those of sizes with fractions.
      let isWhole = coordinates == .alignCorners && operation.operation.origin.contains(".")
      let factor = isWhole ? nil : scales.map { which == 0 ? $0[0] : $0.last ?? 1 }
      return ResizeAxis(
        size: size, count: sizes[which], scale: factor ?? Double(sizes[which]) / Double(size),
        coordinates: coordinates)
    }
    let axes = [axis(0, input.height), axis(1, input.width)]
    switch operation.text("mode") {
    case "nearest"?: return try picked(operation, axes, scales, shape)
    case "linear"?:
      if let layer = try own(operation, axes, scales, input, shape) {
        return try pooled(operation, layer)
      }
      return try weighted(operation, axes, .linear, shape)
    case "cubic"?:
      return try weighted(operation, axes, .cubic(operation.number("slope", -0.75)), shape)
    case let mode:
      throw NetworkError("expected nearest, linear or cubic, found \((mode ?? "none").shown(50))")
    }
  }

  private func picked(
    _ operation: LoweredOperation, _ axes: [ResizeAxis], _ scales: [Double]?, _ shape: MapShape
  ) throws -> [LoweredValue] {
    let named = operation.text("rounding") ?? "floor"
    guard let rounding = ResizeAxis.Rounding(rawValue: named) else {
      throw NetworkError("expected a known rounding, found \(named.shown(50))")
    }
    // In Float32, as PyTorch counts.
    let isFloored = axes[0].coordinates == .asymmetric && rounding == .floor
    let picks = axes.enumerated().map { which, axis in
      isFloored
        ? Rearrangement.nearest(
          axis.size, count: axis.count,
          scale: scales.map { Float(1 / (which == 0 ? $0[0] : $0.last ?? 1)) })
        : axis.nearest(rounding)
    }
    let layer = Rearrangement(
      sizes: axes.map(\.size) + [shape.channels], picks: [picks[0], picks[1], nil], output: shape)
    return try pooled(operation, .rearrangement(layer))
  }

  /// The engine's own layer; nil where it says something else.
  private func own(
    _ operation: LoweredOperation, _ axes: [ResizeAxis], _ scales: [Double]?, _ input: MapShape,
    _ shape: MapShape
  ) throws -> Layer? {
    guard try !operation.flag("antialias") else { return nil }
    let aligns = axes[0].coordinates == .alignCorners
    // It aligns the corners of whole rows and columns.
    let isKnown =
      switch axes[0].coordinates {
      case .halfPixel: true
      case .halfPixelOfSeveral: axes.allSatisfy { $0.count > 1 || $0.size == 1 }
      case .alignCorners: axes.allSatisfy { $0.scale * Double($0.size) == Double($0.count) }
      case .asymmetric, .halfPixelSymmetric: false
      }
    guard isKnown else { return nil }
    let steps = scales.map { (Float(1 / $0[0]), Float(1 / ($0.last ?? 1))) }
    return .resize(Resize(input, alignsCorners: aligns, scales: steps, output: shape))
  }

  /// Rows, then columns, each a product with a constant matrix.
  private func weighted(
    _ operation: LoweredOperation, _ axes: [ResizeAxis], _ kernel: ResizeAxis.Kernel,
    _ shape: MapShape
  ) throws -> [LoweredValue] {
    let antialiased = try operation.flag("antialias")
    guard !antialiased || axes[0].coordinates != .alignCorners else {
      throw NetworkError("expected an antialiased resize without aligned corners")
    }
    var (node, map) = try map(operation.view())
    let name = operation.name(of: "")
    for (which, axis) in axes.enumerated() {
      try Limits.check([axis.count, axis.size], most: Limits.places)
      let matrix = FoldedTensor(
        shape: [axis.count, axis.size],
        axis.weights(
          kernel, antialiased: antialiased,
          excludesOutside: try operation.flag("excludesOutside")), .fraction)
      let factors = try constant(matrix, named: "\(name).\(which == 0 ? "rows" : "columns")")
      let output = MapShape(
        channels: map.channels, height: which == 0 ? axis.count : map.height,
        width: which == 0 ? map.width : axis.count)
      let rowSize = map.width * map.channels
      let starts = which == 0 ? [0] : (0..<map.height).map { $0 * rowSize }
      let layer = BatchedProduct(
        rows: axis.count, inner: axis.size, columns: which == 0 ? rowSize : map.channels,
        aOffsets: starts.map { _ in 0 }, bOffsets: starts, output: output)
      node = try add(
        name, .batchedProduct(layer), [factors.node, node],
        sizes: [1, output.channels, output.height, output.width], order: [0, 2, 3, 1],
        batch: .first
      ).node
      map = output
    }
    return [
      .view(
        View(
          node: node, sizes: [1, map.channels, map.height, map.width], order: [0, 2, 3, 1],
          batch: .first))
    ]
  }
}
