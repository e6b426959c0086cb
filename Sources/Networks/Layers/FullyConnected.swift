// The fully connected layer over a whole block of samples: its gradients. Its outputs stand in
// FullyConnected+Inference.

internal import CBLAS
internal import CKernels

/// z = W x + b, W outputs × inputs row-major, in memory as in files.
package struct FullyConnected: Hashable, Sendable {
  package let outputs: Int
  package let hasBias: Bool

  package init(outputs: Int, hasBias: Bool = true) {
    self.outputs = outputs
    self.hasBias = hasBias
  }

  /// Inputs whose gradients are one part of the work.
  private static let inputTile = 512

  /// Sets the parameters' gradients of one tile of outputs, summed over `rows` samples.
  func backward(
    tile: Int, x: Floats, dz: Floats, rows: Int, inputs: Int, weightGradient: Floats,
    biasGradient: Floats?
  ) {
    let first = tile * Self.tile
    let count = min(Self.tile, outputs - first)
    unsafe cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(count), Int32(inputs), Int32(rows), 1,
      dz + first, Int32(outputs), x, Int32(inputs), 0, weightGradient + first * inputs,
      Int32(inputs))
    guard let biasGradient = unsafe biasGradient else { return }
    for output in first..<first + count {
      var sum: Float = 0
      for row in 0..<rows { unsafe sum += dz[row * outputs + output] }
      unsafe biasGradient[output] = sum
    }
  }

  /// Sets the gradients of one tile of inputs, or adds to them.
  ///
  /// They are computed for a whole block, so that the bits of a row do not depend on how many there
  /// are; what the rows after `rows` hold counts for nothing.
  func backward(
    inputTile: Int, dz: Floats, inputs: Int, weight: Floats, isFirst: Bool, dx: Floats
  ) {
    let first = inputTile * Self.inputTile
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(blockSize),
      Int32(min(Self.inputTile, inputs - first)), Int32(outputs), 1, dz, Int32(outputs),
      weight + first, Int32(inputs), isFirst ? 0 : 1, dx + first, Int32(inputs))
  }
}

extension FullyConnected: LayerKind {
  var name: String { "fully connected" }
  var placement: LayerPlacement { .perBlock }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(
      inputs[0].isVector, "A fully connected layer reads a vector; put a flatten before it.")
    return MapShape(vector: outputs)
  }

  func parameters(of input: MapShape) -> [LayerParameter] {
    let weight = LayerParameter(
      name: "weight", role: .weight, shape: [outputs, input.count], fanIn: input.count,
      fanOut: outputs)
    let bias = LayerParameter(name: "bias", role: .bias, shape: [outputs], fanIn: input.count)
    return hasBias ? [weight, bias] : [weight]
  }

  func multiplyAdds(input: MapShape, output: MapShape) -> Int { outputs * input.count }

  func forwardParts(rows: Int) -> [Int] { [tileCount] }

  /// Tiles of the inputs' gradients, then of the parameters'.
  func backwardParts(rows: Int, input: MapShape) -> [Int] {
    [(input.count + Self.inputTile - 1) / Self.inputTile, tileCount]
  }

  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    unsafe forward(
      tile: call.part, x: call.x, rows: call.rows, inputs: call.input.count, weight: weight,
      bias: call.bias, z: call.y)
  }

  func backward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    let inputs = call.input.count
    if call.phase == 1 {
      guard let weightGradient = unsafe call.gradient(.weight) else { return }
      return unsafe backward(
        tile: call.part, x: call.x, dz: call.dy, rows: call.rows, inputs: inputs,
        weightGradient: weightGradient, biasGradient: call.gradient(.bias))
    }
    guard call.wantsInput else { return }
    unsafe backward(
      inputTile: call.part, dz: call.dy, inputs: inputs, weight: weight,
      isFirst: call.isFirstGradient, dx: call.dx)
  }
}
