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

  /// scale = weight / √(variance + ε) of one channel, and what it adds after scaling.
  func folded(
    weight: Float, bias: Float, mean: Float, variance: Float
  ) -> (scale: Double, shift: Double) {
    let scale = Double(weight) / (Double(variance) + epsilon).squareRoot()
    return (scale, Double(bias) - Double(mean) * scale)
  }
}

extension BatchNormalisation: LayerKind {
  var name: String { "batch normalisation" }
  var placement: LayerPlacement { .perBlock }

  func parameters(of input: MapShape) -> [LayerParameter] {
    [
      LayerParameter(name: "weight", role: .weight, shape: [input.channels]),
      LayerParameter(name: "bias", role: .bias, shape: [input.channels]),
      LayerParameter(name: "running_mean", role: .runningMean, shape: [input.channels]),
      LayerParameter(name: "running_var", role: .runningVariance, shape: [input.channels]),
    ]
  }

  /// Per channel its mean, then 1 / √(variance + ε), then its variance.
  func statisticsCount(output: MapShape) -> Int { 3 * output.channels }
  /// Two sums a channel, in Float64.
  func scratchCount(input: MapShape, output: MapShape) -> Int { 4 * output.channels }

  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight, let bias = unsafe call.bias else { return }
    let output = call.output
    unsafe engram_batch_norm(
      call.x, call.rows * output.positions, output.channels, weight, bias, epsilon, call.scratch,
      call.statistics, call.y)
  }

  func backward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    let input = call.input
    let rows = call.rows * input.positions
    unsafe call.contribute { dx in
      unsafe engram_batch_norm_backward(
        call.x, call.dy, rows, input.channels, weight, call.statistics, call.scratch,
        call.gradient(.weight), call.gradient(.bias), dx)
    }
    // The block's mean and variance (divided by rows − 1), which running ones follow.
    guard let mean = unsafe call.gradient(.runningMean),
      let variance = unsafe call.gradient(.runningVariance)
    else { return }
    let statistics = unsafe call.statistics
    let correction = Float(rows) / Float(max(1, rows - 1))
    for channel in 0..<input.channels {
      unsafe mean[channel] = statistics[channel]
      unsafe variance[channel] = correction * statistics[2 * input.channels + channel]
    }
  }
}
