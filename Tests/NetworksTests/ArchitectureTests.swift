import Networks
import Testing

struct ArchitectureTests {
  @Test func unknownNamesListTheKnownOnes() throws {
    #expect(try Architecture.named("alexnet-cifar") == .alexNetCIFAR)
    let error = #expect(throws: NetworkError.self) { try Architecture.named("alexnet-cifer") }
    #expect(
      error?.description
        == "Unknown architecture \"alexnet-cifer\"; known are: alexnet-cifar, alexnet.")
  }

  @Test func parametersHavePyTorchsNamesAndShapes() {
    let network = Network(.alexNetCIFAR, seed: 0)
    #expect(
      network.parameterNames == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
        "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias",
      ])
    #expect(network.tensor("conv2.weight")?.shape == [64, 64, 5, 5])
    #expect(network.tensor("fc1.weight")?.shape == [384, 3136])
    #expect(network.tensor("fc4.weight") == nil)
  }

  @Test func initialValuesFillTheirInterval() throws {
    let values = try #require(Network(.alexNetCIFAR, seed: 3).tensor("fc1.weight")).values
    let bound = Float(1 / 56.0)
    #expect(values.allSatisfy { abs($0) <= bound })
    #expect(values.max() ?? 0 > 0.999 * bound && values.min() ?? 0 < -0.999 * bound)
    let mean = values.reduce(0, +) / Float(values.count)
    #expect(abs(mean) < 0.01 * bound)
  }
}
