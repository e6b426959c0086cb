// How many interactions of a sample are significant, for runs that keep no bits: the same comparisons as
// SignificanceEncoder's, without the stored form and without a second copy of the weights.

import CKernels

/// Counts the significant interactions of samples of one layer.
package final class SignificanceCounter: Sendable {
  package let shape: LayerShape
  private let weight: [Float]
  private let bias: [Float]?

  /// Samples that share one pass over the weights.
  package static let samplesPerBlock = 32

  /// weight: outputs × inputs, row-major; bias: one per output, nil where the shape has none.
  package init(shape: LayerShape, weight: [Float], bias: [Float]?) {
    precondition(weight.count == shape.outputs * shape.inputs, "The weights do not fit the shape")
    precondition((bias != nil) == shape.hasBias, "A bias must be given where the shape has one")
    precondition(bias.map { $0.count == shape.outputs } ?? true, "The bias does not fit the shape")
    self.shape = shape
    self.weight = weight
    self.bias = bias
  }

  /// One number per sample. x: count × inputs, z: count × outputs, row-major. May be called from several
  /// threads at once.
  package func count(x: Span<Float>, z: Span<Float>, count: Int) -> [Int] {
    precondition(x.count == count * shape.inputs, "x must hold count × inputs values")
    precondition(z.count == count * shape.outputs, "z must hold count × outputs values")
    let inputs = Float(shape.inputs)
    // No term is above infinity: there is nothing significant where z is zero or not finite.
    let thresholds = z.indices.map { z[$0].isFinite && z[$0] != 0 ? z[$0] / inputs : .infinity }
    var counts = [UInt64](repeating: 0, count: count)
    for first in stride(from: 0, to: count, by: Self.samplesPerBlock) {
      let samples = min(Self.samplesPerBlock, count - first)
      unsafe x.extracting(first * shape.inputs..<(first + samples) * shape.inputs)
        .withUnsafeBufferPointer { x in
          unsafe thresholds.withUnsafeBufferPointer { thresholds in
            unsafe counts.withUnsafeMutableBufferPointer { counts in
              guard let tau = thresholds.baseAddress, let target = counts.baseAddress else {
                return
              }
              unsafe engram_count_significant(
                samples, shape.outputs, shape.inputs, weight, bias, x.baseAddress,
                tau + first * shape.outputs, target + first)
            }
          }
        }
    }
    return counts.map { Int($0) }
  }
}
