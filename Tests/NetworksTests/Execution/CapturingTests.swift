// What forward passes lend of the fully connected layers.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct CapturingTests {
  private let network = Network(.alexNetCIFAR, seed: 4)
  private let inputs = uniform(33 * 2352, seed: 5)

  @Test func preActivationsAreWeightsTimesInputsPlusBias() throws {
    let result = network.forward(inputs, count: 33, capturing: ["fc3", "fc1", "fc2"])
    #expect(result.layers.map(\.name) == ["fc1", "fc2", "fc3"])
    #expect(result.layers.map(\.x.count) == [33 * 3136, 33 * 384, 33 * 192])
    for (layer, info) in zip(result.layers, network.fullyConnected) {
      #expect(info.inputs == layer.inputs && info.outputs == layer.outputs)
      let bias = try #require(info.bias)
      var expected: [Float] = []
      for sample in [0, 31, 32] {
        for output in 0..<layer.outputs {
          var sum = Double(bias[output])
          for input in 0..<layer.inputs {
            sum +=
              Double(info.weight[output * layer.inputs + input])
              * Double(layer.x[sample * layer.inputs + input])
          }
          expected.append(Float(sum))
        }
      }
      let found = [0, 31, 32].flatMap {
        layer.z[$0 * layer.outputs..<($0 + 1) * layer.outputs]
      }
      #expect(relativeError(found, expected) < 1e-6, "\(layer.name)")
    }
  }

  @Test func aLayersInputIsTheRectifiedOutputBefore() {
    let layers = network.forward(inputs, count: 33, capturing: ["fc1", "fc2", "fc3"]).layers
    #expect(difference(layers[1].x, layers[0].z.map { max($0, 0) }) == nil)
    #expect(difference(layers[2].x, layers[1].z.map { max($0, 0) }) == nil)
  }

  @Test func onlyWhatIsNamedIsCaptured() {
    #expect(network.forward(inputs, count: 33).layers.isEmpty)
    #expect(network.forward([], count: 0, capturing: ["fc1"]).layers[0].x.isEmpty)
  }

  @Test func passesMayRunAtTheSameTime() async {
    let expected = network.forward(inputs, count: 33, capturing: ["fc1"])
    await withTaskGroup(of: String?.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let result = network.forward(inputs, count: 33, capturing: ["fc1"])
          return difference(result.logits, expected.logits)
            ?? difference(result.layers[0].z, expected.layers[0].z)
        }
      }
      for await different in group { #expect(different == nil) }
    }
  }
}
