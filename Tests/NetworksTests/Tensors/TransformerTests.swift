// A small vision transformer of the layers over tensors: its gradients are differences, and threads make no difference.

import NetworkTestSupport
import Networks
import Testing

struct TransformerTests {
  private static let input = MapShape(channels: 3, height: 8, width: 8)

  /// Patches of 4 × 4 pixels, a class token before them, two blocks, the class token's features to 5 classes.
  private func network(masked: Bool) throws -> Network {
    let (tokens, width, heads) = (5, 12, 3)
    let shape = MapShape(channels: width, height: tokens, width: 1)
    var nodes = [Node("input", .input, inputs: [])]
    func add(_ name: String, _ layer: Layer, _ inputs: Int...) -> Int {
      nodes.append(Node(name, layer, inputs: inputs))
      return nodes.count - 1
    }
    func linear(_ outputs: Int) -> Layer {
      .convolution(Convolution(outputs: outputs, window: Window(height: 1, width: 1)))
    }
    func broadcast(_ operation: Broadcast.Operation, _ b: [Int]) -> Layer {
      .broadcast(Broadcast(operation, [tokens, width], b, output: shape))
    }
    let norm = Layer.layerNormalisation(
      LayerNormalisation(rows: tokens, channels: width, output: shape))
    let patches = add(
      "patches",
      .convolution(
        Convolution(outputs: width, window: Window(height: 4, width: 4, stride: 4))), 0)
    let token = add(
      "class", .constant(Constant(shape: [1, 1, width], output: MapShape(vector: width))), 0)
    let joined = add("joined", .join(Join(outer: 1, output: shape)), token, patches)
    let positions = add(
      "positions", .constant(Constant(shape: [1, tokens, width], output: shape)), 0)
    var x = add("embedded", broadcast(.add, [tokens, width]), joined, positions)
    let bias = add(
      "bias",
      .constant(
        Constant(
          shape: [heads, tokens, tokens],
          output: MapShape(channels: tokens, height: tokens, width: heads))), 0)
    for block in 0..<2 {
      let own = "block\(block)."
      let normed = add(own + "norm1", norm, x)
      let packed = add(own + "qkv", linear(3 * width), normed)
      let mask = Attention.Mask(
        input: 1, queryStride: tokens, headStride: tokens * tokens, groupStride: 0)
      let layer = Attention.packed(
        heads: heads, tokens: tokens, size: width / heads, scale: 0.5,
        masks: masked ? [mask] : [], output: shape)
      let attended =
        masked
        ? add(own + "attention", .attention(layer), packed, bias)
        : add(own + "attention", .attention(layer), packed)
      let projected = add(own + "proj", linear(width), attended)
      x = add(own + "sum1", .sum, projected, x)
      let second = add(own + "norm2", norm, x)
      let hidden = add(own + "fc1", linear(20), second)
      let output = add(own + "fc2", linear(width), hidden)
      x = add(own + "sum2", .sum, output, x)
    }
    let normed = add("norm", norm, x)
    let picked = add(
      "picked",
      .rearrangement(
        Rearrangement(
          sizes: [tokens, width], picks: [[0], nil], output: MapShape(vector: width))), normed)
    let logits = add("head", .fullyConnected(FullyConnected(outputs: 5)), picked)
    // Biases that no block adds are read all the same.
    if !masked {
      let summed = add(
        "unused",
        .reduction(
          Reduction(
            .mean, sizes: [heads, tokens, tokens], axes: [0, 1, 2], output: MapShape(vector: 1))),
        bias)
      _ = add(
        "shifted", .broadcast(Broadcast(.add, [5], [1], output: MapShape(vector: 5))), logits,
        summed)
    }
    return Network(
      Architecture(name: "transformer", input: Self.input, nodes: nodes), seed: 3)
  }

  @Test(arguments: [false, true])
  func gradientsAreDifferences(masked: Bool) throws {
    let network = try network(masked: masked)
    let size = Self.input.count
    for count in [2, 33] {
      let inputs = uniform(count * size, seed: 2)
      let cotangent = uniform(count * 5, seed: 11)
      let exact = network.pullback(
        inputs, count: count, cotangent: cotangent, parameters: false, threads: 2
      ).inputs
      let sampled = (0..<60).map { $0 * 7919 % inputs.count }
      let numeric = sampled.map { at in
        var (up, down) = (inputs, inputs)
        up[at] += 1e-2
        down[at] -= 1e-2
        let higher = dot(network.forward(up, count: count).logits, cotangent)
        let lower = dot(network.forward(down, count: count).logits, cotangent)
        return Float((higher - lower) / Double(up[at] - down[at]))
      }
      let error = relativeError(sampled.map { exact[$0] }, numeric)
      #expect(error < 5e-3, "\(error)")
      let alone = network.pullback(
        inputs, count: count, cotangent: cotangent, parameters: false, threads: 1)
      #expect(alone.inputs == exact)
    }
  }

  @Test(arguments: [false, true])
  func bitsDoNotDependOnThreads(masked: Bool) throws {
    #expect(bitsDiffer(try network(masked: masked)) == nil)
  }
}
