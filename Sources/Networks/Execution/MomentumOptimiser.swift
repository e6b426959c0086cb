// What a trainer needs of a network: the losses of a batch in training, and one step along their gradients. Which
// samples a batch has, and how long the steps are, is the trainer's.

internal import Basics
internal import CKernels
package import WeightFiles

/// Stochastic gradient descent with momentum, as PyTorch's SGD: v = momentum · v + g; w −= rate · v.
///
/// A batch takes the memory of the parameters once per 32 samples.
package final class MomentumOptimiser {
  package let network: Network
  private let velocity: FloatStorage
  private var pass: BackwardPass?

  /// All velocities are 0.
  package init(_ network: Network) {
    self.network = network
    velocity = FloatStorage(count: network.training.pass.parameterCount)
  }

  /// By the parameters' names.
  package var velocities: [String: Tensor] { network.training.tensors(in: velocity) }

  /// - Throws: `NetworkError` where the tensors are not the network's, by name and shape; nothing is replaced then.
  package func load(_ velocities: [String: Tensor], path: String) throws {
    try network.check(velocities, path: path)
    network.training.store(velocities, in: velocity)
  }

  /// The losses of a batch in training: the sum over its samples and the sum over its outliers, both from before the step.
  package struct Losses: Sendable {
    package var samples = 0.0
    package var outliers = 0.0
    /// Samples whose label was predicted.
    package var correct = 0
  }

  /// Softmax cross-entropy of a batch in training, and a step along the gradients of its mean.
  ///
  /// Where the batch has outliers, `outlierWeight` times the mean of their cross-entropies to the uniform distribution is
  /// added. Batch normalisation tells outliers and samples not apart: a block's statistics are of both.
  ///
  /// - Parameters:
  ///   - labels: One a position; nil for an outlier.
  ///   - capacity: The largest batch that is to come, for which memory is taken once.
  ///   - dropoutKey: Seeds the masks of dropout.
  ///   - source: Called on several threads at once.
  /// - Returns: The sum of the losses and the correct predictions, both from before the step.
  package func step(
    labels: [Int?], outlierWeight: Double = 0, capacity: Int, momentum: Double, rate: Double,
    dropoutKey: UInt64, threads: Int, source: SampleSource
  ) -> Losses {
    let outliers = labels.count { $0 == nil }
    let scale = 1 / Double(max(1, labels.count - outliers))
    let outlierScale = outlierWeight / Double(max(1, outliers))
    let pass = pass(for: max(labels.count, capacity))
    let losses = pass.run(
      on: network.trainingPool, count: labels.count, threads: threads, dropoutKey: dropoutKey,
      source: source,
      lossGradient: { position, logits, gradient in
        guard let label = labels[position] else {
          return SoftmaxCrossEntropy.backwardToUniform(
            logits, scale: outlierScale, gradient: &gradient)
        }
        return SoftmaxCrossEntropy.backward(
          logits, label: label, scale: scale, gradient: &gradient)
      })
    let classes = network.classCount
    let logits = pass.logits.array
    var result = Losses()
    for (index, label) in labels.enumerated() {
      guard let label else {
        result.outliers += losses[index]
        continue
      }
      result.samples += losses[index]
      let row = logits.span.extracting(index * classes..<(index + 1) * classes)
      if SoftmaxCrossEntropy.prediction(row) == label { result.correct += 1 }
    }
    unsafe pass.forEachChunk(threads: threads) { offset, count, gradient in
      unsafe engram_momentum_step(
        gradient, count, Float(momentum), Float(rate), velocity.base + offset,
        network.parameters.base + offset)
    }
    unsafe pass.followStatistics(in: network.parameters.base)
    network.parametersChanged()
    return result
  }

  /// Memory for batches of up to `count` samples: a few samples need not fill a large batch.
  private func pass(for count: Int) -> BackwardPass {
    if let pass, pass.capacity >= count { return pass }
    let pass = BackwardPass(network.training, count: count, parameters: true, inputs: false)
    self.pass = pass
    return pass
  }
}
