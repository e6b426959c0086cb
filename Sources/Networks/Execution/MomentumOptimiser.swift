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

  /// Softmax cross-entropy of a batch in training, and a step along the gradients of its mean.
  ///
  /// - Parameters:
  ///   - capacity: The largest batch that is to come, for which memory is taken once.
  ///   - dropoutKey: Seeds the masks of dropout.
  ///   - source: Called on several threads at once.
  /// - Returns: The sum of the losses and the correct predictions, both from before the step.
  package func step(
    labels: [Int], capacity: Int, momentum: Double, rate: Double, dropoutKey: UInt64,
    threads: Int, source: SampleSource
  ) -> (loss: Double, correct: Int) {
    let scale = 1 / Double(labels.count)
    let pass = pass(for: max(labels.count, capacity))
    let losses = pass.run(
      on: network.trainingPool, count: labels.count, threads: threads, dropoutKey: dropoutKey,
      source: source,
      lossGradient: { position, logits, gradient in
        SoftmaxCrossEntropy.backward(
          logits, label: labels[position], scale: scale, gradient: &gradient)
      })
    let classes = network.classCount
    let logits = pass.logits.array
    let correct = labels.indices.count { index in
      let row = logits.span.extracting(index * classes..<(index + 1) * classes)
      return SoftmaxCrossEntropy.prediction(row) == labels[index]
    }
    unsafe pass.forEachChunk(threads: threads) { offset, count, gradient in
      unsafe engram_momentum_step(
        gradient, count, Float(momentum), Float(rate), velocity.base + offset,
        network.parameters.base + offset)
    }
    unsafe pass.followStatistics(in: network.parameters.base)
    network.parametersChanged()
    return (losses.reduce(0, +), correct)
  }

  /// Memory for batches of up to `count` samples: a few samples need not fill a large batch.
  private func pass(for count: Int) -> BackwardPass {
    if let pass, pass.capacity >= count { return pass }
    let pass = BackwardPass(network.training, count: count, parameters: true, inputs: false)
    self.pass = pass
    return pass
  }
}
