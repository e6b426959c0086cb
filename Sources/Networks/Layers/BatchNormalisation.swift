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

  /// Of every sample two sums a channel, in Float64; behind them per channel its mean, then 1 / √(variance + ε), then its
  /// variance.
  func statisticsCount(output: MapShape) -> Int {
    sumsCount(output.channels) + 3 * output.channels
  }

  private func sumsCount(_ channels: Int) -> Int { 4 * blockSize * channels }

  /// Every sample's sums, the statistics, every sample's values.
  func forwardParts(rows: Int) -> [Int] { [rows, 1, rows] }
  func backwardParts(rows: Int, input: MapShape) -> [Int] { [rows, 1, rows] }

  /// Where a call finds what it works on.
  @safe
  private struct Memory {
    let positions: Int
    let channels: Int
    /// Of all samples, and of the call's own.
    let sums: UnsafeMutablePointer<Double>
    let ownSums: UnsafeMutablePointer<Double>
    let statistics: Floats
    let x: Floats

    init(_ call: LayerCall, sumsCount: Int) {
      (positions, channels) = (call.input.positions, call.input.channels)
      unsafe sums = UnsafeMutableRawPointer(call.statistics).assumingMemoryBound(to: Double.self)
      unsafe ownSums = sums + 2 * call.part * channels
      unsafe statistics = call.statistics + sumsCount
      unsafe x = call.x
    }
  }

  func forward(_ call: LayerCall) {
    guard let weight = unsafe call.weight, let bias = unsafe call.bias else { return }
    let all = Memory(call, sumsCount: sumsCount(call.input.channels))
    let (positions, channels) = (all.positions, all.channels)
    let own = call.of(sample: call.part)
    switch call.phase {
    case 0:
      // The first value of a channel is as near to its mean as the sums need.
      unsafe engram_batch_norm_sums(own.x, positions, channels, all.x, all.ownSums)
    case 1:
      unsafe engram_batch_norm_statistics(
        all.sums, call.rows, call.rows * positions, channels, all.x, epsilon, all.statistics)
    default:
      unsafe engram_batch_norm(own.x, positions, channels, weight, bias, all.statistics, own.y)
    }
  }

  func backward(_ call: LayerCall) {
    guard let weight = unsafe call.weight else { return }
    let all = Memory(call, sumsCount: sumsCount(call.input.channels))
    let (positions, channels) = (all.positions, all.channels)
    let own = call.of(sample: call.part)
    switch call.phase {
    case 0:
      unsafe engram_batch_norm_products(
        own.x, own.dy, positions, channels, all.statistics, all.ownSums)
    case 1:
      let rows = call.rows * positions
      unsafe engram_batch_norm_gradients(
        all.sums, call.rows, rows, channels, call.gradient(.weight), call.gradient(.bias))
      // The block's mean and variance (divided by rows − 1), which running ones follow.
      guard let mean = unsafe call.gradient(.runningMean),
        let variance = unsafe call.gradient(.runningVariance)
      else { return }
      let correction = Float(rows) / Float(max(1, rows - 1))
      for channel in 0..<channels {
        unsafe mean[channel] = all.statistics[channel]
        unsafe variance[channel] = correction * all.statistics[2 * channels + channel]
      }
    default:
      unsafe own.contribute { dx in
        unsafe engram_batch_norm_backward(
          own.x, own.dy, positions, channels, weight, all.statistics, all.sums, dx)
      }
    }
  }
}
