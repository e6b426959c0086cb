import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct FullyConnectedTests {
  @Test(arguments: [1, 2, 13, 64, 129], [1, 31, 32, 33])
  func equalsTheDefinition(inputs n: Int, count: Int) throws {
    let layer = FullyConnected(outputs: 7)
    let network = single(.fullyConnected(layer), over: MapShape(vector: n))
    let x = uniform(count * n, seed: 8)
    let weight = try #require(network.tensor("layer.weight")).values
    let bias = try #require(network.tensor("layer.bias")).values
    var expected: [Float] = []
    for sample in 0..<count {
      for output in 0..<7 {
        let terms = (0..<n).map { Double(weight[output * n + $0]) * Double(x[sample * n + $0]) }
        expected.append(Float(terms.reduce(Double(bias[output]), +)))
      }
    }
    let result = network.forward(x, count: count, capturing: ["layer"])
    #expect(relativeError(result.logits, expected) < 1e-6)
    #expect(difference(result.layers[0].x, x) == nil)
    #expect(difference(result.layers[0].z, result.logits) == nil)
  }

  @Test(arguments: [1, 13, 64], [1, 33])
  func gradientsAreDifferences(inputs n: Int, count: Int) throws {
    let network = single(.fullyConnected(FullyConnected(outputs: 7)), over: MapShape(vector: n))
    let x = uniform(count * n, seed: 8)
    #expect(try gradientError(of: network, inputs: x, count: count, step: 0.5) < 1e-4)
  }
}
