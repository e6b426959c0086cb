import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct RectifierTests {
  private let network = single(.rectifier, over: MapShape(channels: 5, height: 1, width: 1))

  @Test func keepsWhatIsPositive() {
    #expect(network.forward([-2, -0.5, 0, 0.5, 3], count: 1).logits == [0, 0, 0, 0.5, 3])
    #expect(network.forward([.nan, -.infinity, .infinity, 1, 1], count: 1).logits[0].isNaN)
  }

  @Test func passesTheGradientWhereItWasPositive() {
    let result = network.pullback([-2, -0.5, 0, 0.5, 3], count: 1, cotangent: [1, 2, 3, 4, 5])
    #expect(result.inputs == [0, 0, 0, 4, 5])
  }

  /// In memory the rectifier overwrites the convolution's output.
  @Test func masksTheGradientOfAConvolution() {
    let input = MapShape(channels: 2, height: 4, width: 4)
    let window = Window(height: 3, width: 3, padding: Padding(1))
    let layer = Layer.convolution(Convolution(outputs: 3, window: window))
    let plain = single(layer, over: input)
    let rectified = Network(
      Architecture(name: "two", input: input, chain: [("layer", layer), ("relu", .rectifier)]),
      seed: 5)
    let inputs = uniform(33 * input.count, seed: 6)
    let outputs = plain.forward(inputs, count: 33).logits
    let cotangent = uniform(outputs.count, seed: 7)
    let masked = zip(outputs, cotangent).map { $0 > 0 ? $1 : 0 }
    let expected = plain.pullback(inputs, count: 33, cotangent: masked)
    let found = rectified.pullback(inputs, count: 33, cotangent: cotangent)
    #expect(difference(found.output, outputs.map { max($0, 0) }) == nil)
    #expect(difference(found.inputs, expected.inputs) == nil)
    #expect(difference(found.parameters, expected.parameters) == nil)
  }
}
