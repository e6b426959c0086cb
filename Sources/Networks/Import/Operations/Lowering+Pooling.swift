// Pooling and resizing of model files.

internal import Basics
internal import ModelFiles

extension Lowering {
  static let poolingHandlers: [OperationKind: Handler] = [
    .maxPool: { lowering, operation in
      try lowering.pool(operation) { .maxPool(MaxPool(window: $0)) }
    },
    .averagePool: { lowering, operation in
      let countsPadding = try operation.flag("countsPadding", true)
      let divisor = try operation.int("divisor")
      guard try operation.pair("dilation", [1, 1]) == (1, 1) else {
        throw NetworkError("expected an average pooling without dilation")
      }
      guard divisor.map({ $0 > 0 }) ?? true else {
        throw NetworkError("expected a divisor above 0, found \(divisor ?? 0)")
      }
      return try lowering.pool(operation) {
        .averagePool(AveragePool(window: $0, countsPadding: countsPadding, divisor: divisor))
      }
    },
    .adaptiveAveragePool: { lowering, operation in
      let (height, width) = try size(operation)
      return try lowering.pooled(
        operation, .adaptiveAveragePool(AdaptiveAveragePool(height: height, width: width)))
    },
    .adaptiveMaxPool: { lowering, operation in
      let (height, width) = try size(operation)
      return try lowering.pooled(
        operation, .adaptiveMaxPool(AdaptiveMaxPool(height: height, width: width)))
    },
    .resize: { lowering, operation in try lowering.resize(operation) },
  ]

  private func pool(
    _ operation: LoweredOperation, _ make: (Window) throws -> Layer
  ) throws -> [LoweredValue] {
    let input = try map(operation.view())
    let kernel = try operation.pair("kernel", [])
    let dilation = try operation.pair("dilation", [1, 1])
    var stride = try operation.ints("stride", [])
    if stride.isEmpty { stride = [kernel.0, kernel.1] }
    let window = try operation.window(
      height: kernel.0, width: kernel.1, over: input.shape, dilation: dilation,
      roundsUp: operation.flag("roundsUp"), stride: stride)
    return try pooled(operation, make(window))
  }

  /// Rows and columns of an output.
  private static func size(_ operation: LoweredOperation) throws -> (height: Int, width: Int) {
    let (height, width) = try operation.pair("size", [1, 1])
    guard Limits.window.contains(height), Limits.window.contains(width) else {
      throw NetworkError("expected rows and columns from 1, found \(height) × \(width)")
    }
    return (height, width)
  }

  private func pooled(_ operation: LoweredOperation, _ layer: Layer) throws -> [LoweredValue] {
    let input = try map(operation.view())
    let shape = layer.kind.outputShape(for: [input.shape])
    return [
      .view(
        try add(
          operation.name(of: ""), layer, [input.node],
          sizes: [1, shape.channels, shape.height, shape.width], order: [0, 2, 3, 1], batch: .first)
      )
    ]
  }

  private func resize(_ operation: LoweredOperation) throws -> [LoweredValue] {
    let input = try map(operation.view())
    guard try !operation.flag("antialias") else {
      throw NetworkError("expected a resize without antialiasing")
    }
    let scales = try operation.folded("scales")?.values()
    guard scales?.allSatisfy({ $0 > 0 && $0 <= 1024 }) ?? true, scales?.isEmpty != true else {
      throw NetworkError("expected scales above 0")
    }
    let sizes =
      try operation.ints("sizes")
      ?? scales.map {
        [Int(Double(input.shape.height) * $0[0]), Int(Double(input.shape.width) * ($0.last ?? 1))]
      }
    guard let sizes, sizes.count == 2, sizes.allSatisfy({ Limits.window.contains($0) }) else {
      throw NetworkError("expected the rows and columns to resize to")
    }
    let shape = MapShape(channels: input.shape.channels, height: sizes[0], width: sizes[1])
    var coordinates =
      try operation.flag("alignCorners")
      ? "alignCorners" : operation.text("coordinates") ?? "halfPixel"
    if coordinates == "halfPixelOfSeveral" {
      // A single row or column is the first one.
      guard sizes[0] > 1 || input.shape.height == 1, sizes[1] > 1 || input.shape.width == 1 else {
        throw NetworkError("expected several rows and columns, found a resize to \(sizes)")
      }
      coordinates = "halfPixel"
    }
    // ONNX aligns the corners of sizes with fractions, PyTorch those of whole ones.
    if coordinates == "alignCorners", !operation.operation.origin.contains("."), let scales,
      let last = scales.last
    {
      let exact = [Double(input.shape.height) * scales[0], Double(input.shape.width) * last]
      guard exact == sizes.map(Double.init) else {
        throw NetworkError(
          "expected whole rows and columns where corners are aligned, found \(exact)")
      }
    }
    // Elements of the input per element of the output.
    let steps = scales.map { (Float(1 / $0[0]), Float(1 / ($0.last ?? 1))) }
    switch (operation.text("mode"), coordinates) {
    case ("linear"?, "alignCorners"), ("linear"?, "halfPixel"):
      return try pooled(
        operation,
        .resize(
          Resize(
            input.shape, alignsCorners: coordinates == "alignCorners", scales: steps,
            output: shape)))
    case ("nearest"?, "asymmetric") where (operation.text("rounding") ?? "floor") == "floor":
      let picks = [
        Rearrangement.nearest(input.shape.height, count: shape.height, scale: steps?.0),
        Rearrangement.nearest(input.shape.width, count: shape.width, scale: steps?.1), nil,
      ]
      let sizes = [input.shape.height, input.shape.width, input.shape.channels]
      return try pooled(
        operation, .rearrangement(Rearrangement(sizes: sizes, picks: picks, output: shape)))
    case (let mode, _):
      throw NetworkError(
        "expected linear with coordinates halfPixel or alignCorners, or nearest with asymmetric and rounding floor, found "
          + "\((mode ?? "none").shown(50)) with \(coordinates.shown(50))")
    }
  }
}
