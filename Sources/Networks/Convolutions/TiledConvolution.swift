// A convolution as forward passes compute it, in tiles that may run concurrently. The gradients of its parameters are
// ConvolutionPlan's.

internal import CKernels

/// y = max(b + w ∗ x + addend, 0), the addend and the rectifier where they are wanted.
///
/// Weights are prepared whenever they have changed. A tile is a part of the output, positions × outputs, that follows
/// from the shape alone; its values do not depend on the order of the tiles. A call is of one sample.
package struct TiledConvolution: Sendable {
  private let method: Method
  private let input: MapShape
  private let output: MapShape

  private enum Method: Sendable {
    case direct(DirectConvolution)
    case winograd(WinogradConvolution)
  }

  package init(_ layer: Convolution, input: MapShape, output: MapShape) {
    self.input = input
    self.output = output
    if let winograd = WinogradConvolution.fastest(layer, input: input, output: output) {
      method = .winograd(winograd)
    } else {
      method = .direct(DirectConvolution(layer, input: input, output: output))
    }
  }

  /// Floats of the prepared weights.
  package var preparedCount: Int {
    switch method {
    case .direct(let convolution): convolution.preparedCount
    case .winograd(let convolution): convolution.preparedCount
    }
  }

  package var tileCount: Int {
    switch method {
    case .direct(let convolution): convolution.tileCount
    case .winograd(let convolution): convolution.tileCount
    }
  }

  /// Floats that one tile in flight needs.
  package var scratchCount: Int {
    switch method {
    case .direct(let convolution): convolution.scratchCount
    case .winograd(let convolution): convolution.scratchCount
    }
  }

  /// Whether a tile of the output is a rectangle, to which an activation can be applied at once.
  var appliesActivations: Bool {
    if case .direct = method { true } else { false }
  }

  /// weight: outputs × height × width × inputs.
  package func prepare(weight: Floats, into prepared: Floats) {
    switch method {
    case .direct(let convolution): unsafe convolution.prepare(weight, into: prepared)
    case .winograd(let convolution): unsafe convolution.prepare(weight, into: prepared)
    }
  }

  /// The same with the window turned by half a circle and inputs and outputs exchanged.
  /// - Parameter weight: inputs × height × width × outputs.
  func prepareTurned(weight: Floats, into prepared: Floats) {
    switch method {
    case .direct(let convolution): unsafe convolution.prepareTurned(weight, into: prepared)
    case .winograd(let convolution): unsafe convolution.prepareTurned(weight, into: prepared)
    }
  }

  /// Computes one tile of y, positions × outputs with `rowStride` floats between positions.
  ///
  /// `addend` lies as y does, with its own stride, and may be y.
  package func forward(
    tile: Int, x: Floats, weight: Floats, bias: Floats?, rectified: Bool, scratch: Floats,
    y: Floats, rowStride: Int, addend: Floats? = nil, addendStride: Int = 0,
    activation: ElementFunction? = nil
  ) {
    let call = unsafe ConvolutionCall(
      x: engram_map(
        base: x, rows: input.width * input.channels, columns: input.channels),
      y: engram_map(
        base: y, rows: output.width * rowStride, columns: rowStride),
      addend: engram_map(
        base: addend, rows: output.width * addendStride, columns: addendStride),
      weight: weight, bias: bias, rectified: rectified, activation: activation,
      scratch: scratch)
    switch method {
    case .direct(let convolution): convolution.forward(tile: tile, call)
    case .winograd(let convolution): convolution.forward(tile: tile, call)
    }
  }
}

/// What a convolution reads and writes.
@safe
struct ConvolutionCall {
  var x: engram_map
  var y: engram_map
  var addend: engram_map
  var weight: Floats
  var bias: Floats?
  var rectified: Bool
  var activation: ElementFunction?
  var scratch: Floats

  /// The part from output `first` on.
  func part(outputsFrom first: Int) -> ConvolutionCall {
    var part = self
    unsafe part.y.base += first
    if unsafe addend.base != nil { unsafe part.addend.base += first }
    if let bias = unsafe bias { unsafe part.bias = bias + first }
    return part
  }
}

/// Part `index` of `count` nearly equal parts of 0 ..< `total`.
func evenPart(_ index: Int, of count: Int, total: Int) -> Range<Int> {
  total * index / count..<total * (index + 1) / count
}

/// The outputs of share `index` of `count`: whole panels of weights.
func outputShare(_ index: Int, of count: Int, outputs: Int) -> Range<Int> {
  let panel = Int(ENGRAM_PANEL)
  let panels = evenPart(index, of: count, total: (outputs + panel - 1) / panel)
  return panels.lowerBound * panel..<min(panels.upperBound * panel, outputs)
}
