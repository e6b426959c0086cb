import Foundation
import Networks
import TestSupport
import Testing

/// Layers over tokens, lent as fully connected layers of one token or of their mean.
@Suite struct TokenTests {
  private let model: ImportedModel
  private let inputs: [Float]
  private let count = 35

  init() throws {
    model = try ImportedModel(
      path: packageDirectory() + "/Tests/ModelFilesTests/Fixtures/transformer.pt2")
    let size = model.architecture.input.count
    inputs = (0..<count * size).map { Float(($0 * 31) % 41) / 20 - 1 }
  }

  private func captured(_ tokens: TokenReduction, threads: Int = 2) throws -> ForwardResult {
    let network = try Network(model, tokens: tokens)
    return network.forward(
      inputs, count: count, capturing: network.fullyConnected.map(\.name), threads: threads)
  }

  @Test func everyLayerIsWxPlusB() throws {
    let network = try Network(model, tokens: .at(1))
    #expect(network.fullyConnected.count > (try Network(model)).fullyConnected.count)
    let result = try captured(.at(1))
    for (layer, own) in zip(network.fullyConnected, result.layers) {
      #expect(layer.name == own.name && own.x.count == count * layer.inputs)
      for sample in [0, 33, 34] {
        for output in [0, layer.outputs - 1] {
          var sum = Double(layer.bias?[output] ?? 0)
          for input in 0..<layer.inputs {
            sum +=
              Double(layer.weight[output * layer.inputs + input])
              * Double(own.x[sample * layer.inputs + input])
          }
          #expect(abs(Double(own.z[sample * layer.outputs + output]) - sum) < 1e-5)
        }
      }
    }
  }

  @Test func theMeanIsOfAllTokens() throws {
    let each = try (0..<5).map { try captured(.at($0)).layers }
    let mean = try captured(.mean).layers
    let (first, last) = (try captured(.first).layers, try captured(.last).layers)
    for layer in mean.indices where each[0][layer].x != each[1][layer].x {
      #expect(first[layer].x == each[0][layer].x && last[layer].z == each[4][layer].z)
      for i in mean[layer].x.indices {
        let sum = each.reduce(0) { $0 + Double($1[layer].x[i]) }
        #expect(abs(Double(mean[layer].x[i]) - sum / 5) < 1e-6)
      }
    }
  }

  @Test func theLogitsAreThoseOfTheNetworkWithoutThem() throws {
    let plain = try Network(model).forward(inputs, count: count).logits
    let lent = try captured(.first).logits
    for (one, other) in zip(plain, lent) { #expect(abs(one - other) < 1e-5) }
    #expect(try captured(.first, threads: 1).logits == lent)
  }
}
