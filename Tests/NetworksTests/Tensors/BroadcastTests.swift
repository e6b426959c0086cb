// Operands that are combined, against Float64 formulas; constants among them.

import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct BroadcastTests {
  private typealias Operation = Broadcast.Operation

  private func value(_ operation: Broadcast.Operation, _ a: Double, _ b: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: power(a, b)
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    case .equal: a == b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .and: a != 0 && b != 0 ? 1 : 0
    case .or: a != 0 || b != 0 ? 1 : 0
    case .exclusiveOr: (a != 0) != (b != 0) ? 1 : 0
    case .keepWhere: a != 0 ? b : 0
    case .dropWhere: a != 0 ? 0 : b
    }
  }

  /// Of positive numbers, by halving the exponent's range: exp(b · ln a) without a library.
  private func power(_ a: Double, _ b: Double) -> Double {
    var (result, root, rest) = (1.0, a, b)
    if rest < 0 { return 1 / power(a, -rest) }
    while rest >= 1 { (result, rest) = (result * a, rest - 1) }
    for _ in 0..<60 {
      (root, rest) = (root.squareRoot(), rest * 2)
      if rest >= 1 { (result, rest) = (result * root, rest - 1) }
    }
    return result
  }

  /// As NumPy broadcasts, coordinate by coordinate.
  private func formula(
    _ operation: Broadcast.Operation, _ a: [Int], _ b: [Int]
  ) -> ([Double]) -> [Double] {
    let rank = max(a.count, b.count)
    func padded(_ sizes: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - sizes.count) + sizes
    }
    let (first, second) = (padded(a), padded(b))
    let sizes = zip(first, second).map { max($0, $1) }
    let split = a.reduce(1, *)
    func place(_ own: [Int], _ coordinates: [Int]) -> Int {
      zip(own, coordinates).reduce(0) { $0 * $1.0 + ($1.0 == 1 ? 0 : $1.1) }
    }
    return { x in
      (0..<sizes.reduce(1, *)).map { index in
        var (rest, coordinates) = (index, sizes)
        for axis in sizes.indices.reversed() {
          coordinates[axis] = rest % sizes[axis]
          rest /= sizes[axis]
        }
        return self.value(
          operation, x[place(first, coordinates)], x[split + place(second, coordinates)])
      }
    }
  }

  static let shapes: [([Int], [Int])] = [
    ([3, 5, 7], [3, 5, 7]), ([3, 5, 17], [17]), ([17], [4, 17]), ([3, 4], [1]), ([1], [35]),
    ([6, 1], [1, 19]), ([2, 3, 1, 5], [3, 4, 1]), ([5, 18], [5, 1]), ([2, 1, 3], [1, 4, 1]),
  ]

  @Test(arguments: shapes)
  func operationsAreTheirFormulas(a: [Int], b: [Int]) {
    let counts = [a.reduce(1, *), b.reduce(1, *)]
    let all = counts[0] + counts[1]
    for operation: Broadcast.Operation in [
      .add, .subtract, .multiply, .divide, .power, .minimum, .maximum,
    ] {
      let formula = formula(operation, a, b)
      // Powers and quotients of what is not near 0.
      let inputs = uniform(4 * all, seed: 1).map { $0 + 1.5 }
      let size = formula([Double](repeating: 1, count: all)).count
      let network = operands(
        counts, .broadcast(Broadcast(operation, a, b, output: MapShape(vector: size))))
      let found = network.forward(inputs, count: 4).logits
      #expect(
        relativeError(found, values(inputs, size: all, formula)) < 1e-6, "\(operation)")
      let error = gradientError(of: network, over: inputs, formula: formula)
      #expect(error < 1e-4, "\(operation) \(error)")
      #expect(bitsDiffer(network) == nil)
    }
  }

  /// Of whole numbers from 0 to 2, many of them equal or 0: values, and gradients that only what was chosen has.
  @Test(arguments: shapes)
  func conditionsAreTheirFormulas(a: [Int], b: [Int]) {
    let counts = [a.reduce(1, *), b.reduce(1, *)]
    let all = counts[0] + counts[1]
    let inputs = uniform(4 * all, seed: 1).map { (1.5 * ($0 + 1)).rounded(.down) }
    for operation: Broadcast.Operation in [
      .equal, .less, .lessOrEqual, .and, .or, .exclusiveOr, .keepWhere, .dropWhere,
    ] {
      let formula = formula(operation, a, b)
      let size = formula([Double](repeating: 1, count: all)).count
      let network = operands(
        counts, .broadcast(Broadcast(operation, a, b, output: MapShape(vector: size))))
      let found = network.pullback(
        inputs, count: 4, cotangent: [Float](repeating: 1, count: 4 * size), parameters: false)
      #expect(found.output == values(inputs, size: all, formula), "\(operation)")
      let isChoice = operation == .keepWhere || operation == .dropWhere
      for sample in 0..<4 {
        let own = inputs[sample * all..<(sample + 1) * all].map(Double.init)
        let slopes = (0..<all).map { place -> Float in
          guard isChoice, place >= counts[0] else { return 0 }
          var moved = own
          moved[place] += 1
          return Float(zip(formula(moved), formula(own)).reduce(0) { $0 + $1.0 - $1.1 })
        }
        #expect(Array(found.inputs[sample * all..<(sample + 1) * all]) == slopes, "\(operation)")
      }
      #expect(bitsDiffer(network) == nil)
    }
  }

  /// Large enough for several parts.
  @Test(arguments: [([300, 400], [400]), ([300, 400], [300, 1]), ([300, 400], [300, 400])])
  func partsMakeNoDifference(a: [Int], b: [Int]) {
    let network = operands(
      [a.reduce(1, *), b.reduce(1, *)],
      .broadcast(Broadcast(.multiply, a, b, output: MapShape(vector: 120_000))))
    #expect(bitsDiffer(network, samples: 3) == nil)
  }

  @Test func whatCannotBeWalkedIsKnown() {
    #expect(Broadcast.isPossible([3, 1, 5], [2, 5]))
    #expect(!Broadcast.isPossible([3, 4], [2, 4]))
    let ragged = (0..<18).map { $0 % 2 + 1 }
    #expect(!Broadcast.isPossible([Int](repeating: 2, count: 18), ragged))
    #expect(Broadcast.isPossible([Int](repeating: 2, count: 18), [2, 2]))
    let axes = Set((0..<18).filter { $0 % 2 == 0 })
    #expect(!Reduction.isPossible(sizes: [Int](repeating: 2, count: 18), axes: axes))
    #expect(Reduction.isPossible(sizes: [Int](repeating: 2, count: 18), axes: [3, 4]))
  }

  @Test func equalOperandsShareTheGradient() {
    let network = operands(
      [3, 3], .broadcast(Broadcast(.maximum, [3], [3], output: MapShape(vector: 3))))
    let found = network.pullback(
      [1, 5, 2, 1, 4, .nan], count: 1, cotangent: [8, 8, 8], parameters: false)
    #expect(Array(found.output.prefix(2)) == [1, 5])
    #expect(found.output[2].isNaN)
    #expect(Array(found.inputs.prefix(2)) == [4, 8])
    #expect(Array(found.inputs[3..<5]) == [4, 0])
  }

  /// One value as both operands: both contributions count.
  @Test func aValueTimesItself() {
    let shape = MapShape(vector: 7)
    let network = Network(
      Architecture(
        name: "square", input: shape,
        nodes: [
          Node("input", .input, inputs: []),
          Node(
            "square", .broadcast(Broadcast(.multiply, [7], [7], output: shape)), inputs: [0, 0]),
        ]), seed: 1)
    let inputs = uniform(14, seed: 2)
    let found = network.pullback(
      inputs, count: 2, cotangent: [Float](repeating: 1, count: 14), parameters: false)
    #expect(difference(found.output, inputs.map { $0 * $0 }) == nil)
    #expect(difference(found.inputs, inputs.map { 2 * $0 }, absolute: 1e-6) == nil)
  }

  /// A map of 3 × 4 positions × 5 channels, times one constant and plus another that is used twice. Constants have no
  /// gradient, and leave the input's right.
  @Test(arguments: [1, 3, 33])
  func constantsAreValues(count: Int) throws {
    let shape = MapShape(channels: 5, height: 3, width: 4)
    let network = Network(
      Architecture(
        name: "constants", input: shape,
        nodes: [
          Node("input", .input, inputs: []),
          Node(
            "scale", .constant(Constant(shape: [1, 5, 1, 1], output: MapShape(vector: 5))),
            inputs: [0], parameterNames: ["value": "gamma"]),
          Node(
            "offset", .constant(Constant(shape: [12, 1], output: MapShape(vector: 12))),
            inputs: [0]),
          Node(
            "scaled", .broadcast(Broadcast(.multiply, [12, 5], [5], output: shape)),
            inputs: [0, 1]),
          Node(
            "twice", .broadcast(Broadcast(.add, [12, 1], [12, 1], output: MapShape(vector: 12))),
            inputs: [2, 2]),
          Node(
            "moved", .broadcast(Broadcast(.add, [12, 5], [12, 1], output: shape)), inputs: [3, 4]),
          Node("sum", .sum, inputs: [5, 0]),
        ]), seed: 1)
    let (scale, offset) = (uniform(5, seed: 3), uniform(12, seed: 4))
    try load(network, ["gamma": scale, "offset.value": offset])
    let loaded = try #require(network.tensor("gamma"))
    #expect(loaded.values == scale)
    let inputs = uniform(count * 60, seed: 5)
    let cotangent = uniform(count * 60, seed: 6)
    let expected = inputs.enumerated().map { at, x in
      x * scale[at / 12 % 5] + 2 * offset[at % 12] + x
    }
    let found = network.pullback(
      inputs, count: count, cotangent: cotangent, parameters: false, threads: 2)
    #expect(difference(found.output, expected, absolute: 1e-6) == nil)
    #expect(
      difference(
        found.inputs, cotangent.enumerated().map { $1 * (1 + scale[$0 / 12 % 5]) }, absolute: 1e-6)
        == nil)
    #expect(difference(network.forward(inputs, count: count).logits, found.output) == nil)
  }
}
