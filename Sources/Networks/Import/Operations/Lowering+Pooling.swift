// Pooling of model files.

internal import Basics
internal import ModelFiles

extension Lowering {
  static let poolingHandlers: [OperationKind: Handler] = [
    .maxPool: alsoOverWindows { lowering, operation in
      try lowering.pool(operation) { .maxPool(MaxPool(window: $0)) }
    },
    .averagePool: alsoOverWindows { lowering, operation in
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
    .adaptiveAveragePool: alsoOverWindows { lowering, operation in
      let (height, width) = try size(operation)
      return try lowering.pooled(
        operation, .adaptiveAveragePool(AdaptiveAveragePool(height: height, width: width)))
    },
    .adaptiveMaxPool: alsoOverWindows { lowering, operation in
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

  func pooled(_ operation: LoweredOperation, _ layer: Layer) throws -> [LoweredValue] {
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
}
