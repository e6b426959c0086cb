// Layers that look at single elements: what each computes, in Float64. The random graphs and their oracle walk this list
// too.

import NetworkTestSupport
import Networks
import Testing

enum Elementwise {
  /// A layer, and its value of an element.
  static let all: [(layer: Layer, value: @Sendable (Double) -> Double)] = [
    (.rectifier, { max($0, 0) })
  ]
}

struct ElementwiseTests {
  @Test(arguments: Elementwise.all.indices)
  func valuesAndGradientsAreTheDefinitions(index: Int) {
    let (layer, value) = Elementwise.all[index]
    // As a map, sample by sample, and as a vector, a whole block at once.
    for shape in [MapShape(channels: 3, height: 5, width: 4), MapShape(vector: 60)] {
      let network = single(layer, over: shape)
      let inputs = uniform(33 * 60, seed: 3).map { 5 * $0 }
      let cotangent = uniform(33 * 60, seed: 4)
      let found = network.pullback(inputs, count: 33, cotangent: cotangent)
      #expect(relativeError(found.output, inputs.map { Float(value(Double($0))) }) < 1e-6)
      let slopes = inputs.map { x in
        Float((value(Double(x) + 1e-6) - value(Double(x) - 1e-6)) / 2e-6)
      }
      #expect(relativeError(found.inputs, zip(slopes, cotangent).map { $0 * $1 }) < 1e-4)
    }
  }
}
