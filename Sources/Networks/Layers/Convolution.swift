// Two-dimensional convolution as matrix products over gathered patches. No groups, no dilation.

internal import CBLAS
internal import CKernels

/// y[o] = b[o] + Σ w[o][ky][kx][c] · x[row + ky][column + kx][c]
///
/// Weights lie outputs × height × width × inputs in memory, outputs × inputs × height × width in
/// files.
package struct Convolution: Hashable, Sendable {
  package let outputs: Int
  package let window: Window
  package let hasBias: Bool
  /// Whether files have the weights of its 1 × 1 window as outputs × inputs.
  package let isOverTokens: Bool
  /// Whether what it reads and gives is lent: then nothing is a part of it.
  let isLent: Bool

  package init(outputs: Int, window: Window, hasBias: Bool = true) {
    self.init(
      outputs: outputs, window: window, hasBias: hasBias, isOverTokens: false, isLent: false)
  }

  private init(outputs: Int, window: Window, hasBias: Bool, isOverTokens: Bool, isLent: Bool) {
    precondition(window.isPlain, "Strides that differ and dilation are GroupedConvolution's.")
    self.outputs = outputs
    self.window = window
    self.hasBias = hasBias
    self.isOverTokens = isOverTokens
    self.isLent = isLent
  }

  /// y = W x + b of every position: a linear layer over tokens.
  package static func overTokens(outputs: Int, hasBias: Bool = true) -> Convolution {
    Convolution(
      outputs: outputs, window: Window(height: 1, width: 1), hasBias: hasBias, isOverTokens: true,
      isLent: false)
  }
}

extension Convolution {
  /// The same with a bias.
  var withBias: Convolution {
    Convolution(
      outputs: outputs, window: window, hasBias: true, isOverTokens: isOverTokens, isLent: isLent)
  }

  /// The same, lent where it is over tokens.
  var lent: Convolution {
    Convolution(
      outputs: outputs, window: window, hasBias: hasBias, isOverTokens: isOverTokens,
      isLent: isOverTokens)
  }
}

extension Convolution: LayerKind {
  var name: String { isOverTokens ? "linear over tokens" : "convolution \(window)" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    window.outputShape(for: inputs[0], channels: outputs)
  }

  func parameters(of input: MapShape) -> [LayerParameter] {
    let taps = window.height * window.width
    let sides = isOverTokens ? [] : [window.height, window.width]
    let weight = LayerParameter(
      name: "weight", role: .weight, shape: [outputs, input.channels] + sides,
      fanIn: input.channels * taps, fanOut: outputs * taps)
    let bias = LayerParameter(
      name: "bias", role: .bias, shape: [outputs], fanIn: input.channels * taps)
    return hasBias ? [weight, bias] : [weight]
  }

  func multiplyAdds(input: MapShape, output: MapShape) -> Int {
    outputs * input.channels * window.height * window.width * output.positions
  }

  func forward(_ call: LayerCall) {
    for tile in 0..<(call.program.tiled[call.node]?.tileCount ?? 0) {
      call.workspace.convolve(call.node, tile: tile, sample: call.sample)
    }
  }

  func backward(_ call: LayerCall) {
    guard let plan = call.program.convolutions[call.node] else { return }
    let winograd = call.program.weightGradients[call.node]
    unsafe plan.addParameterGradients(
      call.x, dy: call.dy, weightGradient: winograd == nil ? call.gradient(.weight) : nil,
      biasGradient: call.gradient(.bias), first: call.isFirst, scratch: call.scratch)
    if let winograd, !winograd.isOverBlock, let gradient = unsafe call.gradient(.weight) {
      Crew.lead(threads: 1) { crew in
        unsafe winograd.run(
          samples: 1, by: crew, x: { _ in unsafe call.x }, dy: { _ in unsafe call.dy },
          scratch: { _ in unsafe call.scratch }, adds: !call.isFirst, gradient: gradient)
      }
    }
    guard call.wantsInput else { return }
    if let gradient = call.program.gradients[call.node] {
      for tile in 0..<gradient.tileCount { call.workspace.convolveGradient(call, tile: tile) }
    } else if let weight = unsafe call.weight {
      unsafe call.contribute { dx in
        unsafe plan.inputGradient(call.dy, weight: weight, scratch: call.scratch, dx: dx)
      }
    }
  }
}

/// A convolution between known shapes.
///
/// With stride 1 and enough channels only the horizontal overlap is gathered, and each of the
/// window's rows is one product over the same patches, shifted by a row (Cho and Brand 2017): a
/// fifth of the patches' memory for a 5 × 5 window. Otherwise a patch is the whole window.
struct ConvolutionPlan {
  private let window: engram_window
  private let positions: Int32
  private let outputs: Int32
  private let products: Int
  private let patchRows: Int
  private let rowStep: Int
  private let rowsPerPatch: Int

  init(_ layer: Convolution, input: MapShape, output: MapShape) {
    window = layer.window.kernelWindow(over: input, to: output)
    positions = Int32(output.positions)
    outputs = Int32(output.channels)
    let byRow = layer.window.stride == 1 && layer.window.width * input.channels >= 64
    products = byRow ? layer.window.height : 1
    rowsPerPatch = byRow ? 1 : layer.window.height
    patchRows = output.height + products - 1
    rowStep = layer.window.stride
  }

  private var depth: Int { rowsPerPatch * window.window_width * window.channels }
  private var patchCount: Int { patchRows * window.out_width * depth }
  var scratchCount: Int { patchCount }

  /// One sample: adds to (`first`: sets) the parameters' gradients, where they are wanted.
  func addParameterGradients(
    _ x: Floats, dy: Floats, weightGradient: Floats?, biasGradient: Floats?, first: Bool,
    scratch: Floats
  ) {
    if let biasGradient = unsafe biasGradient {
      if first { unsafe biasGradient.update(repeating: 0, count: Int(outputs)) }
      unsafe engram_sum_rows(dy, Int(positions), Int(outputs), biasGradient)
    }
    if let weightGradient = unsafe weightGradient {
      unsafe gather(x, into: scratch)
      for row in 0..<products {
        unsafe cblas_sgemm(
          CblasRowMajor, CblasTrans, CblasNoTrans, outputs, Int32(depth), positions, 1, dy,
          outputs, scratch + row * window.out_width * depth, Int32(depth), first ? 0 : 1,
          weightGradient + row * depth, Int32(products * depth))
      }
    }
  }

  /// One sample: sets dx.
  func inputGradient(_ dy: Floats, weight: Floats, scratch: Floats, dx: Floats) {
    if products > 1 { unsafe scratch.update(repeating: 0, count: patchCount) }
    for row in 0..<products {
      unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, positions, Int32(depth), outputs, 1, dy,
        outputs, weight + row * depth, Int32(products * depth), products > 1 ? 1 : 0,
        scratch + row * window.out_width * depth, Int32(depth))
    }
    unsafe dx.update(repeating: 0, count: window.height * window.width * window.channels)
    unsafe withKernelWindow {
      unsafe engram_patches_backward(scratch, $0, patchRows, rowStep, rowsPerPatch, dx)
    }
  }

  private func gather(_ x: Floats, into patches: Floats) {
    unsafe withKernelWindow {
      unsafe engram_patches(x, $0, patchRows, rowStep, rowsPerPatch, patches)
    }
  }

  private func withKernelWindow(_ body: (UnsafePointer<engram_window>) -> Void) {
    unsafe withUnsafePointer(to: window) { unsafe body($0) }
  }
}
