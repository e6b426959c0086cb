// The whole network against PyTorch: logits, loss and every gradient.

import Foundation
import Networks
import Testing

struct GoldenTests {
  private let golden: WeightFile
  private let network = Network(.alexNetCIFAR, seed: 1)
  private let inputs: [Float]
  private let labels = (0..<37).map { $0 * 7 % 10 }

  init() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "alexnet-cifar", withExtension: "safetensors", subdirectory: "Fixtures"))
    golden = try WeightFile.read(url.path)
    var generator = SplitMix64(seed: 5)
    inputs = (0..<37 * 2352).map { _ in 2 * generator.symmetric() }
  }

  @Test func hasThePublishedNumberOfParameters() {
    #expect(network.parameterCount == 1_387_786)
    #expect(network.fullyConnected.map(\.name) == ["fc1", "fc2", "fc3"])
  }

  @Test func logitsAndLossAgreeWithPyTorch() throws {
    let result = network.lossAndGradients(inputs, labels: labels, parameters: false)
    let expected = try #require(golden.tensors["logits"]?.values)
    #expect(relativeError(result.logits, expected) < 1e-5)
    let loss = try #require(golden.tensors["loss"]?.values.first)
    #expect(abs(result.loss - Double(loss)) < 1e-5 * abs(Double(loss)))
    #expect(network.forward(inputs, count: 37).logits == result.logits)
  }

  @Test func gradientsAgreeWithPyTorch() throws {
    let result = network.lossAndGradients(inputs, labels: labels, inputs: true)
    var gradients = result.parameters.mapValues(\.values)
    #expect(gradients.count == 10)
    gradients["input"] = result.inputs
    for (name, values) in gradients {
      let samples = try #require(golden.tensors["\(name).samples"]?.values)
      let found = (0..<32).map { values[$0 * 7919 % values.count] }
      #expect(relativeError(found, samples) < 1e-4, "\(name)")
      let norm = try #require(golden.tensors["\(name).norm"]?.values.first)
      let foundNorm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(foundNorm - Double(norm)) < 1e-4 * Double(norm), "\(name)")
      // A sum of n values of this norm has a magnitude of up to √n · norm.
      let sum = try #require(golden.tensors["\(name).sum"]?.values.first)
      let foundSum = values.reduce(0.0) { $0 + Double($1) }
      let scale = Double(norm) * Double(values.count).squareRoot()
      #expect(abs(foundSum - Double(sum)) < 1e-4 * scale, "\(name)")
    }
  }
}
