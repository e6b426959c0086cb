// The whole network against PyTorch: logits, loss and every gradient.

import Basics
import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct GoldenTests {
  private let golden: WeightFile
  private let network = Network(.alexNetCIFAR, seed: 1)
  private let inputs: [Float]
  private let labels = (0..<37).map { $0 * 7 % 10 }

  init() throws {
    golden = try WeightFile.read(fixture("alexnet-cifar"))
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
    #expect(difference(network.forward(inputs, count: 37).logits, result.logits) == nil)
  }

  @Test func gradientsAgreeWithPyTorch() throws {
    let result = network.lossAndGradients(inputs, labels: labels, inputs: true)
    var gradients = result.parameters.mapValues(\.values)
    #expect(gradients.count == 10)
    gradients["input"] = result.inputs
    for (name, values) in gradients { try expectSummary(of: values, is: name, in: golden) }
  }
}
