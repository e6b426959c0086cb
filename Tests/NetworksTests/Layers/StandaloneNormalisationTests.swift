// Batch normalisation in inference where no convolution takes it in: of what others read as well, and of other layers.

import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct StandaloneNormalisationTests {
  /// A convolution that two read, normalised; then pooled and normalised with a rectifier; a depthwise one that takes its
  /// normalisation in.
  private static let architecture = Architecture(
    name: "dense", input: MapShape(channels: 3, height: 5, width: 4),
    nodes: [
      Node("input", .input, inputs: []),
      Node("conv", .convolution(Convolution(outputs: 18, window: window)), inputs: [0]),
      Node("norm1", .batchNormalisation(BatchNormalisation(epsilon: 1e-3)), inputs: [1]),
      Node("sum", .sum, inputs: [1, 2]),
      Node("norm2", .batchNormalisation(BatchNormalisation()), inputs: [3]),
      Node("relu", .rectifier, inputs: [4]),
      Node("depthwise", .groupedConvolution(depthwise), inputs: [5]),
      Node("norm3", .batchNormalisation(BatchNormalisation()), inputs: [6]),
    ])
  private static let window = Window(height: 1, width: 1)
  private static let depthwise = GroupedConvolution(
    outputs: 18, window: window, groups: 18, hasBias: false)

  private func load(_ network: Network, seed: UInt64) throws -> [String: [Double]] {
    var tensors = network.tensors
    for (name, tensor) in tensors {
      let isVariance = name.hasSuffix("running_var")
      let values = uniform(tensor.values.count, seed: seed &+ UInt64(name.utf8.count))
      tensors[name] = Tensor(
        shape: tensor.shape, values: values.map { isVariance ? 1 + $0 / 2 : $0 + 0.2 })
    }
    try network.load(tensors, path: "drawn")
    return tensors.mapValues { $0.values.map(Double.init) }
  }

  /// Of one position, and the derivatives by its three inputs.
  private func value(_ parameters: [String: [Double]], _ x: [Double], _ o: Int) -> (
    Double, [Double]
  ) {
    func normalise(_ name: String, _ x: Double, _ epsilon: Double) -> (Double, Double) {
      let scale =
        parameters["\(name).weight"]![o]
        / (parameters["\(name).running_var"]![o] + epsilon).squareRoot()
      return (
        (x - parameters["\(name).running_mean"]![o]) * scale + parameters["\(name).bias"]![o], scale
      )
    }
    let weight = Array(parameters["conv.weight"]![3 * o..<3 * o + 3])
    let z = zip(weight, x).reduce(parameters["conv.bias"]![o]) { $0 + $1.0 * $1.1 }
    let (first, slope1) = normalise("norm1", z, 1e-3)
    let (second, slope2) = normalise("norm2", z + first, 1e-5)
    let own = parameters["depthwise.weight"]![o]
    let (third, slope3) = normalise("norm3", max(second, 0) * own, 1e-5)
    let slope = second > 0 ? (1 + slope1) * slope2 * own * slope3 : 0
    return (third, weight.map { $0 * slope })
  }

  @Test func valuesAndGradientsAreTheDefinitions() throws {
    let network = Network(Self.architecture, seed: 1)
    let names = network.parameterNames
    #expect(names.contains("norm1.running_mean") && names.contains("norm3.weight"))
    // Factors follow parameters that change.
    for seed in [UInt64(5), 6] {
      let parameters = try load(network, seed: seed)
      let inputs = uniform(2 * 60, seed: seed)
      let cotangent = uniform(2 * 360, seed: 9)
      let found = network.pullback(inputs, count: 2, cotangent: cotangent, parameters: false)
      var output = [Float](repeating: 0, count: 720)
      var gradient = [Double](repeating: 0, count: 120)
      for sample in 0..<2 {
        for position in 0..<20 {
          let places = (0..<3).map { sample * 60 + $0 * 20 + position }
          for o in 0..<18 {
            let (y, slopes) = value(parameters, places.map { Double(inputs[$0]) }, o)
            let at = sample * 360 + o * 20 + position
            output[at] = Float(y)
            for (place, slope) in zip(places, slopes) {
              gradient[place] += slope * Double(cotangent[at])
            }
          }
        }
      }
      #expect(relativeError(found.output, output) < 1e-6)
      #expect(relativeError(found.inputs, gradient.map { Float($0) }) < 1e-5)
      #expect(difference(network.forward(inputs, count: 2).logits, found.output) == nil)
    }
  }
}
