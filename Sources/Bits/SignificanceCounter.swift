// How many interactions of a sample are significant, for runs that keep no bits: the same comparisons as
// SignificanceEncoder's, without the stored form and without a second copy of the weights.

/// Counts the significant interactions of samples of one layer.
package final class SignificanceCounter: Sendable {
  package let shape: LayerShape
  private let weight: [Float]
  private let bias: [Float]?

  /// Samples that are counted on one thread: more of them share a pass over the weights, fewer leave work for other threads.
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
    var counts: [Int] = []
    counts.reserveCapacity(count)
    for first in stride(from: 0, to: count, by: ActiveInputs.mostSamples) {
      let samples = min(ActiveInputs.mostSamples, count - first)
      let active = ActiveInputs(
        x.extracting(first * shape.inputs..<(first + samples) * shape.inputs), samples: samples)
      let own = z.extracting(first * shape.outputs..<(first + samples) * shape.outputs)
      counts += self.count(active, z: own)
    }
    return counts
  }

  /// The same of samples whose inputs are listed.
  package func count(_ active: ActiveInputs, z: Span<Float>) -> [Int] {
    active.significant(weight: weight, bias: bias, of: shape, z: z)
  }
}
