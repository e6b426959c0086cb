// The generator behind initial weights, the order of training samples, the random starts of attacks and resampling.
// Data sets draw from xoshiro256**, which is seeded by it.

/// SplitMix64 (Steele, Lea and Flood 2014). Its whole state is one number, so it can be kept in a
/// file.
package struct SplitMix64: Sendable, Hashable {
  package private(set) var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    defer { state &+= Self.step }
    return Self.mixed(state)
  }

  /// The first number of a generator of that state.
  package static func mixed(_ state: UInt64) -> UInt64 {
    var z = state &+ step
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Uniform in [−1, 1): the top 24 bits of one output, times 2⁻²³, minus 1. Exact in Float32.
  package mutating func symmetric() -> Float {
    Float(next() >> 40) * 0x1p-23 - 1
  }

  /// Uniform below `bound`, without bias: outputs under 2⁶⁴ mod `bound` are drawn again.
  package mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "A bound is positive.")
    let bound = UInt64(bound)
    let rejected = (0 &- bound) % bound
    while true {
      let value = next()
      if value >= rejected { return Int(value % bound) }
    }
  }

  /// As many numbers as `next(below:)` would give, the same, without a division for each.
  /// - Precondition: `bound` is positive and fits 32 bits.
  package mutating func next(_ count: Int, below bound: Int) -> [UInt32] {
    precondition(bound > 0 && bound <= Int(UInt32.max), "A bound is positive, and fits 32 bits.")
    let bound = UInt64(bound)
    let rejected = (0 &- bound) % bound
    // With ⌊(2⁶⁴ − 1) / bound⌋ for 2⁶⁴ / bound a quotient comes out right or one too small.
    let reciprocal = UInt64.max / bound
    var numbers = [UInt32](repeating: 0, count: count)
    for index in numbers.indices {
      var value = next()
      while value < rejected { value = next() }
      let quotient = value.multipliedFullWidth(by: reciprocal).high
      let rest = value &- quotient &* bound
      numbers[index] = UInt32(truncatingIfNeeded: rest >= bound ? rest &- bound : rest)
    }
    return numbers
  }

  /// 0 ..< count in random order: Fisher–Yates from the end.
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, next(below: last + 1))
    }
    return order
  }
}
