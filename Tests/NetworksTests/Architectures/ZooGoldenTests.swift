// A network of every family of torchvision's that ArchitectureGoldenTests does not have: logits, and gradients with
// respect to the input.

import NetworkTestSupport
import Networks
import Testing
import WeightFiles

/// Serialised: they take much memory.
@Suite(.serialized)
struct ZooGoldenTests {
  private let golden: WeightFile

  init() throws { golden = try WeightFile.read(fixture("zoo")) }

  @Test(arguments: [
    "resnext50_32x4d", "googlenet", "densenet121", "mobilenet_v2", "mobilenet_v3_small",
    "mnasnet0_5", "shufflenet_v2_x0_5", "efficientnet_b0", "efficientnet_v2_s", "regnet_y_400mf",
    "regnet_x_400mf", "convnext_tiny", "vit_b_32", "swin_t", "swin_v2_t",
  ])
  func agreesWithTorchvision(name: String) throws {
    let network = try filled(.named(name, side: 224))
    let inputs = uniform(network.architecture.input.count, seed: 5).map { 2 * $0 }
    let expected = try #require(golden.tensors["\(name).logits"]?.values)
    let logits = network.forward(inputs, count: 1).logits
    #expect(relativeError(logits, expected) < 1e-4, "\(name)")

    let side = name.hasPrefix("vit") ? 224 : 32
    let small = try Network(.named(name, side: side), parametersOf: network)
    let seed = try #require(golden.tensors["\(name).seed"]?.values.first)
    let pixels = uniform(small.architecture.input.count, seed: UInt64(seed)).map { 2 * $0 }
    let pulled = small.pullback(
      pixels, count: 1, cotangent: uniform(expected.count, seed: 11), parameters: false)
    try expectSummary(of: pulled.inputs, is: "\(name).input", in: golden)
    #expect(relativeError(pulled.output, small.forward(pixels, count: 1).logits) < 1e-5)
  }
}
