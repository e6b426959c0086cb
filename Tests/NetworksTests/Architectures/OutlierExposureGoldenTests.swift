// A step of outlier exposure against PyTorch: one batch of ResNet-20 in training, samples and outliers forwarded together.

import NetworkTestSupport
import Networks
import Testing
import Training
import WeightFiles

@Suite struct OutlierExposureGoldenTests {
  @Test func `Losses, gradients and running statistics are PyTorch's`() throws {
    let golden = try WeightFile.read(fixture("outlier-exposure"))
    func number(_ name: String) throws -> Double {
      Double(try #require(golden.tensors[name]?.values.first))
    }
    let network = try filled(.named("resnet20-cifar", side: 16))
    let inputs = uniform(16 * 768, seed: UInt64(try number("seed"))).map { 2 * $0 }
    let source: SampleSource = { position, sample in
      for i in 0..<768 { sample[i] = inputs[position * 768 + i] }
    }
    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.learningRate = 0
    let trainer = Trainer(network, settings: settings, seed: 1)
    let record = trainer.runEpoch(
      order: Array(0..<8), labels: (0..<8).map { $0 * 7 % 10 }, source: source,
      outliers: Outliers(weight: 0.5, order: Array(8..<16), source: source), onStep: { _ in })
    let (loss, outlierLoss) = (try number("loss"), try number("outlier_loss"))
    #expect(abs(record.loss - loss) < 1e-5 * loss)
    #expect(abs(try #require(record.outlierLoss) - outlierLoss) < 1e-5 * outlierLoss)
    // From no velocity the first step's is the gradient.
    let velocities = trainer.checkpoint().tensors
    for (name, tensor) in network.tensors {
      let isStatistic = name.hasSuffix("running_mean") || name.hasSuffix("running_var")
      let found = isStatistic ? tensor : try #require(velocities["momentum.\(name)"])
      try expectSummary(of: found.values, is: name, in: golden)
    }
  }
}
