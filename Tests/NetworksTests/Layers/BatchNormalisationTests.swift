// Batch normalisation while training against its definition, computed slowly in Float64: outputs, gradients, the statistics
// that inference uses. (x − mean) / √(variance + ε) by blocks of 32, after Ioffe and Szegedy 2015.

import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

@Suite struct BatchNormalisationTests {
  private static let input = MapShape(channels: 2, height: 3, width: 2)
  private static let size = 12
  /// Strong enough to be seen beside the variances, which are about 0.3.
  private static let epsilon = 0.05

  /// A convolution that hands on its two channels, exchanged and scaled, then the layer. Its output is the network's.
  private func network(weight: [Float], bias: [Float]) throws -> Network {
    let network = Network(
      Architecture(
        name: "normalised", input: Self.input,
        chain: [
          (
            "conv",
            .convolution(
              Convolution(outputs: 2, window: Window(height: 1, width: 1), hasBias: false))
          ), ("norm", .batchNormalisation(BatchNormalisation(epsilon: Self.epsilon))),
        ]), seed: 3)
    var tensors = network.tensors
    let shape = try #require(tensors["conv.weight"]).shape
    tensors["conv.weight"] = Tensor(shape: shape, values: [0, 2, 1, 0])
    tensors["norm.weight"] = Tensor(shape: [2], values: weight)
    tensors["norm.bias"] = Tensor(shape: [2], values: bias)
    try network.load(tensors, path: "by hand")
    return network
  }

  /// What the layer is given: [sample][channel][position].
  private func given(_ inputs: [Float], _ count: Int) -> [[[Double]]] {
    (0..<count).map { sample in
      let own = inputs[sample * Self.size..<(sample + 1) * Self.size].map(Double.init)
      return [own[6..<12].map { 2 * $0 }, Array(own[0..<6])]
    }
  }

  /// Of one channel in one block: the mean and the variance divided by n.
  private func statistics(
    _ values: [[[Double]]], _ block: Range<Int>, _ channel: Int
  ) -> (mean: Double, variance: Double, count: Int) {
    let all = block.flatMap { values[$0][channel] }
    let mean = all.reduce(0, +) / Double(all.count)
    let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
    return (mean, variance, all.count)
  }

  private func blocks(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: 32).map { $0..<min(count, $0 + 32) }
  }

  private func inputs(_ count: Int) -> [Float] {
    // Away from 0, so that a mean that is not taken off shows.
    uniform(count * Self.size, seed: 4).enumerated().map { $1 + Float($0 % 3) }
  }

  @Test func aBlockWorkedOutByHand() throws {
    let network = try network(weight: [3, 1], bias: [0.5, -1])
    // Channel 1, which the convolution puts in place 0 and doubles: 2, 6 and four fours: mean 4, variance 8 / 6. The other
    // one: six ones, no variance.
    let inputs: [Float] = [1, 1, 1, 1, 1, 1, 1, 3, 2, 2, 2, 2]
    let found = network.pullback(
      inputs, count: 1, cotangent: [Float](repeating: 0, count: 12), training: true)
    let divisor = (8.0 / 6 + 0.05).squareRoot()
    let expected =
      [2.0, 6, 4, 4, 4, 4].map { 3 * ($0 - 4) / divisor + 0.5 } + Array(repeating: -1, count: 6)
    #expect(difference(found.output, expected, absolute: 1e-6) == nil)
  }

  @Test(arguments: [1, 5, 32, 33, 70])
  func outputsAreTheDefinition(count: Int) throws {
    let (weight, bias): ([Float], [Float]) = ([1.5, -0.75], [0.25, 2])
    let network = try network(weight: weight, bias: bias)
    let inputs = inputs(count)
    let values = given(inputs, count)
    let found = network.pullback(
      inputs, count: count, cotangent: [Float](repeating: 0, count: count * Self.size),
      training: true
    ).output
    var expected = [Double](repeating: 0, count: count * Self.size)
    for block in blocks(count) {
      for channel in 0..<2 {
        let (mean, variance, _) = statistics(values, block, channel)
        for sample in block {
          for (place, x) in values[sample][channel].enumerated() {
            expected[sample * Self.size + channel * 6 + place] =
              Double(weight[channel]) * (x - mean) / (variance + Self.epsilon).squareRoot()
              + Double(bias[channel])
          }
        }
      }
    }
    #expect(difference(found, expected, absolute: 2e-6, relative: 2e-6) == nil)
  }

  /// By the chain rule through mean and variance, written out: the derivative of every output by every input.
  @Test(arguments: [1, 5, 33, 70])
  func gradientsAreTheDefinition(count: Int) throws {
    let (weight, bias): ([Float], [Float]) = ([1.5, -0.75], [0.25, 2])
    let network = try network(weight: weight, bias: bias)
    let inputs = inputs(count)
    let values = given(inputs, count)
    let cotangent = uniform(count * Self.size, seed: 9)
    let found = network.pullback(inputs, count: count, cotangent: cotangent, training: true)
    var ofInputs = [Double](repeating: 0, count: count * Self.size)
    var (ofWeight, ofBias) = ([0.0, 0], [0.0, 0])
    for block in blocks(count) {
      for channel in 0..<2 {
        let (mean, variance, n) = statistics(values, block, channel)
        let divisor = (variance + Self.epsilon).squareRoot()
        let places = block.flatMap { sample in (0..<6).map { (sample, $0) } }
        func x(_ at: (Int, Int)) -> Double { values[at.0][channel][at.1] }
        func g(_ at: (Int, Int)) -> Double {
          Double(cotangent[at.0 * Self.size + channel * 6 + at.1])
        }
        for at in places {
          ofWeight[channel] += g(at) * (x(at) - mean) / divisor
          ofBias[channel] += g(at)
          // ∂y_k/∂x_j = w [ (δ − 1/n) / divisor − (x_k − mean)(x_j − mean) / (n · divisor³) ].
          var slope = 0.0
          for other in places {
            let same: Double = other == at ? 1 : 0
            let direct = (same - 1 / Double(n)) / divisor
            let spread =
              (x(other) - mean) * (x(at) - mean) / (Double(n) * divisor * divisor * divisor)
            slope += g(other) * Double(weight[channel]) * (direct - spread)
          }
          // Back through the convolution: channel 0 is twice the input's channel 1.
          let place = at.0 * Self.size + (1 - channel) * 6 + at.1
          ofInputs[place] = slope * (channel == 0 ? 2 : 1)
        }
      }
    }
    #expect(difference(found.inputs, ofInputs, absolute: 5e-6, relative: 1e-5) == nil)
    for (name, expected) in [("norm.weight", ofWeight), ("norm.bias", ofBias)] {
      let gradient = try #require(found.parameters[name]).values
      #expect(difference(gradient, expected, absolute: 1e-4, relative: 1e-5) == nil, "\(name)")
    }
  }

  /// Running statistics go a tenth of the way to the mean over the blocks of a step, the variance divided by n − 1 there,
  /// and inference takes them.
  @Test(arguments: [6, 32, 40, 70])
  func runningStatisticsFollowTheBlocks(count: Int) throws {
    let network = try network(weight: [1.5, -0.75], bias: [0.25, 2])
    let optimiser = MomentumOptimiser(network)
    let inputs = inputs(count)
    let values = given(inputs, count)
    var (means, variances) = ([0.0, 0], [1.0, 1])
    for step in 0..<2 {
      _ = optimiser.step(
        labels: (0..<count).map { $0 % 12 }, capacity: count, momentum: 0, rate: 0, dropoutKey: 0,
        threads: 2,
        source: { position, sample in
          for i in 0..<Self.size { sample[i] = inputs[position * Self.size + i] }
        })
      let blocks = blocks(count)
      for channel in 0..<2 {
        let found = blocks.map { statistics(values, $0, channel) }
        let mean = found.reduce(0) { $0 + $1.mean } / Double(blocks.count)
        let variance =
          found.reduce(0) { $0 + $1.variance * Double($1.count) / Double($1.count - 1) }
          / Double(blocks.count)
        means[channel] += 0.1 * (mean - means[channel])
        variances[channel] += 0.1 * (variance - variances[channel])
      }
      for (name, expected) in [("norm.running_mean", means), ("norm.running_var", variances)] {
        let running = try #require(network.tensor(name)).values
        #expect(difference(running, expected, absolute: 1e-6) == nil, "\(name), step \(step)")
      }
    }
    let found = network.forward(inputs, count: count).logits
    var expected: [Double] = []
    for sample in values {
      for (channel, (weight, bias)) in [(1.5, 0.25), (-0.75, 2.0)].enumerated() {
        let divisor = (variances[channel] + Self.epsilon).squareRoot()
        for x in sample[channel] {
          expected.append(weight * (x - means[channel]) / divisor + bias)
        }
      }
    }
    #expect(difference(found, expected, absolute: 1e-5, relative: 1e-5) == nil)
  }
}
