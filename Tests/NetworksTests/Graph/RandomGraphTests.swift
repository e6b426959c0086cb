// The engine over random graphs, against an oracle that shares nothing with it.

import Foundation
import NetworkTestSupport
import Networks
import Synchronization
import TestSupport
import Testing
import WeightFiles

struct RandomGraphTests {
  private static let size = RandomGraph.input.count

  /// With parameters that leave no part of batch normalisation out.
  private func network(_ seed: UInt64) throws -> Network {
    let network = Network(RandomGraph.architecture(seed: seed), seed: seed)
    var tensors = network.tensors
    for (name, tensor) in tensors where tensor.shape.count == 1 {
      let isVariance = name.hasSuffix("running_var")
      let values = uniform(tensor.values.count, seed: seed &+ UInt64(name.utf8.count))
      tensors[name] = Tensor(
        shape: tensor.shape, values: values.map { isVariance ? 1 + $0 / 2 : $0 + 0.2 })
    }
    try network.load(tensors, path: "random")
    return network
  }

  /// Fills the memory that passes use again.
  private func leaveNaN(in network: Network, training: Bool) {
    let inputs = [Float](repeating: .nan, count: 64 * Self.size)
    _ = network.lossAndGradients(
      inputs, labels: [Int](repeating: 0, count: 64), parameters: training, inputs: true,
      training: training, threads: 2)
    _ = network.forward(inputs, count: 64, threads: 2)
    _ = network.forward(inputs, count: 64, threads: 1)
  }

  /// A layer is a file that describes one: each is drawn by the seeds below.
  @Test func everyLayerIsDrawn() throws {
    var layers: Set<String> = []
    for name in ["Activations", "Convolutions", "Layers"] {
      let folder = packageDirectory() + "/Sources/Networks/\(name)/"
      for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
        let text = try String(contentsOfFile: folder + file, encoding: .utf8)
        for match in text.matches(of: /(?:struct|extension) (\w+): [^{\n]*LayerKind/) {
          layers.insert(String(match.1))
        }
      }
    }
    #expect(layers.count >= 15)
    let drawn = (UInt64(0)..<40).flatMap { RandomGraph.architecture(seed: $0).nodes }
    #expect(Set(drawn.map(\.layer.typeName)) == layers)
  }

  /// What a pass lends while it works is what every rectifier gives, whatever is fused, overwritten or joined.
  @Test(arguments: UInt64(0)..<40)
  func featureMapsAreTheOracles(seed: UInt64) throws {
    let network = try network(seed)
    let layers = network.featureLayers
    let count = [1, 3, 34][Int(seed % 3)]
    let inputs = uniform(count * Self.size, seed: seed)
    let expected = GraphOracle(network, isTraining: false)
      .rectified(inputs.map(Double.init), count: count)
    #expect(layers.count == expected.count)
    var before: [[[Float]]]?
    for threads in [1, 2, 3] {
      leaveNaN(in: network, training: false)
      let (logits, lent) = lentMaps(network, inputs, count: count, threads: threads)
      #expect(
        difference(logits, network.forward(inputs, count: count, threads: threads).logits) == nil)
      for (layer, samples) in lent.enumerated() {
        let own = expected[layer].flatMap(\.self)
        let size = own.reduce(0) { max($0, abs($1)) }
        #expect(
          difference(samples.flatMap(\.self), own, absolute: 1e-5 * size, relative: 1e-4) == nil,
          "\(layers[layer].name)")
      }
      if let before { #expect(before == lent) }
      before = lent
    }
  }

  /// By layer and sample, channels × positions; every one of them exactly once.
  private func lentMaps(
    _ network: Network, _ inputs: [Float], count: Int, threads: Int
  ) -> (logits: [Float], maps: [[[Float]]]) {
    let shapes = network.featureLayers.map(\.shape)
    let maps = Mutex(
      [[[Float]]](repeating: [[Float]](repeating: [], count: count), count: shapes.count))
    let logits = network.forward(
      count: count, threads: threads,
      features: { sample, layer, values, rowStride in
        let shape = shapes[layer]
        var own = [Float](repeating: 0, count: shape.count)
        for position in 0..<shape.positions {
          for channel in 0..<shape.channels {
            own[channel * shape.positions + position] = values[position * rowStride + channel]
          }
        }
        maps.withLock {
          if !$0[layer][sample].isEmpty { Issue.record("sample \(sample) of \(layer) again") }
          $0[layer][sample] = own
        }
      },
      source: { position, sample in
        for i in 0..<Self.size { sample[i] = inputs[position * Self.size + i] }
      }
    ).logits
    return (logits, maps.withLock { $0 })
  }

  @Test(arguments: UInt64(0)..<40)
  func forwardIsTheOracles(seed: UInt64) throws {
    let network = try network(seed)
    leaveNaN(in: network, training: false)
    let count = [1, 3, 34][Int(seed % 3)]
    let inputs = uniform(count * Self.size, seed: seed)
    let found = network.forward(inputs, count: count, threads: 1).logits
    let expected = GraphOracle(network, isTraining: false)
      .outputs(inputs.map(Double.init), count: count)
    #expect(relativeError(found, expected.map { Float($0) }) < 1e-4)
    for threads in [2, 3] {
      #expect(
        difference(network.forward(inputs, count: count, threads: threads).logits, found) == nil)
    }
    if count > 32 {
      let rest = Array(inputs[(32 * Self.size)...])
      let alone = network.forward(rest, count: count - 32, threads: 2).logits
      #expect(difference(alone, Array(found.suffix(alone.count))) == nil)
    }
  }

  /// Along a random direction in the inputs and in each parameter, against differences of the
  /// oracle.
  @Test(arguments: UInt64(0)..<16, [false, true])
  func gradientsAreTheOraclesDifferences(seed: UInt64, training: Bool) throws {
    let network = try network(seed)
    leaveNaN(in: network, training: training)
    let count = training ? [3, 5, 34][Int(seed % 3)] : 2
    let inputs = uniform(count * Self.size, seed: seed)
    let cotangent = uniform(count * 5, seed: seed + 1)
    let hasParameters = training || !network.parameterNames.contains { $0.hasSuffix("_mean") }
    let exact = network.pullback(
      inputs, count: count, cotangent: cotangent, parameters: hasParameters, training: training,
      threads: 2)
    let alone = network.pullback(
      inputs, count: count, cotangent: cotangent, parameters: hasParameters, training: training,
      threads: 1)
    #expect(difference(alone.inputs, exact.inputs) == nil)
    #expect(difference(alone.parameters, exact.parameters) == nil)

    let oracle = GraphOracle(network, isTraining: training)
    let start = inputs.map(Double.init)
    let step = 1e-6
    func value(_ oracle: GraphOracle, _ inputs: [Double]) -> Double {
      zip(oracle.outputs(inputs, count: count), cotangent).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    func check(_ name: String, _ gradient: [Float], _ moved: ([Double]) -> Double) {
      let direction = uniform(gradient.count, seed: 77).map(Double.init)
      let numeric =
        (moved(direction.map { $0 * step }) - moved(direction.map { -$0 * step })) / (2 * step)
      let found = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
      let scale = zip(gradient, direction).reduce(0) { $0 + abs(Double($1.0) * $1.1) }
      #expect(
        found.isFinite && abs(found - numeric) <= 1e-3 * scale + 1e-5,
        "\(name): \(found) instead of \(numeric), terms of \(scale) in all")
    }
    check("input", exact.inputs) { change in
      value(oracle, zip(start, change).map { $0 + $1 })
    }
    let untrained = Set(network.architecture.nodes.filter { isUntrained($0.layer) }.map(\.name))
    for (name, gradient) in exact.parameters
    where !name.contains("running") && !untrained.contains("\(name.prefix { $0 != "." })") {
      check(name, gradient.values) { change in
        var moved = oracle
        moved.parameters[name] = zip(oracle.parameters[name]!, change).map { $0 + $1 }
        return value(moved, start)
      }
    }
  }

  /// Layers whose parameters have no gradients.
  private func isUntrained(_ layer: Layer) -> Bool {
    switch layer {
    case .groupedConvolution, .channelAffine, .parametricRectifier: true
    default: false
    }
  }

  @Test func aBatchOfNothingHasNoGradient() {
    let network = single(.fullyConnected(FullyConnected(outputs: 2)), over: MapShape(vector: 3))
    let found = network.lossAndGradients([], labels: [])
    #expect(found.loss == 0 && found.losses.isEmpty)
    #expect(found.parameters["layer.weight"]?.values == [Float](repeating: 0, count: 6))
  }
}
