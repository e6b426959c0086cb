import NetworkTestSupport
import Networks
import Testing
import WeightFiles

struct ConvolutionTests {
  /// Both ways of gathering patches, strides, uneven padding, one pixel.
  static let cases: [(input: MapShape, layer: Convolution)] = [
    (
      MapShape(channels: 3, height: 6, width: 7),
      Convolution(outputs: 4, window: Window(height: 3, width: 3, padding: Padding(1)))
    ),
    (
      MapShape(channels: 20, height: 5, width: 6),
      Convolution(outputs: 3, window: Window(height: 5, width: 5, padding: Padding(2)))
    ),
    (
      MapShape(channels: 70, height: 4, width: 3),
      Convolution(outputs: 2, window: Window(height: 1, width: 1))
    ),
    (
      MapShape(channels: 2, height: 9, width: 8),
      Convolution(
        outputs: 5,
        window: Window(
          height: 4, width: 3, stride: 2, padding: Padding(top: 0, left: 1, bottom: 2, right: 2)))
    ),
    (
      MapShape(channels: 33, height: 7, width: 5),
      Convolution(outputs: 2, window: Window(height: 2, width: 3, stride: 3))
    ),
    (
      MapShape(channels: 1, height: 1, width: 1),
      Convolution(outputs: 1, window: Window(height: 3, width: 3, padding: Padding(1)))
    ),
  ]

  @Test(arguments: cases.indices)
  func equalsTheDefinition(_ index: Int) throws {
    let (input, layer) = Self.cases[index]
    let network = single(.convolution(layer), over: input)
    let inputs = uniform(2 * input.count, seed: 1)
    let weight = try #require(network.tensor("layer.weight"))
    let bias = try #require(network.tensor("layer.bias")).values
    let found = network.forward(inputs, count: 2).logits
    var expected: [Float] = []
    for sample in 0..<2 {
      let x = Array(inputs[sample * input.count..<(sample + 1) * input.count])
      expected += convolve(x, input, layer.window, weight, bias)
    }
    #expect(relativeError(found, expected) < 1e-6)
  }

  @Test(arguments: cases.indices)
  func gradientsAreDifferences(_ index: Int) throws {
    let (input, layer) = Self.cases[index]
    let network = single(.convolution(layer), over: input)
    let inputs = uniform(35 * input.count, seed: 1)
    #expect(try gradientError(of: network, inputs: inputs, count: 35, step: 0.5) < 1e-4)
  }

  private func convolve(
    _ x: [Float], _ input: MapShape, _ window: Window, _ weight: Tensor, _ bias: [Float]
  ) -> [Float] {
    let padding = window.padding
    let rows = (input.height + padding.top + padding.bottom - window.height) / window.stride + 1
    let columns = (input.width + padding.left + padding.right - window.width) / window.stride + 1
    var result: [Float] = []
    for output in 0..<weight.shape[0] {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = Double(bias[output])
          for c in 0..<input.channels {
            for ky in 0..<window.height {
              for kx in 0..<window.width {
                let y = row * window.stride + ky - padding.top
                let x0 = column * window.stride + kx - padding.left
                guard (0..<input.height).contains(y), (0..<input.width).contains(x0) else {
                  continue
                }
                let w = ((output * input.channels + c) * window.height + ky) * window.width + kx
                sum +=
                  Double(weight.values[w])
                  * Double(x[(c * input.height + y) * input.width + x0])
              }
            }
          }
          result.append(Float(sum))
        }
      }
    }
    return result
  }
}
