// Activations that other layers apply, or that overwrite what they read, against the same network where gradients keep all
// values apart.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct ActivationFusionTests {
  /// Into a concatenation, as a part of direct, grouped and Winograd's convolutions, of sums and standing normalisations.
  private static let architecture = Architecture(
    name: "activated", input: MapShape(channels: 16, height: 30, width: 31),
    nodes: [
      Node("input", .input, inputs: []),
      Node("expand", convolution(40, 1), inputs: [0]),
      Node("silu", .activation(Activation(.silu)), inputs: [1]),
      Node("depthwise", .groupedConvolution(depthwise), inputs: [2]),
      Node("swish", .activation(Activation(.hardSwish)), inputs: [3]),
      Node("winograd", convolution(32, 3), inputs: [0]),
      Node("mish", .activation(Activation(.mish)), inputs: [5]),
      Node("direct", convolution(19, 3), inputs: [4]),
      Node("gelu", .activation(Activation(.gelu)), inputs: [7]),
      Node("beside", .concatenation, inputs: [8, 6]),
      Node("norm", .batchNormalisation(BatchNormalisation()), inputs: [9]),
      Node("elu", .activation(Activation(.elu())), inputs: [10]),
      Node("project", convolution(51, 1), inputs: [11]),
      Node("sum", .sum, inputs: [12, 11]),
      Node("sigmoid", .activation(Activation(.sigmoid)), inputs: [13]),
    ])
  private static let depthwise = GroupedConvolution(
    outputs: 40, window: Window(height: 5, width: 5, padding: Padding(2)), groups: 40)

  private static func convolution(_ outputs: Int, _ size: Int) -> Layer {
    let window = Window(height: size, width: size, padding: Padding(size / 2))
    return .convolution(Convolution(outputs: outputs, window: window))
  }

  @Test(arguments: [1, 3, 34]) func fusedIsTheSameToTheLastBit(count: Int) {
    let network = Network(Self.architecture, seed: 3)
    let inputs = uniform(count * Self.architecture.input.count, seed: 1).map { 3 * $0 }
    let cotangent = [Float](repeating: 1, count: count * 51 * 30 * 31)
    let apart = network.pullback(inputs, count: count, cotangent: cotangent, parameters: false)
    for threads in [1, 2, 3] {
      let found = network.forward(inputs, count: count, threads: threads).logits
      #expect(difference(found, apart.output) == nil)
    }
  }
}
