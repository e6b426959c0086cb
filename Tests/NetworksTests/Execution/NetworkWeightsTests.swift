import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct NetworkWeightsTests {
  @Test func filesRestoreEveryParameter() throws {
    let network = Network(.alexNetCIFAR, seed: 1)
    let file = network.weightFile(metadata: ["seed": "1"])
    #expect(file.metadata == ["seed": "1", "architecture": "alexnet-cifar", "side": "28"])
    let restored = try Network(
      WeightFile(decoding: file.encoded(), path: "memory"), path: "memory")
    #expect(difference(restored.tensors, network.tensors) == nil)
    let inputs = uniform(2 * 2352, seed: 2)
    #expect(
      restored.forward(inputs, count: 2).logits == network.forward(inputs, count: 2).logits)
  }

  @Test func allFaultsAreListedAtOnce() throws {
    let network = Network(.alexNetCIFAR, seed: 1)
    let before = network.tensors
    var tensors = Network(.alexNetCIFAR, seed: 2).tensors
    tensors["fc2.bias"] = nil
    tensors["fc3.bias"] = Tensor(shape: [2, 5], values: Array(repeating: 0, count: 10))
    tensors["head.weight"] = Tensor(shape: [1], values: [0])
    let error = #expect(throws: NetworkError.self) { try network.load(tensors, path: "w") }
    #expect(
      error?.description
        == "w: expected the parameters of alexnet-cifar, found: fc2.bias is missing; "
        + "fc3.bias is [2, 5] instead of [10]; head.weight is unexpected.")
    #expect(difference(network.tensors, before) == nil)
  }

  @Test func countersOfBatchesAreIgnored() throws {
    let network = Network(.alexNetCIFAR, seed: 1)
    var tensors = Network(.alexNetCIFAR, seed: 2).tensors
    tensors["bn1.num_batches_tracked"] = Tensor(shape: [], values: [7])
    try network.load(tensors, path: "w")
    tensors["bn1.num_batches_tracked"] = nil
    #expect(difference(network.tensors, tensors) == nil)
  }

  /// A weight file of another network has thousands.
  @Test func tenFaultsAreListedAndTheOthersCounted() {
    let tensors = Dictionary(
      uniqueKeysWithValues: (0..<90).map { ("x\($0 + 10)", Tensor(shape: [0], values: [])) })
    let error = #expect(throws: NetworkError.self) {
      try Network(.alexNetCIFAR, seed: 1).load(tensors, path: "w")
    }
    let text = error?.description ?? ""
    #expect(
      text == """
        w: expected the parameters of alexnet-cifar, found: conv1.weight is missing; conv1.bias is missing; \
        conv2.weight is missing; conv2.bias is missing; fc1.weight is missing; fc1.bias is missing; fc2.weight is \
        missing; fc2.bias is missing; fc3.weight is missing; fc3.bias is missing; and 90 more.
        """)
  }

  @Test func filesWithoutAnArchitectureSaySo() {
    #expect(throws: NetworkError.self) { try Network(WeightFile(tensors: [:]), path: "w") }
  }
}
