// Transposed convolutions of model files: rows and columns set apart by the stride and padded, and a convolution over them of
// stride 1 with the window turned round.

internal import ModelFiles

extension Lowering {
  static let transposedHandlers: [OperationKind: Handler] = [
    .transposedConvolution: alsoOverRows { lowering, operation in
      [.view(try lowering.transposedConvolution(operation))]
    }
  ]

  /// One axis: what its elements are set apart to.
  private struct Axis {
    let size: Int
    let stride: Int
    let reach: Int
    let before: Int
    let after: Int

    /// For every place of what is convolved, the element there; nil for 0.
    func places() throws -> [Int?] {
      let count = (size - 1) * stride + before + after + 1
      guard count >= reach else { throw NetworkError("expected padding that leaves something") }
      return (0..<count).map { place in
        let from = place - before
        return from >= 0 && from.isMultiple(of: stride) && from / stride < size
          ? from / stride : nil
      }
    }
  }

  private func transposedConvolution(_ operation: LoweredOperation) throws -> View {
    let input = try map(operation.view())
    let weight = try operation.needed("weight")
    let groups = try operation.int("groups", 1)
    guard weight.shape.count == 4, weight.count > 0, groups > 0,
      weight.shape[0] == input.shape.channels, weight.shape[0] % groups == 0
    else {
      throw NetworkError(
        "expected weights for \(input.shape.channels) channels in \(groups) groups, found \(weight.shape)"
      )
    }
    let outputs = [weight.shape[1], groups].product
    try Limits.check([outputs])
    let stride = try operation.pair("stride", [1, 1])
    let dilation = try operation.pair("dilation", [1, 1])
    let beyond = try operation.pair("outputPadding", [0, 0])
    let padding = try operation.ints("padding", [0, 0])
    let sides = padding.count == 2 ? padding + padding : padding
    let settings = [stride.0, stride.1, dilation.0, dilation.1, weight.shape[2], weight.shape[3]]
    guard settings.allSatisfy(Limits.window.contains), sides.count == 4,
      (sides + [beyond.0, beyond.1]).allSatisfy({ (0...Limits.window.upperBound).contains($0) })
    else { throw NetworkError("expected a window, strides and padding of rows and columns") }
    func axis(_ which: Int, _ size: Int, _ stride: Int, _ dilation: Int, _ beyond: Int) -> Axis {
      let reach = (weight.shape[2 + which] - 1) * dilation + 1
      return Axis(
        size: size, stride: stride, reach: reach, before: reach - 1 - sides[which],
        after: reach - 1 - sides[2 + which] + beyond)
    }
    let rows = try axis(0, input.shape.height, stride.0, dilation.0, beyond.0).places()
    let columns = try axis(1, input.shape.width, stride.1, dilation.1, beyond.1).places()
    let spread = try spread(input, rows, columns, operation)
    let window = Window(
      height: weight.shape[2], width: weight.shape[3], rowDilation: dilation.0,
      columnDilation: dilation.1)
    let bias = try operation.bias(of: outputs)
    let layer: Layer =
      groups == 1 && window.isPlain
      ? .convolution(Convolution(outputs: outputs, window: window, hasBias: bias != nil))
      : .groupedConvolution(
        GroupedConvolution(
          outputs: outputs, window: window, groups: groups, hasBias: bias != nil))
    if let constant = weight.constant { use([constant]) }
    var parameters = ["weight": try weight.turned(groups: groups)]
    parameters["bias"] = bias
    let shape = layer.kind.outputShape(for: [spread.shape])
    return try add(
      operation.name(), layer, [spread.node],
      sizes: [1, shape.channels, shape.height, shape.width], order: [0, 2, 3, 1], batch: .first,
      parameters: parameters)
  }

  private func spread(
    _ input: (node: Int, shape: MapShape), _ rows: [Int?], _ columns: [Int?],
    _ operation: LoweredOperation
  ) throws -> (node: Int, shape: MapShape) {
    let channels = input.shape.channels
    let sizes = [1, channels, rows.count, columns.count]
    try Limits.check(sizes, most: Limits.places)
    let shape = MapShape(channels: channels, height: rows.count, width: columns.count)
    let indices = rows.flatMap { row in
      columns.flatMap { column -> [Int32] in
        guard let row, let column else { return [Int32](repeating: -1, count: channels) }
        let start = Int32((row * input.shape.width + column) * channels)
        return Array(start..<start + Int32(channels))
      }
    }
    let layer = Rearrangement(
      indices: indices, inputCount: input.shape.count, output: shape)
    let view = try add(
      operation.name() + ".spread", .rearrangement(layer), [input.node], sizes: sizes,
      order: [0, 2, 3, 1], batch: .first)
    return (view.node, shape)
  }
}

extension FoldedTensor {
  /// Of weights inputs × outputs of a group × height × width those of a convolution, outputs × inputs of a group × height ×
  /// width, every window turned by 180°.
  fileprivate func turned(groups: Int) throws -> FoldedTensor {
    let (inputs, outputs, taps) = (shape[0] / groups, shape[1], shape[2] * shape[3])
    let numbers = try values()
    var result = [Double](repeating: 0, count: numbers.count)
    for (place, number) in numbers.enumerated() {
      let (input, output) = (place / taps / outputs, place / taps % outputs)
      let row = (input / inputs * outputs + output) * inputs + input % inputs
      result[row * taps + taps - 1 - place % taps] = number
    }
    return FoldedTensor(shape: [outputs * groups, inputs, shape[2], shape[3]], result, kind)
  }
}
