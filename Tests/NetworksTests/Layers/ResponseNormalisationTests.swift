import Foundation
import NetworkTestSupport
import Networks
import Testing

struct ResponseNormalisationTests {
  /// Strong α, or the layer would hardly differ from a scaling; fewer channels than the
  /// neighbourhood too.
  static let layers = [
    ResponseNormalisation(), ResponseNormalisation(size: 5, alpha: 2, k: 1),
    ResponseNormalisation(size: 4, alpha: 2, k: 0.5),
    ResponseNormalisation(size: 1, alpha: 1, k: 1),
  ]

  @Test(arguments: layers, [1, 3, 16, 33])
  func equalsTheDefinition(_ layer: ResponseNormalisation, channels: Int) {
    let input = MapShape(channels: channels, height: 3, width: 2)
    let x = uniform(input.count, seed: 4).map { 3 * $0 }
    let expected = x.indices.map { at in
      let (c, position) = (at / input.positions, at % input.positions)
      let before = layer.size / 2
      var sum = 0.0
      for other in (c - before)..<(c - before + layer.size) where (0..<channels).contains(other) {
        sum += pow(Double(x[other * input.positions + position]), 2)
      }
      let d = Double(layer.k) + Double(layer.alpha) / Double(layer.size) * sum
      return Float(Double(x[at]) / pow(d, 0.75))
    }
    let network = single(.responseNormalisation(layer), over: input)
    #expect(relativeError(network.forward(x, count: 1).logits, expected) < 1e-6)
  }

  @Test(arguments: layers, [1, 3, 16, 33])
  func gradientsAreDifferences(_ layer: ResponseNormalisation, channels: Int) throws {
    let input = MapShape(channels: channels, height: 3, width: 2)
    let network = single(.responseNormalisation(layer), over: input)
    let x = uniform(2 * input.count, seed: 4).map { 3 * $0 }
    #expect(try gradientError(of: network, inputs: x, count: 2, step: 0.015625) < 2e-3)
  }
}
