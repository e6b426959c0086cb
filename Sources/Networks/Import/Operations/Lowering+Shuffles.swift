// Operations that move elements between channels, rows and columns: shapes and transpositions.

internal import ModelFiles

extension Lowering {
  static let shuffleHandlers: [OperationKind: Handler] = [
    .pixelShuffle: { lowering, operation in
      let (x, shape, factor, first) = try lowering.shuffled(operation)
      guard shape.channels % (factor * factor) == 0 else {
        throw NetworkError("expected \(factor * factor) channels for each, found \(shape.channels)")
      }
      let channels = shape.channels / (factor * factor)
      let split = try lowering.reshape(
        x,
        to: [batch] + (first ? [factor, factor, channels] : [channels, factor, factor])
          + [shape.height, shape.width])
      let order = first ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
      return [
        .view(
          try lowering.reshape(
            split.transposed(order),
            to: [batch, channels, shape.height * factor, shape.width * factor]))
      ]
    },
    .pixelUnshuffle: { lowering, operation in
      let (x, shape, factor, first) = try lowering.shuffled(operation)
      guard shape.height % factor == 0, shape.width % factor == 0 else {
        throw NetworkError("expected multiples of \(factor), found \(shape)")
      }
      let (height, width) = (shape.height / factor, shape.width / factor)
      let split = try lowering.reshape(
        x, to: [batch, shape.channels, height, factor, width, factor])
      let order = first ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
      return [
        .view(
          try lowering.reshape(
            split.transposed(order),
            to: [batch, shape.channels * factor * factor, height, width]))
      ]
    },
    .channelShuffle: { lowering, operation in
      let x = try operation.view()
      let groups = try operation.int("groups", 1)
      guard x.sizes.count == 4, groups > 0, x.sizes[1] % groups == 0 else {
        throw NetworkError("expected maps with channels in groups")
      }
      let split = try lowering.reshape(
        x, to: [batch, groups, x.sizes[1] / groups, x.sizes[2], x.sizes[3]])
      return [
        .view(
          try lowering.reshape(
            split.transposed([0, 2, 1, 3, 4]), to: [batch, x.sizes[1], x.sizes[2], x.sizes[3]]))
      ]
    },
  ]

  private func shuffled(
    _ operation: LoweredOperation
  ) throws -> (View, MapShape, factor: Int, columnFirst: Bool) {
    let x = try operation.view()
    let factor = try operation.int("factor", 0)
    guard x.sizes.count == 4, Limits.window.contains(factor) else {
      throw NetworkError("expected maps and a factor")
    }
    return (
      x, MapShape(channels: x.sizes[1], height: x.sizes[2], width: x.sizes[3]), factor,
      try operation.flag("columnFirst")
    )
  }
}

private let batch = Lowering.batch
