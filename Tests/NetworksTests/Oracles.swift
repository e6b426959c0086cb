// What several test files compare with: distances, generated values, numeric gradients.

import Basics
import NetworkTestSupport
import Networks
import WeightFiles

func dot(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// Central differences of Σ cotangent · output at sampled elements of the inputs and of every
/// parameter, against `pullback`. Returns the largest relative error over the tensors.
func gradientError(
  of network: Network, inputs: [Float], count: Int, step: Float
) throws -> Double {
  let outputCount = network.forward(inputs, count: count).logits.count
  let cotangent = uniform(outputCount, seed: 11)
  let exact = network.pullback(inputs, count: count, cotangent: cotangent)
  func value(_ inputs: [Float]) -> Double {
    dot(network.forward(inputs, count: count).logits, cotangent)
  }
  func positions(_ count: Int) -> [Int] { (0..<min(count, 60)).map { $0 * 7919 % count } }

  let sampled = positions(inputs.count)
  let numeric = sampled.map { at in
    var up = inputs
    var down = inputs
    up[at] += step
    down[at] -= step
    return Float((value(up) - value(down)) / Double(up[at] - down[at]))
  }
  var worst = relativeError(sampled.map { exact.inputs[$0] }, numeric)

  let original = network.tensors
  for (name, tensor) in original {
    guard let gradient = exact.parameters[name]?.values else { return .infinity }
    let sampled = positions(tensor.values.count)
    let numeric = try sampled.map { at in
      func moved(_ by: Float) throws -> Double {
        var values = tensor.values
        values[at] += by
        var tensors = original
        tensors[name] = Tensor(shape: tensor.shape, values: values)
        try network.load(tensors, path: "moved")
        return value(inputs)
      }
      return Float((try moved(step) - moved(-step)) / Double(2 * step))
    }
    try network.load(original, path: "original")
    worst = max(worst, relativeError(sampled.map { gradient[$0] }, numeric))
  }
  return worst
}
