// A convolution as one product that reads its input where it lies: the values under a row of the
// window are contiguous. Where the window crosses the border, a padded copy of the tile's input is
// read instead, and of a 1 × 1 window with a stride a copy of what is read at all.

internal import CKernels

/// Any window and stride. Tiles are ranges of output rows, and of outputs where the weights are
/// larger than the map.
struct DirectConvolution: Sendable {
  private let layer: Convolution
  private let input: MapShape
  private let outputs: Int
  private let outputWidth: Int
  /// A 1 × 1 convolution sees its map as a single row.
  private let isPointwise: Bool
  private let isPadded: Bool
  private let rows: Int
  private let columns: Int
  /// Floats from one position to the next where a pointwise convolution reads a copy: of the positions that its stride does
  /// not leave out, or of positions that would share their places in the cache.
  private let copiedStride: Int?
  private let rowParts: Int
  private let outputShares: Int

  /// Floats of input that a tile reads.
  private static let tileBudget = 120 << 10
  /// Positions of a register tile.
  private static let run = 14
  /// Floats that lie so far apart share their places in the first-level cache, of which there are fewer than a register tile
  /// has positions.
  private static let sharedPlaces = 1024

  init(_ layer: Convolution, input: MapShape, output: MapShape) {
    let window = layer.window
    self.layer = layer
    self.input = input
    outputs = output.channels
    outputWidth = output.width
    let isPadded =
      window.padding.top > 0 || window.padding.left > 0
      || (output.height - 1) * window.stride + window.height > input.height
      || (output.width - 1) * window.stride + window.width > input.width
    let isPointwise = window.height == 1 && window.width == 1 && !isPadded
    (self.isPadded, self.isPointwise) = (isPadded, isPointwise)
    let shares = input.channels % Self.sharedPlaces == 0
    let isCopied = isPointwise && (window.stride > 1 || shares)
    copiedStride = isCopied ? input.channels + (shares ? 16 : 0) : nil
    rows = isPointwise ? 1 : output.height
    columns = isPointwise ? output.positions : output.width
    let (columns, run) = (columns, Self.run)
    let needed = (input.count + Self.tileBudget - 1) / Self.tileBudget
    let width = (columns - 1) * window.stride + window.width
    let tiles = DirectTiles(
      DirectTiles.Work(
        units: isPointwise ? (columns + run - 1) / run : output.height,
        positions: isPointwise ? min(run, columns) : columns, outputs: outputs,
        depth: window.height * window.width * input.channels,
        copied: { units in
          if isPadded {
            return ((units - 1) * window.stride + window.height) * width * input.channels
          }
          return isCopied ? units * run * input.channels : 0
        }, fewestParts: needed))
    (rowParts, outputShares) = (tiles.parts, tiles.shares)
  }

  private var depth: Int { layer.window.height * layer.window.width * input.channels }
  private var paddedWidth: Int { (columns - 1) * layer.window.stride + layer.window.width }
  private func inputRows(_ rows: Int) -> Int {
    (rows - 1) * layer.window.stride + layer.window.height
  }
  /// Of one sample.
  private var tileInput: Int {
    isPointwise
      ? (runs + rowParts - 1) / rowParts * Self.run * (copiedStride ?? 0)
      : inputRows((rows + rowParts - 1) / rowParts) * paddedWidth * input.channels
  }

  var preparedCount: Int { engram_panel_count(outputs, depth) }
  var tileCount: Int { rowParts * outputShares }
  var scratchCount: Int { isPadded || copiedStride != nil ? tileInput : 0 }

  func prepare(_ weight: Floats, into prepared: Floats) {
    unsafe engram_pack_panels(weight, outputs, depth, prepared)
  }

  func prepareTurned(_ weight: Floats, into prepared: Floats) {
    unsafe engram_pack_turned_panels(
      weight, input.channels, layer.window.height, layer.window.width, outputs, prepared)
  }

  func forward(tile: Int, _ call: ConvolutionCall) {
    let share = outputShare(tile % outputShares, of: outputShares, outputs: outputs)
    let part = evenPart(tile / outputShares, of: rowParts, total: isPointwise ? runs : rows)
    var product = unsafe engram_product()
    let call = call.part(outputsFrom: share.lowerBound)
    unsafe product.x = call.x
    unsafe product.y = call.y
    unsafe product.addend = call.addend
    let start = isPointwise ? part.lowerBound * Self.run : part.lowerBound
    unsafe place(&product, start, part, call)
    let step = unsafe isPointwise ? call.y.columns : call.y.rows
    unsafe product.y.base += start * step
    if unsafe call.addend.base != nil {
      let step = unsafe isPointwise ? call.addend.columns : call.addend.rows
      unsafe product.addend.base += start * step
    }
    unsafe product.outputs = share.count
    unsafe product.segments = layer.window.height
    unsafe product.segment_length = layer.window.width * input.channels
    unsafe product.panels = UnsafePointer(call.weight + share.lowerBound * depth)
    unsafe product.bias = call.bias.map { unsafe UnsafePointer($0) }
    unsafe product.rectified = call.rectified ? 1 : 0
    if let (function, a, b) = call.activation?.kernel {
      unsafe (product.applies, product.function) = (1, function)
      unsafe (product.a, product.b) = (a, b)
    }
    unsafe engram_multiply(&product)
  }

  private var runs: Int { (columns + Self.run - 1) / Self.run }

  /// Sets where the product's input lies, and how many positions it has.
  private func place(
    _ product: inout engram_product, _ start: Int, _ part: Range<Int>, _ call: ConvolutionCall
  ) {
    let window = layer.window
    if isPointwise {
      let end = min(part.upperBound * Self.run, columns)
      if let copiedStride {
        unsafe copy(call.x, start..<end, stride: copiedStride, into: call.scratch)
        unsafe product.x.base = call.scratch
        unsafe product.x.columns = copiedStride
      } else {
        unsafe product.x.base += start * input.channels
      }
      unsafe product.rows = 1
      unsafe product.columns = end - start
      return
    }
    unsafe product.rows = part.count
    unsafe product.columns = columns
    let width = isPadded ? paddedWidth : input.width
    if isPadded {
      unsafe engram_pad(
        call.x.base, input.height, input.width, input.channels,
        start * window.stride - window.padding.top, inputRows(part.count), -window.padding.left,
        width, call.scratch)
      unsafe product.x.base = call.scratch
    } else {
      unsafe product.x.base += start * window.stride * input.width * input.channels
    }
    unsafe product.x.rows = window.stride * width * input.channels
    unsafe product.x.columns = window.stride * input.channels
    unsafe product.segment_stride = width * input.channels
  }

  /// Copies what some output positions read.
  private func copy(
    _ x: engram_map, _ positions: Range<Int>, stride: Int, into target: Floats
  ) {
    let (step, channels) = (layer.window.stride, input.channels)
    var position = positions.lowerBound
    while position < positions.upperBound {
      let (row, column) = (position / outputWidth, position % outputWidth)
      let count = min(outputWidth - column, positions.upperBound - position)
      unsafe engram_copy_rows(
        x.base + row * step * x.rows + column * step * x.columns, count, channels,
        step * channels, stride, target + (position - positions.lowerBound) * stride)
      position += count
    }
  }
}
