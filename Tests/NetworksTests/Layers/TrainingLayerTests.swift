// Layers that behave otherwise in training: dropout and batch normalisation.

import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct TrainingLayerTests {
  private static let input = MapShape(channels: 3, height: 4, width: 4)

  private func network(_ layer: Layer) -> Network {
    let window = Window(height: 3, width: 3, padding: Padding(1))
    return Network(
      Architecture(
        name: "training", input: Self.input,
        chain: [
          ("conv", .convolution(Convolution(outputs: 5, window: window, hasBias: false))),
          ("layer", layer), ("relu", .rectifier), ("pool", .adaptiveAveragePool(.global)),
          ("flatten", .flatten), ("fc", .fullyConnected(FullyConnected(outputs: 4))),
        ]), seed: 3)
  }

  @Test func batchNormalisationGradientsAreDifferences() throws {
    let network = network(.batchNormalisation(BatchNormalisation()))
    let labels = (0..<9).map { $0 % 4 }
    let inputs = uniform(9 * Self.input.count, seed: 4)
    let exact = network.lossAndGradients(inputs, labels: labels, inputs: true, training: true)
    func loss(_ inputs: [Float]) -> Double {
      network.lossAndGradients(inputs, labels: labels, parameters: false, training: true).loss
    }
    let sampled = (0..<40).map { $0 * 7919 % inputs.count }
    let numeric = sampled.map { at in
      var (up, down) = (inputs, inputs)
      up[at] += 1e-2
      down[at] -= 1e-2
      return Float(9 * (loss(up) - loss(down)) / Double(up[at] - down[at]))
    }
    #expect(relativeError(sampled.map { exact.inputs[$0] }, numeric) < 1e-2)
  }

  /// Statistics are a block's: the second block of 32 does not change the first one's outputs.
  @Test func everyBlockHasItsOwnStatistics() {
    let network = network(.batchNormalisation(BatchNormalisation()))
    let inputs = uniform(64 * Self.input.count, seed: 4)
    let labels = [Int](repeating: 1, count: 64)
    let both = network.lossAndGradients(inputs, labels: labels, training: true)
    let half = network.lossAndGradients(
      Array(inputs.prefix(32 * Self.input.count)), labels: Array(labels.prefix(32)),
      training: true)
    #expect(difference(Array(both.logits.prefix(32 * 4)), half.logits) == nil)
  }

  @Test func inferenceUsesRunningStatistics() throws {
    let network = network(.batchNormalisation(BatchNormalisation()))
    let inputs = uniform(2 * Self.input.count, seed: 4)
    let before = network.forward(inputs, count: 2).logits
    var tensors = network.tensors
    tensors["layer.running_var"] = Tensor(shape: [5], values: [4, 4, 4, 4, 4])
    tensors["layer.weight"] = Tensor(shape: [5], values: [2, 2, 2, 2, 2])
    try network.load(tensors, path: "x")
    #expect(relativeError(network.forward(inputs, count: 2).logits, before) < 1e-4)
    tensors["layer.running_mean"] = Tensor(shape: [5], values: [9, 9, 9, 9, 9])
    try network.load(tensors, path: "x")
    // Every rectified value is 0 now: what is left is the last layer's bias.
    let bias = try #require(network.tensor("fc.bias")).values
    #expect(network.forward(inputs, count: 2).logits == bias + bias)
  }

  @Test func dropoutKeepsItsShareAndItsMean() {
    let values = [Float](repeating: 1, count: 100_000)
    let network = single(
      .dropout(Dropout(probability: 0.2)), over: MapShape(vector: values.count))
    let found = network.pullback(
      values, count: 1, cotangent: values, training: true, dropoutKey: 7)
    #expect(difference(found.output, found.inputs) == nil)
    #expect(difference(network.forward(values, count: 1).logits, values) == nil)
    #expect(Set(found.output) == [0, 1.25])
    let share = Double(found.output.count { $0 == 0 }) / 100_000
    #expect(abs(share - 0.2) < 0.005)
  }

  @Test func dropoutDropsInTrainingAlone() {
    let network = network(.dropout(Dropout()))
    let plain = network.forward(uniform(3 * Self.input.count, seed: 4), count: 3).logits
    let inputs = uniform(3 * Self.input.count, seed: 4)
    func run(_ key: UInt64?) -> [Float] {
      network.lossAndGradients(inputs, labels: [0, 1, 2], training: true, dropoutKey: key).logits
    }
    // Another pass may sum in another order, on some processors.
    #expect(relativeError(run(nil), plain) < 1e-6)
    #expect(run(1) == run(1))
    #expect(run(1) != run(2))
    #expect(relativeError(run(1), plain) > 1e-3)
  }

  @Test func dropoutGradientsAreDifferences() {
    let network = network(.dropout(Dropout()))
    let inputs = uniform(2 * Self.input.count, seed: 4)
    func loss(_ inputs: [Float]) -> LossGradients {
      network.lossAndGradients(
        inputs, labels: [0, 1], inputs: true, training: true, dropoutKey: 5)
    }
    let exact = loss(inputs).inputs
    let sampled = (0..<40).map { $0 * 7919 % inputs.count }
    let numeric = sampled.map { at in
      var (up, down) = (inputs, inputs)
      up[at] += 1e-2
      down[at] -= 1e-2
      return Float(2 * (loss(up).loss - loss(down).loss) / Double(up[at] - down[at]))
    }
    #expect(relativeError(sampled.map { exact[$0] }, numeric) < 1e-2)
  }

  @Test func untrainedParametersHaveTorchvisionsDistributions() throws {
    func deviation(_ network: Network, _ name: String) throws -> Double {
      let values = try #require(network.tensor(name)).values
      return (values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count))
        .squareRoot()
    }
    let vgg = Network(try .named("vgg11", classes: 10, side: 32), seed: 1)
    #expect(
      abs(try deviation(vgg, "features.3.weight") / (2.0 / (128 * 9)).squareRoot() - 1) < 0.02)
    #expect(abs(try deviation(vgg, "classifier.3.weight") / 0.01 - 1) < 0.01)
    #expect(try deviation(vgg, "classifier.0.bias") == 0)
    let residual = Network(try .named("resnet18", classes: 10), seed: 1)
    #expect(
      abs(try deviation(residual, "layer4.1.conv2.weight") / (2.0 / (512 * 9)).squareRoot() - 1)
        < 0.02)
    #expect(abs(try deviation(residual, "fc.weight") / (1.0 / (512 * 3)).squareRoot() - 1) < 0.05)
    #expect(try #require(residual.tensor("bn1.weight")).values == [Float](repeating: 1, count: 64))
    #expect(try #require(residual.tensor("bn1.running_var")).values.allSatisfy { $0 == 1 })
    #expect(try deviation(residual, "bn1.running_mean") == 0)
    let squeeze = Network(try .named("squeezenet1_1"), seed: 1)
    #expect(abs(try deviation(squeeze, "classifier.1.weight") / 0.01 - 1) < 0.01)
    #expect(
      abs(
        try deviation(squeeze, "features.12.expand3x3.weight") / (2.0 / (64 * 9)).squareRoot() - 1)
        < 0.02)
    let inception = Network(try .named("inception_v3", classes: 10, side: 75), seed: 1)
    #expect(abs(try deviation(inception, "Mixed_7c.branch1x1.conv.weight") / 0.1 - 1) < 0.01)
  }
}
