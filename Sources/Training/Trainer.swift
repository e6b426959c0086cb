// Stochastic gradient descent with momentum. It knows samples and labels, not data sets or files.

internal import Basics
package import Networks

/// Batch size and schedule of stochastic gradient descent; the defaults are the published schedule's.
package struct TrainingSettings: Hashable, Sendable {
  /// Up to `batchSizes.upperBound`: a batch takes the memory of the parameters once per 32 samples.
  package var batchSize = 128
  package var learningRate = 0.01
  package var momentum = 0.9
  /// The learning rate is multiplied by this every `decayEvery` steps.
  package var decay = 0.95
  /// 391 steps of 128 samples are 50,000 samples, the epoch of the published schedule.
  package var decayEvery = 391

  package static let batchSizes = 1...4096

  package init() {}

  /// The rate of a step, counted from 0. By multiplication, so that it is the same on every
  /// machine, and by squaring, so that a step of any number has it at once.
  package func learningRate(step: Int) -> Double {
    var (power, rate) = (decay, learningRate)
    var decays = step / decayEvery
    while decays > 0 {
      if decays & 1 == 1 { rate *= power }
      power *= power
      decays >>= 1
    }
    return rate
  }
}

/// What one step, or one epoch, saw: predictions and losses from before each step's update.
package struct TrainingRecord: Hashable, Sendable {
  /// Steps taken in all, this one included.
  package let step: Int
  package let samples: Int
  /// Mean over the samples.
  package let loss: Double
  /// Mean cross-entropy to the uniform distribution over the outliers; nil without.
  package var outlierLoss: Double?
  package let correct: Int
  /// Of the last step.
  package let learningRate: Double
}

/// Trains a network and owns the optimiser's state: v = momentum · v + g; w −= rate · v (PyTorch's
/// SGD).
///
/// The same network, settings, seed and samples give the same bits whatever the number of threads,
/// and whether or not training was interrupted between epochs.
package final class Trainer {
  package let network: Network
  package let settings: TrainingSettings
  package let threads: Int
  package internal(set) var epoch = 0
  package internal(set) var step = 0
  var generator: SplitMix64
  let optimiser: MomentumOptimiser

  package init(
    _ network: Network, settings: TrainingSettings = TrainingSettings(), seed: UInt64,
    threads: Int = Parallel.processors
  ) {
    precondition(
      TrainingSettings.batchSizes.contains(settings.batchSize) && settings.decayEvery > 0,
      "Batches and decays have a size.")
    self.network = network
    self.settings = settings
    self.threads = threads
    generator = SplitMix64(seed: seed)
    optimiser = MomentumOptimiser(network)
  }

  /// The order of the next epoch's samples; every call draws a new one.
  package func shuffledOrder(_ count: Int) -> [Int] { generator.permutation(count) }

  /// One pass over the samples `order` names.
  ///
  /// `labels` and `source` take the positions that stand in `order`; `source` is called on several
  /// threads at once. `onStep` hears every step and may throw to stop: the trainer is then between
  /// two checkpoints and is to be discarded. With outliers every batch has as many of them as samples, each behind the
  /// sample it stands beside, so that every block has as many of both.
  package func runEpoch(
    order: [Int], labels: [Int], source: SampleSource, outliers: Outliers? = nil,
    onStep: (TrainingRecord) throws -> Void
  ) rethrows -> TrainingRecord {
    if let outliers {
      precondition(outliers.order.count == order.count, "An outlier stands beside every sample.")
    }
    var loss = 0.0
    var outlierLoss = 0.0
    var correct = 0
    let capacity = min(settings.batchSize, order.count) * (outliers == nil ? 1 : 2)
    for first in stride(from: 0, to: order.count, by: settings.batchSize) {
      let batch = order[first..<min(order.count, first + settings.batchSize)]
      let record = takeStep(
        batch, labels: labels, source: source, outliers: outliers, capacity: capacity)
      loss += record.loss * Double(record.samples)
      outlierLoss += (record.outlierLoss ?? 0) * Double(record.samples)
      correct += record.correct
      try onStep(record)
    }
    epoch += 1
    let count = Double(max(1, order.count))
    return TrainingRecord(
      step: step, samples: order.count, loss: loss / count,
      outlierLoss: outliers == nil ? nil : outlierLoss / count, correct: correct,
      learningRate: settings.learningRate(step: max(0, step - 1)))
  }

  private func takeStep(
    _ batch: ArraySlice<Int>, labels: [Int], source: SampleSource, outliers: Outliers?,
    capacity: Int
  ) -> TrainingRecord {
    let (start, scale) = (batch.startIndex, 1 / Double(batch.count))
    let rate = settings.learningRate(step: step)
    let dropoutKey = generator.state ^ UInt64(step) &* 0x9E37_79B9_7F4A_7C15
    let losses: MomentumOptimiser.Losses
    if let outliers {
      losses = optimiser.step(
        labels: batch.flatMap { [labels[$0], nil] }, outlierWeight: outliers.weight,
        capacity: capacity, momentum: settings.momentum, rate: rate, dropoutKey: dropoutKey,
        threads: threads,
        source: { position, sample in
          let index = start + position / 2
          if position % 2 == 0 {
            source(batch[index], &sample)
          } else {
            outliers.source(outliers.order[index], &sample)
          }
        })
    } else {
      losses = optimiser.step(
        labels: batch.map { labels[$0] }, capacity: capacity, momentum: settings.momentum,
        rate: rate, dropoutKey: dropoutKey, threads: threads,
        source: { source(batch[start + $0], &$1) })
    }
    step += 1
    return TrainingRecord(
      step: step, samples: batch.count, loss: losses.samples * scale,
      outlierLoss: outliers == nil ? nil : losses.outliers * scale, correct: losses.correct,
      learningRate: rate)
  }
}
