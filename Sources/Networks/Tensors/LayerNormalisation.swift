// Normalisation of each row by its own statistics: layer normalisation, and the root mean square alone.

internal import CKernels

/// y = (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016); without the mean, and with the mean
/// of squares for the variance, RMS normalisation (Zhang and Sennrich 2019). Statistics are summed in Float64.
package struct LayerNormalisation: Hashable, Sendable {
  package let rows: Int
  /// Of the axes that are normalised, together.
  package let channels: Int
  package let epsilon: Double
  /// Whether the mean is taken off.
  package let isCentred: Bool
  package let hasWeight: Bool
  package let hasBias: Bool
  /// Of the parameters in files; its product is the number of channels.
  package let shape: [Int]
  package let output: MapShape

  package init(
    rows: Int, channels: Int, epsilon: Double = 1e-5, isCentred: Bool = true,
    hasWeight: Bool = true, hasBias: Bool = true, shape: [Int]? = nil, output: MapShape
  ) {
    precondition(rows * channels == output.count, "Rows of channels are all of the output.")
    (self.rows, self.channels, self.epsilon) = (rows, channels, epsilon)
    (self.isCentred, self.hasWeight, self.hasBias) = (isCentred, hasWeight, hasBias)
    (self.shape, self.output) = (shape ?? [channels], output)
    precondition(self.shape.reduce(1, *) == channels, "A channel has one weight.")
  }
}

extension LayerNormalisation: LayerKind {
  var name: String { isCentred ? "layer normalisation" : "RMS normalisation" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0].count == output.count, "A normalisation keeps the number of elements.")
    return output
  }

  func parameters(of input: MapShape) -> [LayerParameter] {
    (hasWeight ? [LayerParameter(name: "weight", role: .weight, shape: shape)] : [])
      + (hasBias ? [LayerParameter(name: "bias", role: .bias, shape: shape)] : [])
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(rows, Parts.count(work: output.count))
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    let range = Parts.range(call.part, of: parts, count: rows)
    let offset = range.lowerBound * channels
    unsafe engram_normalise_rows(
      call.x + offset, range.count, channels, epsilon, isCentred ? 1 : 0, call.weight, call.bias,
      call.y + offset)
  }

  func backward(_ call: LayerCall) {
    unsafe call.contribute {
      unsafe engram_normalise_rows_backward(
        call.x, call.dy, rows, channels, epsilon, isCentred ? 1 : 0, call.weight, $0)
    }
  }
}
