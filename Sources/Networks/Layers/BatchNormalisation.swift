// Batch normalisation as it trains. In inference it is part of the convolution before it: see
// InferenceGraph.

internal import CKernels

/// y = weight · (x − mean) / √(variance + ε) + bias, per channel (Ioffe and Szegedy 2015).
///
/// While training, mean and variance are those of a block: the samples of up to 32 that are worked
/// on together, over all positions (variance divided by n). Running ones, which inference uses,
/// follow the mean over the blocks of a step by `momentum`, the variance divided by n − 1 there.
package struct BatchNormalisation: Hashable, Sendable {
  package let epsilon: Double

  package init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  static let momentum: Float = 0.1

  /// Floats of a block's statistics: per channel its mean, then 1 / √(variance + ε), then its
  /// variance.
  static func statisticsCount(_ channels: Int) -> Int { 3 * channels }
  /// Scratch floats: two sums a channel, in Float64.
  static func scratchCount(_ channels: Int) -> Int { 4 * channels }

  /// x → y over `rows` rows of channels; sets the statistics.
  func forward(
    _ x: Floats, rows: Int, channels: Int, weight: Floats, bias: Floats, statistics: Floats,
    scratch: Floats, y: Floats
  ) {
    unsafe engram_batch_norm(
      x, rows, channels, weight, bias, epsilon, scratch, statistics, y)
  }

  /// Sets the gradients of weight and bias where they are wanted, and dx.
  func backward(
    _ x: Floats, dy: Floats, rows: Int, channels: Int, weight: Floats, statistics: Floats,
    weightGradient: Floats?, biasGradient: Floats?, scratch: Floats, dx: Floats
  ) {
    unsafe engram_batch_norm_backward(
      x, dy, rows, channels, weight, statistics, scratch, weightGradient, biasGradient, dx)
  }

  /// scale = weight / √(variance + ε) of one channel, and what it adds after scaling.
  func folded(
    weight: Float, bias: Float, mean: Float, variance: Float
  ) -> (scale: Double, shift: Double) {
    let scale = Double(weight) / (Double(variance) + epsilon).squareRoot()
    return (scale, Double(bias) - Double(mean) * scale)
  }
}
