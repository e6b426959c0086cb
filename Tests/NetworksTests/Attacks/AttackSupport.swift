// What the tests of attacks share: preprocessings, images, small networks with known weights.

import DataSets
import NetworkTestSupport
import Networks
import WeightFiles

extension PixelPreprocessing {
  /// Pixels in [0, 1], and nothing else.
  static let scaling = PixelPreprocessing(
    apply: { pixels, input in
      for i in pixels.indices { input[i] = pixels[i] / 255 }
    },
    pullback: { _, gradient, result in
      for i in gradient.indices { result[i] = gradient[i] / 255 }
    })

  /// crop28-standardise of 32 × 32 colour images.
  static let cifar = PixelPreprocessing(
    apply: { Preprocessing.cifarAlexNet.apply($0, shape: cifarShape, into: &$1) },
    pullback: {
      Preprocessing.cifarAlexNet.pullback($0, shape: cifarShape, gradient: $1, into: &$2)
    })
}

let cifarShape = ImageShape(channels: 3, height: 32, width: 32)

/// Whole numbers in 0 … 255.
func bytes(_ count: Int, seed: UInt64) -> [Float] {
  uniform(count, seed: seed).map { (128 * ($0 + 1)).rounded(.down) }
}

/// A vector of `weights[0].count` pixels, and one logit for each row of weights.
func linear(_ weights: [[Float]], bias: [Float]) throws -> Network {
  let network = Network(
    Architecture(
      name: "linear", input: MapShape(channels: 3, height: 2, width: weights[0].count / 6),
      chain: [
        ("flatten", .flatten), ("fc", .fullyConnected(FullyConnected(outputs: weights.count))),
      ]), seed: 1)
  let weight = Tensor(
    shape: [weights.count, weights[0].count], values: weights.flatMap { $0 })
  try network.load(
    ["fc.weight": weight, "fc.bias": Tensor(shape: [weights.count], values: bias)],
    path: "linear")
  return network
}

/// The largest change, in Float64.
func linfDistance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
  zip(a, b).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
}

func l2Distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
  zip(a, b).reduce(0) {
    let change = Double($1.0) - Double($1.1)
    return $0 + change * change
  }.squareRoot()
}
