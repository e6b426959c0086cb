// torchvision's AlexNet: names, shapes, and its fully connected layers against PyTorch.

import Basics
import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct AlexNetTests {
  private static let network = Network(.alexNet, seed: 1)
  private let names = ["classifier.1", "classifier.4", "classifier.6"]

  @Test func parametersAreTorchvisions() throws {
    let network = Self.network
    #expect(try Architecture.named("alexnet") == .alexNet)
    #expect(network.parameterCount == 61_100_840)
    let layers = ["features.0", "features.3", "features.6", "features.8", "features.10"] + names
    #expect(network.parameterNames == layers.flatMap { [$0 + ".weight", $0 + ".bias"] })
    #expect(network.tensor("features.0.weight")?.shape == [64, 3, 11, 11])
    #expect(network.tensor("features.3.weight")?.shape == [192, 64, 5, 5])
    #expect(network.tensor("classifier.1.weight")?.shape == [4096, 9216])
    #expect(network.fullyConnected.map(\.name) == names)
    #expect(network.fullyConnected.map(\.rectifies) == [nil, "classifier.1", "classifier.4"])
  }

  @Test func theFullyConnectedLayersAgreeWithPyTorch() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "alexnet", withExtension: "safetensors", subdirectory: "Fixtures"))
    let golden = try WeightFile.read(url.path)
    var generator = SplitMix64(seed: 5)
    let inputs = (0..<2 * 150_528).map { _ in 2 * generator.symmetric() }
    let result = Self.network.forward(inputs, count: 2, capturing: names)
    #expect(relativeError(result.logits, try #require(golden.tensors["logits"]?.values)) < 1e-4)
    for layer in result.layers.dropLast() {
      let expected = try #require(golden.tensors[layer.name]?.values)
      #expect(relativeError(layer.z, expected) < 1e-4, "\(layer.name)")
    }
    // The second sample alone, and by one thread.
    let alone = Self.network.forward(
      Array(inputs[150_528...]), count: 1, capturing: names, threads: 1)
    #expect(difference(alone.logits, Array(result.logits[1000...])) == nil)
    #expect(alone.layers[0].z == Array(result.layers[0].z[4096...]))
  }
}
