// Layers of networks with branches: what they compute, their gradients, and that threads make no
// difference.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct BranchingTests {
  private static let input = MapShape(channels: 4, height: 6, width: 5)

  private func node(_ name: String, _ layer: Layer, _ inputs: Int...) -> Node {
    Node(name, layer, inputs: inputs)
  }

  private func convolution(_ outputs: Int, _ size: Int = 3) -> Layer {
    .convolution(
      Convolution(
        outputs: outputs,
        window: Window(height: size, width: size, padding: Padding(size / 2))))
  }

  /// Every layer that is read twice, adds or joins, and two fully connected layers that read one
  /// vector.
  private func branching(rectified: Bool = true) -> Network {
    let rectifier =
      rectified ? Layer.rectifier : .adaptiveAveragePool(AdaptiveAveragePool(height: 6, width: 5))
    let nodes = [
      node("input", .input),
      node(
        "scaled",
        .channelScaling(ChannelScaling(factors: [1, 2, -1, 0.5], offsets: [0, 1, 0, -1])), 0),
      node("a", convolution(6), 1),
      node("relu", rectifier, 2),
      node("b", convolution(6, 1), 3),
      node("sum", .sum, 4, 3),
      node("sum.relu", rectifier, 5),
      node(
        "average",
        .averagePool(AveragePool(window: Window(height: 3, width: 3, padding: Padding(1)))), 6),
      node("joined", .concatenation, 7, 6, 3),
      node("shortcut", .shortcut(Shortcut(stride: 2, channels: 22)), 8),
      node("pooled", .adaptiveAveragePool(AdaptiveAveragePool(height: 2, width: 2)), 9),
      node("flatten", .flatten, 10),
      node("fc1", .fullyConnected(FullyConnected(outputs: 7)), 11),
      node("fc2", .fullyConnected(FullyConnected(outputs: 7)), 11),
      node("fc.sum", .sum, 12, 13),
    ]
    return Network(
      Architecture(name: "branching", input: Self.input, nodes: nodes), seed: 3)
  }

  /// Without rectifiers the network is linear; with them differences step over a kink here and
  /// there.
  @Test(arguments: [(false, Float(0.5), 1e-4), (true, 1e-3, 2e-2)])
  func gradientsAreDifferences(rectified: Bool, step: Float, bound: Double) throws {
    let inputs = uniform(3 * Self.input.count, seed: 2)
    let network = branching(rectified: rectified)
    let error = try gradientError(of: network, inputs: inputs, count: 3, step: step)
    #expect(error < bound, "\(error)")
  }

  @Test(arguments: [1, 2, 3, 31, 33, 70])
  func bitsDoNotDependOnThreads(count: Int) {
    let inputs = uniform(count * Self.input.count, seed: 2)
    let network = branching()
    let one = network.forward(inputs, count: count, threads: 1)
    #expect(difference(network.forward(inputs, count: count, threads: 2).logits, one.logits) == nil)
    #expect(difference(network.forward(inputs, count: count, threads: 5).logits, one.logits) == nil)
    let captured = network.forward(inputs, count: count, capturing: ["fc1", "fc2"], threads: 2)
    #expect(captured.layers.map(\.x) == [captured.layers[0].x, captured.layers[0].x])
    #expect(
      zip(captured.layers[0].z, captured.layers[1].z).map { $0 + $1 } == captured.logits)
  }

  /// Padding counts as zeros.
  @Test func averagePoolDividesByTheWholeWindow() {
    let network = single(
      .averagePool(AveragePool(window: Window(height: 3, width: 3, padding: Padding(1)))),
      over: MapShape(channels: 1, height: 2, width: 3))
    let found = network.forward([1, 2, 3, 4, 5, 6], count: 1).logits
    let sums: [Float] = [12, 21, 16, 12, 21, 16]
    #expect(zip(found, sums).allSatisfy { abs($0 - $1 / 9) < 1e-6 })
  }

  /// PyTorch's bins overlap where sizes do not divide.
  @Test func adaptivePoolTakesPyTorchsBins() {
    let network = single(
      .adaptiveAveragePool(AdaptiveAveragePool(height: 1, width: 3)),
      over: MapShape(channels: 1, height: 1, width: 5))
    #expect(network.forward([1, 2, 3, 4, 5], count: 1).logits == [1.5, 3, 4.5])
    let same = single(
      .adaptiveAveragePool(AdaptiveAveragePool(height: 2, width: 2)),
      over: MapShape(channels: 2, height: 2, width: 2))
    let values = uniform(8, seed: 1)
    #expect(difference(same.forward(values, count: 1).logits, values) == nil)
  }

  /// A last window may begin inside the map, not behind it.
  @Test(arguments: [(5, 2), (6, 3), (7, 3), (8, 4), (3, 1), (2, 1)])
  func poolsMayRoundUp(size: Int, expected: Int) {
    let pool = MaxPool(window: Window(height: 3, width: 3, stride: 2, roundsUp: true))
    let input = MapShape(channels: 1, height: size, width: size)
    let values = (0..<size * size).map(Float.init)
    let found = single(.maxPool(pool), over: input).forward(values, count: 1).logits
    #expect(found.count == expected * expected)
    #expect(found.last == Float(size * size - 1))
  }
}
