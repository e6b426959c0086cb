// The inputs of some samples of a layer that are not zero, and what sums and counts are made of them: inputs that are zero are
// passed over. Leaves out bits: SignificanceEncoder makes those.

import CKernels

/// Lists of the inputs that are not zero, for samples that are worked on together.
package struct ActiveInputs: Sendable {
  package let samples: Int
  package let inputs: Int
  private let active: [engram_active]
  private let ends: [UInt32]

  /// Samples that share a pass over the weights, at most.
  package static let mostSamples = Int(ENGRAM_ACTIVE_SAMPLES)

  /// - Parameter x: samples × inputs, row-major.
  package init(_ x: Span<Float>, samples: Int) {
    precondition(samples > 0 && samples <= Self.mostSamples, "Too many samples, or none")
    precondition(x.count % samples == 0, "x must hold as many values of every sample")
    let inputs = x.count / samples
    let stretches = engram_stretches(inputs)
    var ends: [UInt32] = []
    active = unsafe [engram_active](unsafeUninitializedCapacity: x.count + 1) { active, count in
      ends = unsafe [UInt32](unsafeUninitializedCapacity: stretches * samples) {
        ends, initialized in
        count = unsafe x.withUnsafeBufferPointer { x in
          unsafe engram_active_inputs(
            samples, inputs, x.baseAddress, active.baseAddress, ends.baseAddress)
        }
        initialized = stretches * samples
      }
    }
    (self.samples, self.inputs, self.ends) = (samples, inputs, ends)
  }

  private init(_ other: ActiveInputs, active: [engram_active]) {
    (samples, inputs, ends) = (other.samples, other.inputs, other.ends)
    self.active = active
  }

  /// The same inputs without their signs.
  package var magnitudes: ActiveInputs {
    ActiveInputs(self, active: active.map { engram_active(value: abs($0.value), place: $0.place) })
  }

  /// Σ W x + b of every sample and output, samples × outputs, in Float64: the same on every machine and whatever samples are
  /// taken together. Of magnitudes, Σ |W| |x| + |b|: the scale on which such a sum is exact.
  ///
  /// - Parameter weights: Of as many inputs, and finite.
  package func sums(_ weights: LayerWeights, magnitudes: Bool = false) -> [Double] {
    precondition(weights.shape.inputs == inputs, "The weights do not fit the inputs")
    let own = magnitudes ? self.magnitudes : self
    let bias = (weights.bias ?? []).map { Double(magnitudes ? abs($0) : $0) }
    var sums =
      bias.isEmpty
      ? [Double](repeating: 0, count: samples * weights.shape.outputs)
      : Array(repeatElement(bias, count: samples).joined())
    unsafe engram_active_sums(
      samples, weights.shape.outputs, inputs, weights.weight, magnitudes ? 1 : 0, own.active,
      own.ends, &sums)
    return sums
  }

  /// How many interactions of every sample are significant.
  ///
  /// - Parameter z: samples × outputs, row-major.
  package func significant(
    weight: [Float], bias: [Float]?, of shape: LayerShape, z: Span<Float>
  ) -> [Int] {
    precondition(shape.inputs == inputs, "The weights do not fit the inputs")
    precondition(z.count == samples * shape.outputs, "z must hold samples × outputs values")
    let count = Float(inputs)
    // No term is above infinity: there is nothing significant where z is zero or not finite.
    let thresholds = unsafe [Float](unsafeUninitializedCapacity: z.count) {
      thresholds, initialized in
      for i in z.indices {
        let sum = z[i]
        unsafe thresholds.initializeElement(
          at: i, to: sum.isFinite && sum != 0 ? sum / count : .infinity)
      }
      initialized = z.count
    }
    var counts = [UInt64](repeating: 0, count: samples)
    unsafe engram_count_significant(
      samples, shape.outputs, inputs, weight, bias, active, ends, thresholds, &counts)
    return counts.map { Int($0) }
  }
}
