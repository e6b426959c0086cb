// The gradient of a convolution's weights through Winograd's transforms: a quarter of the multiplications. Of stride 1 and
// channels in multiples of 16; ConvolutionPlan computes the others'.

internal import CKernels

/// dw = Gᵀ (Σ (A dy Aᵀ) ⊙ (Bᵀ x B)) G, the sum being over Winograd's tiles of one sample, or of all samples of a block.
///
/// Tiles are taken by chunks. Of a chunk x and dy are transformed, in parts that may run concurrently, and then multiplied,
/// again in parts. Chunks and parts follow from the shape and the number of samples.
package struct WinogradWeightGradient: Sendable {
  /// Whether it is of all samples of a block at once, whose gradients are kept then: few tiles a sample are enough, and the
  /// weights' gradients are written once.
  package let isOverBlock: Bool
  private let shape: engram_winograd
  private let window: Int
  private let outputs: Int

  private static let panel = 32
  /// Tiles of a chunk: more of them in one sum would round to more than 1e-6.
  private static let mostTiles = 64
  /// What a chunk takes beside its products, in multiplications a weight.
  private static let leading = 200
  /// Samples that a block is taken to have.
  private static let samples = 8
  /// Parts of a product from which on a block is shared out.
  private static let fewestParts = 4

  /// nil where plain products are as cheap or there is no form.
  ///
  /// - Parameter isKept: Whether the gradients of the output are there for all samples of a block at a time.
  package init?(_ layer: Convolution, input: MapShape, output: MapShape, isKept: Bool) {
    let window = layer.window
    guard window.height == window.width, window.stride == 1, input.channels % 16 == 0,
      output.channels % 16 == 0
    else { return nil }
    let size = 6
    let step = size + 1 - window.height
    guard window.height == 3 || window.height == 5 else { return nil }
    let (panels, blocks) = Self.parts(outputs: output.channels, inputs: input.channels)
    let isOverBlock = isKept && !layer.hasBias && panels * blocks >= Self.fewestParts
    let (high, wide) = ((output.height + step - 1) / step, (output.width + step - 1) / step)
    let tiles = high * wide
    let together = min(Self.mostTiles, isOverBlock ? Self.samples * tiles : tiles)
    let cost = size * size * tiles + Self.leading * tiles / together
    guard cost * 4 / 3 < window.height * window.width * output.positions else { return nil }
    self.isOverBlock = isOverBlock
    self.window = window.height
    outputs = output.channels
    shape = engram_winograd(
      height: input.height, width: input.width, channels: input.channels, top: window.padding.top,
      left: window.padding.left, out_height: output.height, out_width: output.width,
      size: size, step: step, tiles_high: high, tiles_wide: wide)
  }

  /// Panels of outputs, and blocks of inputs, that are multiplied with each other.
  private static func parts(outputs: Int, inputs: Int) -> (panels: Int, blocks: Int) {
    let width = inputs < 4 * panel ? panel : 2 * panel
    return ((outputs + panel - 1) / panel, (inputs + width - 1) / width)
  }

  private var parts: (panels: Int, blocks: Int) {
    Self.parts(outputs: outputs, inputs: shape.channels)
  }
  private var blockWidth: Int { shape.channels < 4 * Self.panel ? Self.panel : 2 * Self.panel }
  private var inputPanels: Int { (shape.channels + Self.panel - 1) / Self.panel }
  private var planes: Int { shape.size * shape.size }
  private var tiles: Int { shape.tiles_high * shape.tiles_wide }
  // Planes that lie a power of two apart would share their places in the cache.
  private func plane(_ count: Int) -> Int { count + 16 }

  private var transformParts: Int { inputPanels + parts.panels }
  private var productParts: Int { parts.panels * parts.blocks }

  /// Floats that a part of a product needs.
  private var sumsCount: Int { planes * plane(Self.panel * blockWidth) }
  /// Floats of a worker: its own sums, and behind them what its team has transformed.
  package var scratchCount: Int {
    sumsCount + planes * (plane(Self.mostTiles * shape.channels) + plane(Self.mostTiles * outputs))
  }

  /// Tiles of so many samples, one sample's after the other's.
  private func chunks(samples: Int) -> [Range<Int>] {
    let total = samples * tiles
    let count = (total + Self.mostTiles - 1) / Self.mostTiles
    return (0..<count).map { evenPart($0, of: count, total: total) }
  }

  /// Transforms a panel of x or of dy.
  /// - Parameter scratch: Of the team's leader.
  private func transform(
    part: Int, chunk: Range<Int>, x: (_ sample: Int) -> Floats, dy: (_ sample: Int) -> Floats,
    scratch: Floats
  ) {
    let isInput = part < inputPanels
    let channels = isInput ? shape.channels : outputs
    let first = (isInput ? part : part - inputPanels) * Self.panel
    let width = min(Self.panel, channels - first)
    let plane = plane(chunk.count * channels)
    var target = unsafe transformed(chunk, scratch, ofInput: isInput) + first * chunk.count
    var next = chunk.lowerBound
    while next < chunk.upperBound {
      let (sample, tile) = next.quotientAndRemainder(dividingBy: tiles)
      let count = min(tiles - tile, chunk.upperBound - next)
      var shape = shape
      shape.channels = width
      if isInput {
        let map = unsafe engram_map(
          base: x(sample) + first, rows: shape.width * channels, columns: channels)
        unsafe engram_winograd_input(&shape, map, tile, count, target, plane)
      } else {
        let map = unsafe engram_map(
          base: dy(sample) + first, rows: shape.out_width * channels, columns: channels)
        unsafe engram_winograd_output_gradient(&shape, map, tile, count, width, target, plane)
      }
      unsafe target += count * width
      next += count
    }
  }

  private func transformed(_ chunk: Range<Int>, _ scratch: Floats, ofInput: Bool) -> Floats {
    let inputs = planes * plane(chunk.count * shape.channels)
    return unsafe scratch + sumsCount + (ofInput ? 0 : inputs)
  }

  /// Sets a part of the weights' gradient, or adds to it.
  /// - Parameters:
  ///   - shared: The leader's scratch memory, where everything is transformed.
  ///   - scratch: The worker's own.
  private func multiply(
    part: Int, chunk: Range<Int>, shared: Floats, scratch: Floats, adds: Bool, gradient: Floats
  ) {
    let (panel, block) = part.quotientAndRemainder(dividingBy: parts.blocks)
    let (output, input) = (panel * Self.panel, block * blockWidth)
    let width = min(Self.panel, outputs - output)
    let channels = min(blockWidth, shape.channels - input)
    let x = unsafe transformed(chunk, shared, ofInput: true) + input * chunk.count
    let dy = unsafe transformed(chunk, shared, ofInput: false) + output * chunk.count
    let plane = plane(Self.panel * blockWidth)
    for index in 0..<planes {
      for channel in stride(from: 0, to: channels, by: Self.panel) {
        unsafe engram_winograd_outer(
          dy + index * self.plane(chunk.count * outputs), width,
          x + index * self.plane(chunk.count * shape.channels) + channel * chunk.count,
          min(Self.panel, channels - channel), chunk.count,
          scratch + index * plane + channel, channels)
      }
    }
    let taps = window * window
    unsafe engram_winograd_weight_gradient(
      window, scratch, plane, width, channels, adds ? 1 : 0,
      gradient + output * taps * shape.channels + input, shape.channels, taps * shape.channels)
  }

  /// Sets the weights' gradient, or adds to it.
  /// - Parameters:
  ///   - samples: How many it is the sum of.
  ///   - x: Of a sample, height × width × channels.
  ///   - dy: The same of the output's gradient.
  ///   - scratch: Of a worker of the crew, `scratchCount` floats.
  package func run(
    samples: Int, by crew: Crew, x: (_ sample: Int) -> Floats, dy: (_ sample: Int) -> Floats,
    scratch: (_ worker: Int) -> Floats, adds: Bool, gradient: Floats
  ) {
    let shared = unsafe scratch(0)
    for (index, chunk) in chunks(samples: samples).enumerated() {
      crew.run(transformParts) { _, part in
        unsafe transform(part: part, chunk: chunk, x: x, dy: dy, scratch: shared)
      }
      crew.run(productParts) { worker, part in
        unsafe multiply(
          part: part, chunk: chunk, shared: shared, scratch: scratch(worker),
          adds: adds || index > 0, gradient: gradient)
      }
    }
  }
}
