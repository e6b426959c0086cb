// A convolution of stride 1 through Winograd's transforms (Lavin and Gray 2016, arXiv:1509.09308):
// fewer multiplications, larger weights. The choice between it and a direct product is made here as
// well.

internal import CKernels

/// 3 × 3 and 5 × 5 windows over channels in multiples of 16. Tiles are ranges of Winograd's tiles,
/// or of outputs where the weights are larger than the map.
struct WinogradConvolution: Sendable {
  private let shape: engram_winograd
  private let window: Int
  private let outputs: Int
  private let tileParts: Int
  private let outputShares: Int

  /// Multiplications that take as long as reading a weight from memory.
  private static let reading = 20
  /// Transformed weights that no longer stay in the cache between two tiles: outputs are shared out then, not positions.
  private static let mostCachedWeights = 1_000_000

  /// Winograd's tiles of a part: two runs of the product's widest register tile.
  private static let mostTiles = 28
  /// Outputs from which on two threads share them: a panel of weights for each.
  private static let fewestSharedOutputs = 2 * Int(ENGRAM_PANEL)

  /// Outputs whose products lie in the cache at once: whole panels.
  private static let block = 128

  /// The cheapest form of this convolution, or nil where a direct product is cheaper or there is no
  /// form.
  ///
  /// A cost is a number of multiplications.
  static func fastest(
    _ layer: Convolution, input: MapShape, output: MapShape
  ) -> WinogradConvolution? {
    let window = layer.window
    guard window.height == window.width, window.stride == 1, input.channels % 16 == 0,
      output.channels % 16 == 0
    else { return nil }
    let forms: [(size: Int, step: Int)] =
      switch window.height {
      case 3: [(6, 4), (4, 2)]
      case 5: [(6, 2)]
      default: []
      }
    func tiles(_ step: Int) -> Int {
      ((output.height + step - 1) / step) * ((output.width + step - 1) / step)
    }
    func cost(_ size: Int, _ positions: Int) -> Int { size * size * (positions + Self.reading) }
    let best = forms.min { cost($0.size, tiles($0.step)) < cost($1.size, tiles($1.step)) }
    guard let best,
      cost(best.size, tiles(best.step)) < cost(window.height, output.positions)
    else { return nil }
    return WinogradConvolution(window, input, output, size: best.size, step: best.step)
  }

  private init(_ window: Window, _ input: MapShape, _ output: MapShape, size: Int, step: Int) {
    self.window = window.height
    outputs = output.channels
    shape = engram_winograd(
      height: input.height, width: input.width, channels: input.channels, top: window.padding.top,
      left: window.padding.left, out_height: output.height, out_width: output.width, size: size,
      step: step, tiles_high: (output.height + step - 1) / step,
      tiles_wide: (output.width + step - 1) / step)
    let tiles = shape.tiles_high * shape.tiles_wide
    let isWeightBound = size * size * input.channels * outputs > Self.mostCachedWeights
    var parts = (tiles + Self.mostTiles - 1) / Self.mostTiles
    // As many for each of two threads, and for each of four.
    if parts > 2 && parts < 16 { parts = (parts + 3) / 4 * 4 }
    tileParts = isWeightBound && parts <= 2 ? 1 : parts
    outputShares = tileParts == 1 && outputs >= Self.fewestSharedOutputs ? 2 : 1
  }

  private var tiles: Int { shape.tiles_high * shape.tiles_wide }
  private var planes: Int { shape.size * shape.size }
  private var weightPlane: Int { engram_panel_count(outputs, shape.channels) }
  private var largestPart: Int { (tiles + tileParts - 1) / tileParts }
  /// Planes that lie a power of two apart would share their places in the cache.
  private func plane(_ width: Int) -> Int { largestPart * width + 16 }

  var preparedCount: Int { planes * weightPlane }
  var tileCount: Int { tileParts * outputShares }
  var scratchCount: Int {
    planes * (plane(shape.channels) + plane(min(Self.block, outputs)))
  }

  func prepare(_ weight: Floats, into prepared: Floats) {
    unsafe engram_winograd_weights(
      weight, outputs, window, shape.channels, shape.size, prepared)
  }

  func prepareTurned(_ weight: Floats, into prepared: Floats) {
    unsafe engram_winograd_turned_weights(
      weight, shape.channels, window, outputs, shape.size, prepared)
  }

  func forward(tile: Int, _ call: ConvolutionCall) {
    let share = outputShare(tile % outputShares, of: outputShares, outputs: outputs)
    let part = evenPart(tile / outputShares, of: tileParts, total: tiles)
    let (first, tiles) = (part.lowerBound, part.count)
    let transformed = unsafe call.scratch
    unsafe withShape {
      unsafe engram_winograd_input($0, call.x, first, tiles, transformed, plane(shape.channels))
    }
    for output in stride(from: share.lowerBound, to: share.upperBound, by: Self.block) {
      let width = min(Self.block, share.upperBound - output)
      let call = call.part(outputsFrom: output)
      let products = unsafe transformed + planes * plane(shape.channels)
      unsafe multiply(
        transformed, call.weight + output * shape.channels, tiles, width, products)
      unsafe withShape {
        unsafe engram_winograd_output(
          $0, products, plane(width), first, tiles, width, call.bias, call.addend,
          call.rectified ? 1 : 0, call.y)
      }
    }
  }

  /// tiles × channels by channels × width in every plane.
  private func multiply(
    _ transformed: Floats, _ weight: Floats, _ tiles: Int, _ width: Int, _ products: Floats
  ) {
    var product = unsafe engram_product()
    unsafe product.rows = 1
    unsafe product.columns = tiles
    unsafe product.outputs = width
    unsafe product.segments = 1
    unsafe product.segment_length = shape.channels
    unsafe product.x.columns = shape.channels
    unsafe product.y.columns = width
    for index in 0..<planes {
      unsafe product.x.base = transformed + index * plane(shape.channels)
      unsafe product.y.base = products + index * plane(width)
      unsafe product.panels = UnsafePointer(weight + index * weightPlane)
      unsafe product.next =
        index + 1 < planes ? UnsafePointer(weight + (index + 1) * weightPlane) : nil
      unsafe engram_multiply(&product)
    }
  }

  private func withShape(_ body: (UnsafePointer<engram_winograd>) -> Void) {
    unsafe withUnsafePointer(to: shape) { unsafe body($0) }
  }
}
