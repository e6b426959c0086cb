// The fully connected layer over a whole block of samples: its gradients. Its outputs stand in
// FullyConnected+Inference.

internal import CBLAS
internal import CKernels

/// z = W x + b, W outputs × inputs row-major, in memory as in files.
package struct FullyConnected: Hashable, Sendable {
  package let outputs: Int

  package init(outputs: Int) { self.outputs = outputs }

  /// Sets the parameters' gradients, summed over `rows` samples, and dx where they are wanted.
  ///
  /// dx is computed for a whole block, so that the bits of a row do not depend on how many there
  /// are; what the rows after `rows` hold counts for nothing.
  func backward(
    _ x: Floats, dz: Floats, rows: Int, inputs: Int, weight: Floats, weightGradient: Floats?,
    biasGradient: Floats?, dx: Floats?
  ) {
    if let weightGradient = unsafe weightGradient, let biasGradient = unsafe biasGradient {
      unsafe cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(outputs), Int32(inputs), Int32(rows), 1,
        dz, Int32(outputs), x, Int32(inputs), 0, weightGradient, Int32(inputs))
      unsafe biasGradient.update(repeating: 0, count: outputs)
      unsafe engram_sum_rows(dz, rows, outputs, biasGradient)
    }
    guard let dx = unsafe dx else { return }
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(blockSize), Int32(inputs), Int32(outputs), 1,
      dz, Int32(outputs), weight, Int32(inputs), 0, dx, Int32(inputs))
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
    [
      LayerParameter(
        name: "weight", role: .weight, shape: [outputs, input.count], fanIn: input.count,
        fanOut: outputs),
      LayerParameter(name: "bias", role: .bias, shape: [outputs], fanIn: input.count),
    ]
  }

  func multiplyAdds(input: MapShape, output: MapShape) -> Int { outputs * input.count }

  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight, let bias = unsafe call.bias else { return }
    unsafe forward(
      tile: call.tile, x: call.x, rows: call.rows, inputs: call.input.count, weight: weight,
      bias: bias, z: call.y)
  }

  func backward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    unsafe call.contributeIfWanted { dx in
      unsafe backward(
        call.x, dz: call.dy, rows: call.rows, inputs: call.input.count, weight: weight,
        weightGradient: call.gradient(.weight), biasGradient: call.gradient(.bias), dx: dx)
    }
  }
}
