// Steps of training against their formulas where batches are not all alike: the last, smaller batch of an epoch, and
// dropout, whose masks are drawn for every step, sample and layer.

import NetworkTestSupport
import Networks
import TestSupport
import Testing
import Training
import WeightFiles

@Suite struct StepTests {
  private static let classes = 4
  private let samples = uniform(200 * 72, seed: 21)
  private let labels = (0..<200).map { $0 * 13 % classes }

  private func settings(_ batch: Int, rate: Double = 0.1) -> TrainingSettings {
    var settings = TrainingSettings()
    (settings.batchSize, settings.learningRate) = (batch, rate)
    return settings
  }

  private func run(_ trainer: Trainer, _ order: [Int]) -> [TrainingRecord] {
    var steps: [TrainingRecord] = []
    let epoch = trainer.runEpoch(order: order, labels: labels) { position, sample in
      for i in 0..<72 { sample[i] = samples[position * 72 + i] }
    } onStep: {
      steps.append($0)
    }
    #expect(epoch.samples == order.count && epoch.step == trainer.step)
    let loss = steps.reduce(0) { $0 + $1.loss * Double($1.samples) } / Double(order.count)
    #expect(abs(epoch.loss - loss) < 1e-12)
    #expect(epoch.correct == steps.reduce(0) { $0 + $1.correct })
    return steps
  }

  /// One step of each batch, its gradients those of the mean over its own samples.
  @Test(arguments: [(65, 48), (33, 32), (40, 64), (97, 32), (1, 48), (50, 49)])
  func everyBatchIsDividedByItsOwnSize(count: Int, batch: Int) throws {
    let network = Network(.small, seed: 1)
    let reference = Network(.small, seed: 1)
    let trainer = Trainer(network, settings: settings(batch), seed: 2)
    let order = (0..<count).map { $0 * 7 % 200 }
    let steps = run(trainer, order)
    let batches = stride(from: 0, to: count, by: batch).map {
      order[$0..<min(count, $0 + batch)]
    }
    #expect(steps.map(\.samples) == batches.map(\.count))
    var velocity: [String: [Float]] = [:]
    for (batch, step) in zip(batches, steps) {
      // Sample by sample, so that the sum is this test's own.
      var sums: [String: [Double]] = [:]
      var loss = 0.0
      for position in batch {
        let own = reference.lossAndGradients(
          Array(samples[position * 72..<(position + 1) * 72]), labels: [labels[position]])
        loss += own.loss
        for (name, tensor) in own.parameters {
          let sum = sums[name] ?? [Double](repeating: 0, count: tensor.values.count)
          sums[name] = zip(sum, tensor.values).map { $0 + Double($1) }
        }
      }
      #expect(abs(step.loss - loss / Double(batch.count)) < 1e-5)
      var tensors = reference.tensors
      for (name, sum) in sums {
        let gradient = sum.map { Float($0 / Double(batch.count)) }
        let old = velocity[name] ?? [Float](repeating: 0, count: sum.count)
        let new = zip(old, gradient).map { Float(0.9) * $0 + $1 }
        velocity[name] = new
        let tensor = try #require(tensors[name])
        tensors[name] = Tensor(
          shape: tensor.shape, values: zip(tensor.values, new).map { $0 - Float(0.1) * $1 })
      }
      try reference.load(tensors, path: "reference")
    }
    for (name, tensor) in reference.tensors {
      let found = try #require(network.tensor(name)).values
      #expect(relativeError(found, tensor.values) < 1e-5, "\(name) of \(count) in \(batch)")
    }
  }

  /// Half of 72 inputs, and then half of what is left of 16 features.
  private static let dropping = Architecture(
    name: "dropping", input: MapShape(channels: 2, height: 6, width: 6),
    chain: [
      ("flatten", .flatten), ("drop1", .dropout(Dropout())),
      ("fc1", .fullyConnected(FullyConnected(outputs: 16))), ("relu", .rectifier),
      ("drop2", .dropout(Dropout())),
      ("fc2", .fullyConnected(FullyConnected(outputs: classes))),
    ])

  /// At a rate of 0 nothing is learnt: only the masks make steps over the same samples differ.
  @Test func everyStepHasItsOwnMasks() {
    let trainer = Trainer(
      Network(Self.dropping, seed: 1), settings: settings(40, rate: 0), seed: 2, threads: 2)
    let order = Array(0..<40)
    let losses = (0..<8).map { _ in run(trainer, order)[0].loss }
    #expect(Set(losses).count == 8, "\(losses)")
    // Within one epoch, too: the same samples as several batches of it.
    let within = run(trainer, order + order + order).map(\.loss)
    #expect(Set(within + losses).count == 11, "\(within)")
    // And without dropout they do not.
    let plain = Trainer(
      Network(.small, seed: 1), settings: settings(40, rate: 0), seed: 2, threads: 2)
    #expect(Set((0..<3).map { _ in run(plain, order)[0].loss }).count == 1)
    // Another seed, others; the same one, the same.
    func first(_ seed: UInt64, threads: Int) -> Double {
      run(
        Trainer(
          Network(Self.dropping, seed: 1), settings: settings(40, rate: 0), seed: seed,
          threads: threads), order)[0].loss
    }
    #expect(first(2, threads: 1) == losses[0] && first(2, threads: 3) == losses[0])
    #expect(first(3, threads: 2) != losses[0])
  }

  /// Which elements a layer keeps, of many samples that are all ones.
  private func masks(_ count: Int, key: UInt64) -> [[Bool]] {
    let size = 64
    let network = single(.dropout(Dropout()), over: MapShape(vector: size))
    let ones = [Float](repeating: 1, count: count * size)
    let found = network.pullback(
      ones, count: count, cotangent: ones, training: true, dropoutKey: key)
    // What is dropped forward is dropped backward.
    #expect(difference(found.inputs, found.output) == nil)
    return (0..<count).map { row in (0..<size).map { found.output[row * size + $0] != 0 } }
  }

  @Test func everySampleAndKeyHasItsOwnMask() {
    // Over several blocks of 32.
    let (a, b) = (masks(100, key: 7), masks(100, key: 7 &+ 0x9E37_79B9_7F4A_7C15))
    #expect(Set(a + b).count == 200)
    #expect(masks(100, key: 7) == a)
    // The same sample in a smaller batch has the same one.
    #expect(masks(40, key: 7) == Array(a.prefix(40)))
    // Whether an element is kept says nothing of another sample's: of 64 · 99 pairs half agree, within five deviations.
    let agreeing = zip(a, a.dropFirst()).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).count { $0 == $1 }
    }
    #expect(abs(agreeing - 64 * 99 / 2) < 200, "\(agreeing)")
  }

  @Test func everyLayerHasItsOwnMask() {
    let size = 64
    let network = Network(
      Architecture(
        name: "two", input: MapShape(vector: size),
        chain: [("a", .dropout(Dropout())), ("b", .dropout(Dropout()))]), seed: 1)
    let ones = [Float](repeating: 1, count: 100 * size)
    let found = network.pullback(
      ones, count: 100, cotangent: ones, training: true, dropoutKey: 7
    ).output
    // A quarter passes both; one mask twice would let half pass. Five deviations of 6,400 draws.
    #expect(Set(found) == [0, 4])
    #expect(abs(found.count { $0 == 4 } - 1600) < 175, "\(found.count { $0 == 4 })")
  }
}
