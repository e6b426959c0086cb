// Convolutions of model files.

internal import Basics
internal import ModelFiles

extension Lowering {
  static let convolutionHandlers: [OperationKind: Handler] = [
    .convolution: alsoOverWindows { lowering, operation in
      let input = try lowering.map(operation.view())
      let weight = try operation.needed("weight")
      guard weight.shape.count == 4, weight.count > 0 else {
        throw NetworkError(
          "expected a convolution over rows and columns, found weights \(weight.shape)")
      }
      let groups = try operation.int("groups", 1)
      guard groups > 0, [weight.shape[1], groups].product == input.shape.channels,
        weight.shape[0] % groups == 0
      else {
        throw NetworkError(
          "expected weights for \(input.shape.channels) channels in \(groups) groups, found \(weight.shape)"
        )
      }
      let dilation = try operation.pair("dilation", [1, 1])
      let window = try operation.window(
        height: weight.shape[2], width: weight.shape[3], over: input.shape, dilation: dilation)
      let bias = try operation.bias(of: weight.shape[0])
      let layer: Layer =
        groups == 1 && window.isPlain
        ? .convolution(
          Convolution(outputs: weight.shape[0], window: window, hasBias: bias != nil))
        : .groupedConvolution(
          GroupedConvolution(
            outputs: weight.shape[0], window: window, groups: groups, hasBias: bias != nil))
      var parameters = ["weight": weight]
      parameters["bias"] = bias
      let shape = layer.kind.outputShape(for: [input.shape])
      return [
        .view(
          try lowering.add(
            operation.name(), layer, [input.node],
            sizes: [1, shape.channels, shape.height, shape.width], order: [0, 2, 3, 1],
            batch: .first, parameters: parameters))
      ]
    }
  ]
}

extension LoweredOperation {
  /// A number for each output; nil where there is none.
  func bias(of outputs: Int) throws -> FoldedTensor? {
    guard let bias = try folded("bias") else { return nil }
    guard bias.count == outputs else {
      throw NetworkError("expected a bias of \(outputs) numbers, found \(bias.shape)")
    }
    return try bias.reshaped(to: [outputs])
  }

  /// The window of a convolution or pooling with the operation's strides and padding.
  func window(
    height: Int, width: Int, over input: MapShape, dilation: (Int, Int) = (1, 1),
    roundsUp: Bool = false, stride standard: [Int] = [1, 1]
  ) throws -> Window {
    let stride = try pair("stride", standard)
    guard
      [height, width, stride.0, stride.1, dilation.0, dilation.1].allSatisfy(Limits.window.contains)
    else {
      throw NetworkError(
        "expected a window, a stride and a dilation from 1 to \(Limits.window.upperBound)")
    }
    let reach = ((height - 1) * dilation.0 + 1, (width - 1) * dilation.1 + 1)
    let padding = try padding(reach: reach, stride: stride, over: input)
    let rows = input.height + padding.top + padding.bottom
    let columns = input.width + padding.left + padding.right
    guard reach.0 <= rows, reach.1 <= columns else {
      throw NetworkError(
        "expected a window of \(reach.0) × \(reach.1) to fit into \(rows) × \(columns)")
    }
    guard max(padding.top, padding.bottom) < reach.0, max(padding.left, padding.right) < reach.1
    else {
      throw NetworkError("expected padding smaller than the window of \(reach.0) × \(reach.1)")
    }
    return Window(
      height: height, width: width, stride: stride.0, columnStride: stride.1,
      rowDilation: dilation.0, columnDilation: dilation.1, padding: padding, roundsUp: roundsUp)
  }

  private func padding(
    reach: (Int, Int), stride: (Int, Int), over input: MapShape
  ) throws -> Padding {
    func same(_ size: Int, _ reach: Int, _ stride: Int) -> Int {
      max(0, ((size + stride - 1) / stride - 1) * stride + reach - size)
    }
    switch text("padding") {
    case "valid"?: return .none
    case let text? where text == "same" || text == "sameLower":
      let rows = same(input.height, reach.0, stride.0)
      let columns = same(input.width, reach.1, stride.1)
      let (top, left) =
        text == "same" ? (rows / 2, columns / 2) : ((rows + 1) / 2, (columns + 1) / 2)
      return Padding(top: top, left: left, bottom: rows - top, right: columns - left)
    case let text?:
      throw NetworkError("expected the padding same, sameLower or valid, found \(text.shown(100))")
    case nil: break
    }
    let list = try ints("padding", [0, 0])
    guard list.allSatisfy({ (0...Limits.window.upperBound).contains($0) }) else {
      throw NetworkError("expected padding from 0 to \(Limits.window.upperBound), found \(list)")
    }
    switch list.count {
    case 1: return Padding(list[0])
    case 2: return Padding(top: list[0], left: list[1], bottom: list[0], right: list[1])
    case 4: return Padding(top: list[0], left: list[1], bottom: list[2], right: list[3])
    default: throw NetworkError("padding: expected 2 or 4 numbers, found \(list.count)")
    }
  }
}
