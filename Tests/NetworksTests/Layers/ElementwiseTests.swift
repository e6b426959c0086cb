// Layers that look at single elements: what each computes, in Float64. The random graphs and their oracle walk this list
// too.

import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

enum Elementwise {
  /// A layer, and its value of an element.
  static let all: [(layer: Layer, value: @Sendable (Double) -> Double)] = [
    (.rectifier, { max($0, 0) }),
    function(.sigmoid) { 1 / (1 + exp(-$0)) },
    function(.tanh) { tanh($0) },
    function(.silu) { $0 / (1 + exp(-$0)) },
    function(.gelu) { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) },
    function(.geluTanh) { $0 / 2 * (1 + tanh(0.7978845608 * ($0 + 0.044715 * $0 * $0 * $0))) },
    function(.hardSwish) { $0 * min(max($0 + 3, 0), 6) / 6 },
    function(.hardSigmoid()) { min(max($0 / 6 + 0.5, 0), 1) },
    function(.hardSigmoid(alpha: 0.25, beta: 0.75)) { min(max($0 / 4 + 0.75, 0), 1) },
    function(.clamp(minimum: -0.5, maximum: 2)) { min(max($0, -0.5), 2) },
    function(.leakyRectifier(slope: 0.125)) { $0 > 0 ? $0 : $0 / 8 },
    function(.elu()) { $0 > 0 ? $0 : expm1($0) },
    function(.elu(alpha: 1.5, scale: 1.25)) { 1.25 * ($0 > 0 ? $0 : 1.5 * expm1($0)) },
    function(.softplus()) { log1p(exp($0)) },
    function(.softplus(beta: 2, threshold: 3)) { 2 * $0 > 3 ? $0 : log1p(exp(2 * $0)) / 2 },
    function(.softsign) { $0 / (1 + abs($0)) },
    function(.mish) { $0 * tanh(log1p(exp($0))) },
    function(.negation) { -$0 },
    function(.absolute) { abs($0) },
    function(.errorFunction) { erf($0) },
    function(.sine) { sin($0) },
    function(.cosine) { cos($0) },
    function(.affine(factor: -1.5, offset: 0.25)) { 0.25 - 1.5 * $0 },
  ]

  /// Of positive numbers, or too steep to stand behind each other.
  static let others: [(layer: Layer, value: @Sendable (Double) -> Double)] =
    [
      function(.exponential) { exp($0) },
      function(.logarithm) { log($0) },
      function(.squareRoot) { $0.squareRoot() },
      function(.reciprocalSquareRoot) { 1 / $0.squareRoot() },
      function(.reciprocal) { 1 / $0 },
    ]
    + [-2, -1, -0.75, 0, 0.5, 1, 1.5, 2, 3].map { (exponent: Float) in
      function(.power(exponent: exponent)) { pow($0, Double(exponent)) }
    }

  /// With steps, which no rounding may stand before, or of numbers within ±1.
  static let steps: [(layer: Layer, value: @Sendable (Double) -> Double)] = [
    function(.floor) { $0.rounded(.down) },
    function(.ceiling) { $0.rounded(.up) },
    function(.round) { $0.rounded(.toNearestOrEven) },
    function(.sign) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
    function(.not) { $0 == 0 ? 1 : 0 },
    function(.truth) { $0 == 0 ? 0 : 1 },
    function(.shrink(threshold: 0.5, bias: 0.25)) {
      $0 > 0.5 ? $0 - 0.25 : $0 < -0.5 ? $0 + 0.25 : 0
    },
    function(.threshold(limit: 0.25, value: -2)) { $0 > 0.25 ? $0 : -2 },
    function(.tangent) { tan($0) },
    function(.arcSine) { asin($0) },
    function(.arcCosine) { acos($0) },
    function(.arcTangent) { atan($0) },
    function(.hyperbolicSine) { sinh($0) },
    function(.hyperbolicCosine) { cosh($0) },
    function(.areaSine) { asinh($0) },
    function(.areaTangent) { atanh($0) },
  ]

  private static func function(
    _ function: ElementFunction, _ value: @escaping @Sendable (Double) -> Double
  ) -> (layer: Layer, value: @Sendable (Double) -> Double) {
    (.activation(Activation(function)), value)
  }
}

struct ElementwiseTests {
  @Test(arguments: Elementwise.all.indices)
  func valuesAndGradientsAreTheDefinitions(index: Int) {
    let (layer, value) = Elementwise.all[index]
    check(layer, value) { 5 * $0 }
  }

  @Test(arguments: Elementwise.others.indices)
  func valuesAndGradientsOfPositiveNumbers(index: Int) {
    let (layer, value) = Elementwise.others[index]
    check(layer, value) { 1.25 + $0 }
  }

  @Test(arguments: Elementwise.steps.indices)
  func valuesAndGradientsWithinOne(index: Int) {
    let (layer, value) = Elementwise.steps[index]
    check(layer, value) { 0.875 * $0 }
  }

  @Test func areaCosineIsOfNumbersAboveOne() {
    check(.activation(Activation(.areaCosine)), { acosh($0) }, { 2.25 + $0 })
  }

  /// What a step is at its edge, and truth of what is no number.
  @Test func stepsAtTheirEdges() {
    let inputs: [Float] = [-2.5, -0.5, 0.5, 1.5, 0, .nan]
    func values(_ function: ElementFunction) -> [Float] {
      let network = single(.activation(Activation(function)), over: MapShape(vector: 6))
      return network.forward(inputs, count: 1).logits
    }
    #expect(values(.round).dropLast() == [-2, 0, 0, 2, 0])
    #expect(values(.sign).dropLast() == [-1, -1, 1, 1, 0])
    #expect(values(.floor).dropLast() == [-3, -1, 0, 1, 0])
    #expect(values(.ceiling).dropLast() == [-2, 0, 1, 2, 0])
    #expect(values(.not) == [0, 0, 0, 0, 1, 0])
    #expect(values(.truth) == [1, 1, 1, 1, 0, 1])
    #expect(values(.shrink(threshold: 0.5, bias: 0)).dropLast() == [-2.5, 0, 0, 1.5, 0])
    #expect(values(.threshold(limit: 0.5, value: 7)).dropLast() == [7, 7, 7, 1.5, 7])
    for function: ElementFunction in [
      .round, .sign, .floor, .ceiling, .shrink(threshold: 1, bias: 1),
      .threshold(limit: 0, value: 1),
    ] {
      #expect(values(function).last?.isNaN == true, "\(function)")
    }
  }

  private func check(
    _ layer: Layer, _ value: (Double) -> Double, _ input: (Float) -> Float
  ) {
    // As a map, sample by sample, and as a vector, a whole block at once.
    for shape in [MapShape(channels: 3, height: 5, width: 4), MapShape(vector: 60)] {
      let network = single(layer, over: shape)
      let inputs = uniform(33 * 60, seed: 3).map(input)
      let cotangent = uniform(33 * 60, seed: 4)
      let found = network.pullback(inputs, count: 33, cotangent: cotangent)
      #expect(relativeError(found.output, inputs.map { Float(value(Double($0))) }) < 1e-6)
      let slopes = inputs.map { x in
        Float((value(Double(x) + 1e-6) - value(Double(x) - 1e-6)) / 2e-6)
      }
      #expect(relativeError(found.inputs, zip(slopes, cotangent).map { $0 * $1 }) < 1e-4)
    }
  }

  /// Over the floats from −100 to 100 and powers of two beyond: relative or absolute, as the functions promise.
  @Test(arguments: Elementwise.all.indices.dropFirst())
  func errorsAreBelowTheStatedOnes(index: Int) {
    let (layer, value) = Elementwise.all[index]
    var inputs = (-126..<127).flatMap { [scalbn(Float(1.1), $0), -scalbn(Float(1.3), $0)] }
    inputs += uniform(20_000, seed: 6).map { 100 * $0 } + uniform(20_000, seed: 7).map { 4 * $0 }
    let found = single(layer, over: MapShape(vector: inputs.count)).forward(inputs, count: 1).logits
    let worst = zip(inputs, found).map { x, y -> (error: Double, x: Float) in
      let exact = value(Double(x))
      if exact.isNaN || abs(exact) > 3e38 { return (0, x) }
      return (abs(Double(y) - exact) / max(1, abs(exact)), x)
    }.max { $0.error < $1.error }
    #expect((worst?.error ?? 1) <= 2e-7, "\(layer) of \(worst?.x ?? 0)")
  }

  /// What PyTorch gives.
  @Test func valuesAtTheLimits() {
    let inf = Float.infinity
    func values(_ function: ElementFunction) -> [Float] {
      let network = single(.activation(Activation(function)), over: MapShape(vector: 3))
      return network.forward([-inf, inf, .nan], count: 1).logits
    }
    let cases: [(ElementFunction, Float, Float)] = [
      (.sigmoid, 0, 1), (.tanh, -1, 1), (.silu, .nan, inf), (.hardSwish, .nan, inf),
      (.hardSigmoid(), 0, 1), (.clamp(minimum: 0, maximum: 6), 0, 6),
      (.leakyRectifier(slope: 0.5), -inf, inf), (.elu(), -1, inf), (.softplus(), 0, inf),
      (.softsign, .nan, .nan), (.exponential, 0, inf), (.logarithm, .nan, inf),
      (.squareRoot, .nan, inf), (.reciprocal, 0, 0), (.absolute, inf, inf),
      (.errorFunction, -1, 1), (.sine, .nan, .nan),
    ]
    for (function, low, high) in cases {
      let found = values(function)
      #expect(found[0] == low || (found[0].isNaN && low.isNaN), "\(function) of −∞: \(found[0])")
      #expect(found[1] == high || (found[1].isNaN && high.isNaN), "\(function) of ∞: \(found[1])")
      #expect(found[2].isNaN, "\(function) of NaN: \(found[2])")
    }
  }

  /// A sample's parts, whatever works on them.
  @Test func largeMapsAreTheSameBitsForAnyThreads() {
    let shape = MapShape(channels: 37, height: 41, width: 43)
    let window = Window(
      height: 3, width: 3, stride: 2, padding: Padding(top: 1, left: 0, bottom: 1, right: 1),
      roundsUp: true)
    let layers: [Layer] = [
      .activation(Activation(.gelu)), .parametricRectifier(.init(slopes: 37)), .rectifier,
      .maxPool(MaxPool(window: window)), .averagePool(AveragePool(window: window)),
      .adaptiveAveragePool(.global), .adaptiveAveragePool(.init(height: 5, width: 3)),
      .channelAffine(ChannelAffine()),
    ]
    for layer in layers {
      let network = single(layer, over: shape)
      let inputs = uniform(3 * shape.count, seed: 3)
      let all = network.forward(inputs, count: 3, threads: 1).logits
      for threads in [2, 3] {
        #expect(difference(network.forward(inputs, count: 3, threads: threads).logits, all) == nil)
        let one = Array(inputs[0..<shape.count])
        let alone = network.forward(one, count: 1, threads: threads).logits
        #expect(difference(alone, Array(all[0..<alone.count])) == nil)
      }
    }
  }

  @Test(arguments: [1, 7]) func slopesAreParameters(slopes: Int) throws {
    let shape = MapShape(channels: 7, height: 3, width: 5)
    let network = single(.parametricRectifier(ParametricRectifier(slopes: slopes)), over: shape)
    let weight = try #require(network.tensor("layer.weight")).values
    let inputs = uniform(2 * shape.count, seed: 8)
    let cotangent = uniform(2 * shape.count, seed: 9)
    let found = network.pullback(inputs, count: 2, cotangent: cotangent, parameters: false)
    for i in inputs.indices {
      let slope = inputs[i] > 0 ? 1 : weight[slopes == 1 ? 0 : i / 15 % 7]
      #expect(found.output[i] == inputs[i] * slope && found.inputs[i] == cotangent[i] * slope)
    }
  }
}
