// Bits must not depend on how work is split, as long as it is split between blocks of 32 samples.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct DeterminismTests {
  private let network = Network(.alexNetCIFAR, seed: 9)
  private let size = 2352
  private let count = 75

  @Test func forwardIsTheSameForEveryThreadCountAndSplit() {
    let inputs = uniform(count * size, seed: 10)
    let names = ["fc1", "fc2", "fc3"]
    let whole = network.forward(inputs, count: count, capturing: names, threads: 1)
    for threads in [2, 3] {
      let other = network.forward(inputs, count: count, capturing: names, threads: threads)
      #expect(difference(other.logits, whole.logits) == nil)
      for (a, b) in zip(other.layers, whole.layers) {
        #expect(difference(a.x, b.x) == nil && difference(a.z, b.z) == nil, "\(threads) threads")
      }
    }
    for part in [32, 64] {
      var logits: [Float] = []
      var x: [Float] = []
      for first in stride(from: 0, to: count, by: part) {
        let last = min(count, first + part)
        let result = network.forward(
          Array(inputs[first * size..<last * size]), count: last - first, capturing: ["fc1"])
        logits += result.logits
        x += result.layers[0].x
      }
      #expect(difference(logits, whole.logits) == nil, "batches of \(part)")
      #expect(difference(x, whole.layers[0].x) == nil, "batches of \(part)")
    }
  }

  @Test func gradientsAreTheSameForEveryThreadCount() {
    let inputs = uniform(count * size, seed: 10)
    let labels = (0..<count).map { $0 % 10 }
    let one = network.lossAndGradients(inputs, labels: labels, inputs: true, threads: 1)
    for threads in [2, 3] {
      let other = network.lossAndGradients(inputs, labels: labels, inputs: true, threads: threads)
      #expect(other.loss == one.loss)
      #expect(difference(other.parameters, one.parameters) == nil)
      #expect(difference(other.inputs, one.inputs) == nil)
    }
  }

  @Test func inputGradientsDoNotDependOnTheBatch() {
    let inputs = uniform(count * size, seed: 10)
    let labels = (0..<count).map { $0 % 10 }
    let whole = network.lossAndGradients(
      inputs, labels: labels, parameters: false, inputs: true)
    let part = network.lossAndGradients(
      Array(inputs[32 * size..<64 * size]), labels: Array(labels[32..<64]), parameters: false,
      inputs: true)
    #expect(difference(part.inputs, Array(whole.inputs[32 * size..<64 * size])) == nil)
  }
}
