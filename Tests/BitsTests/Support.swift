// Plain versions of what Bits computes, and random layers to compare on.

import Bits

/// SplitMix64: the same numbers in every run of the tests.
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

let edgeSizes = [1, 2, 7, 8, 9, 13, 63, 64, 65, 127, 128, 129]

/// Every size against a small, an odd and a word-crossing one, in both directions.
let edgeShapes: [LayerShape] = edgeSizes.flatMap { size in
  [1, 13, 65, 130].flatMap { other in
    [
      LayerShape(outputs: size, inputs: other, hasBias: size % 2 == 0),
      LayerShape(outputs: other, inputs: size, hasBias: size % 2 == 1),
    ]
  }
}

/// A layer with some samples, among them every awkward value.
struct Example {
  let shape: LayerShape
  var weight: [Float]
  var bias: [Float]?
  var x: [Float]
  var z: [Float]
  let count: Int

  /// `zeros`: share of inputs that are zero, every other one of them negative.
  init(_ shape: LayerShape, count: Int, zeros: Double = 0.4, seed: UInt64 = 1) {
    var random = TestGenerator(state: seed &+ UInt64(shape.outputs * 1009 + shape.inputs))
    self.shape = shape
    self.count = count
    func draw() -> Float { Float.random(in: -1...1, using: &random) }
    weight = (0..<shape.outputs * shape.inputs).map { _ in draw() }
    bias = shape.hasBias ? (0..<shape.outputs).map { _ in draw() } : nil
    x = (0..<count * shape.inputs).map { index in
      Double.random(in: 0..<1, using: &random) < zeros ? (index % 2 == 0 ? 0 : -0.0) : draw()
    }
    z = []
    for sample in 0..<count {
      for output in 0..<shape.outputs {
        z.append((0..<shape.columns).reduce(0) { $0 + term(sample, output, $1) })
      }
    }
  }

  /// a[output][column] of a sample.
  func term(_ sample: Int, _ output: Int, _ column: Int) -> Float {
    if column == shape.inputs { return bias?[output] ?? 0 }
    return weight[output * shape.inputs + column] * x[sample * shape.inputs + column]
  }

  /// The definition, word for word.
  func isSignificant(_ sample: Int, _ output: Int, _ column: Int) -> Bool {
    let sum = z[sample * shape.outputs + output]
    let threshold = sum / Float(shape.inputs)
    if !sum.isFinite || sum == 0 { return false }
    if column < shape.inputs, x[sample * shape.inputs + column] == 0 { return false }
    let value = term(sample, output, column)
    return sum > 0 ? value > threshold : value < threshold
  }

  /// S of one sample, row-major.
  func bits(_ sample: Int) -> [Bool] {
    (0..<shape.outputs).flatMap { output in
      (0..<shape.columns).map { isSignificant(sample, output, $0) }
    }
  }

  func activeColumns(_ sample: Int) -> [Int] {
    (0..<shape.columns).filter { $0 == shape.inputs || x[sample * shape.inputs + $0] != 0 }
  }

  /// The stored form, written from its description.
  func stored(_ sample: Int) -> [UInt8] {
    let active = activeColumns(sample)
    var bytes: [UInt8] = [0x45, 0x42, 1, shape.hasBias ? 1 : 0]
    for value in [shape.outputs, shape.columns, active.count] {
      bytes += (0..<4).map { UInt8(value >> (8 * $0) & 255) }
    }
    bytes += packed((0..<shape.columns).map { active.contains($0) })
    for column in active {
      bytes += packed((0..<shape.outputs).map { isSignificant(sample, $0, column) })
    }
    return bytes
  }

  func encode() -> [[UInt8]] {
    SignificanceEncoder(shape: shape, weight: weight, bias: bias)
      .encode(x: x.span, z: z.span, count: count)
  }
}

/// Bits to bytes, least significant first.
func packed(_ bits: [Bool]) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
  for (index, bit) in bits.enumerated() where bit { bytes[index / 8] |= 1 << UInt8(index % 8) }
  return bytes
}
