import Foundation
import NetworkTestSupport
import Networks
import Testing

struct SoftmaxCrossEntropyTests {
  @Test func lossIsTheNegativeLogarithmOfTheProbability() {
    let logits: [Float] = [1, -2, 0.5]
    let sum = logits.reduce(0.0) { $0 + exp(Double($1)) }
    for label in 0..<3 {
      let expected = -log(exp(Double(logits[label])) / sum)
      #expect(abs(SoftmaxCrossEntropy.loss(logits.span, label: label) - expected) < 1e-12)
    }
  }

  @Test func survivesLogitsWhoseExponentialsOverflow() {
    let logits: [Float] = [2000, 1000, -3000]
    #expect(SoftmaxCrossEntropy.loss(logits.span, label: 1) == 1000)
    #expect(SoftmaxCrossEntropy.probabilities(logits.span) == [1, 0, 0])
  }

  @Test func predictsTheFirstOfEqualLogits() {
    let logits: [Float] = [1, 4, 4]
    #expect(SoftmaxCrossEntropy.prediction(logits.span) == 1)
  }

  @Test func gradientIsProbabilityMinusOneHot() {
    let network = single(.rectifier, over: MapShape(vector: 3))
    let result = network.lossAndGradients(
      [1, 2, 0.5, 3, 1, 1], labels: [2, 0], inputs: true)
    for (sample, label) in [2, 0].enumerated() {
      let logits = Array(result.logits[3 * sample..<3 * sample + 3])
      let probabilities = SoftmaxCrossEntropy.probabilities(logits.span)
      for i in 0..<3 {
        let expected = probabilities[i] - (i == label ? 1 : 0)
        #expect(abs(Double(result.inputs[3 * sample + i]) - expected) < 1e-7)
      }
    }
  }
}
