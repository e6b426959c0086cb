// What the tests of layers over tensors share: networks of one layer and of two operands, gradients against differences in
// Float64 formulas, and that neither threads nor batches change a bit.

import Basics
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

/// Every way of running a network gives the same bits: any number of threads, one sample or many.
func bitsDiffer(_ network: Network, samples: Int = 16) -> String? {
  let size = network.architecture.input.count
  let inputs = uniform(samples * size, seed: 21)
  // NaN is a pattern too.
  func bits(_ inputs: [Float], _ count: Int, _ threads: Int) -> [UInt32] {
    network.forward(inputs, count: count, threads: threads).logits.map { $0.bitPattern }
  }
  let one = bits(inputs, samples, 1)
  for threads in [2, 5] {
    let found = bits(inputs, samples, threads)
    if found != one { return "\(threads) threads: " + (difference(found, one) ?? "") }
  }
  let outputs = one.count / samples
  for sample in [0, samples - 1] {
    let own = Array(inputs[sample * size..<(sample + 1) * size])
    let (found, expected) = (
      bits(own, 1, 2), Array(one[sample * outputs..<(sample + 1) * outputs])
    )
    if found != expected {
      return "sample \(sample) alone: " + (difference(found, expected) ?? "")
    }
  }
  return nil
}

/// The largest relative error of the inputs' gradients against central differences of a formula in Float64, which gets one
/// sample in the order of files and gives its outputs in that order.
func gradientError(
  of network: Network, over inputs: [Float], threads: Int = 2,
  formula: ([Double]) -> [Double]
) -> Double {
  let size = network.architecture.input.count
  let count = inputs.count / size
  let outputs = network.forward(Array(inputs.prefix(size)), count: 1).logits.count
  let cotangent = uniform(count * outputs, seed: 11)
  let exact = network.pullback(
    inputs, count: count, cotangent: cotangent, parameters: false, threads: threads
  ).inputs
  let sampled = (0..<min(80, inputs.count)).map { $0 * 7919 % inputs.count }
  let numeric = sampled.map { at -> Float in
    let sample = at / size
    var own = inputs[sample * size..<(sample + 1) * size].map(Double.init)
    let weights = cotangent[sample * outputs..<(sample + 1) * outputs]
    let x = own[at % size]
    func value(_ by: Double) -> Double {
      own[at % size] = x + by
      return zip(formula(own), weights).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    let step = 1e-5
    return Float((value(step) - value(-step)) / (2 * step))
  }
  return relativeError(sampled.map { exact[$0] }, numeric)
}

/// Outputs of the formula for every sample.
func values(_ inputs: [Float], size: Int, _ formula: ([Double]) -> [Double]) -> [Float] {
  stride(from: 0, to: inputs.count, by: size).flatMap { first in
    formula(inputs[first..<first + size].map(Double.init)).map(Float.init)
  }
}

/// A network over a vector whose parts are the operands of one layer: views of the input, then the layer.
func operands(_ counts: [Int], _ layer: Layer) -> Network {
  let all = counts.reduce(0, +)
  var nodes = [Node("input", .input, inputs: [])]
  var first = 0
  for (which, count) in counts.enumerated() {
    nodes.append(
      Node(
        "operand\(which)",
        .rearrangement(
          Rearrangement(
            start: first, sizes: [count], strides: [1], inputCount: all,
            output: MapShape(vector: count))), inputs: [0]))
    first += count
  }
  nodes.append(Node("layer", layer, inputs: Array(1...counts.count)))
  return Network(
    Architecture(name: "operands", input: MapShape(vector: all), nodes: nodes), seed: 5)
}

func load(_ network: Network, _ values: [String: [Float]]) throws {
  var tensors = network.tensors
  for (name, values) in values {
    tensors[name] = Tensor(shape: try #require(tensors[name]).shape, values: values)
  }
  try network.load(tensors, path: "by hand")
}
