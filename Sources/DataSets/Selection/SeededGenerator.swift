// Random numbers that are the same on every machine and in every version: the generator, and the
// few draws made from it. The standard library's own draws may change between releases.

internal import Basics

/// xoshiro256** of Blackman and Vigna (2018), its state filled by SplitMix64.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64) {
    var mixer = SplitMix64(seed: seed)
    state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  /// An independent stream for each combination of `words`.
  package init(seed: UInt64, _ words: UInt64...) {
    var mixed = seed
    for word in words {
      mixed = SplitMix64.mixed(mixed) ^ word
    }
    self.init(seed: mixed)
  }

  package init(state: (UInt64, UInt64, UInt64, UInt64)) {
    self.state = state
  }

  package mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// Uniform in 0 ..< bound, by Lemire's method (2019).
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "A draw needs something to draw from.")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// Uniform in 0 ..< 1, a multiple of 2⁻⁵³.
  package mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform between two numbers.
  package mutating func between(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * unit()
  }
}

/// Fisher and Yates's shuffle, from the back.
package func shuffled<Element>(
  _ elements: some Sequence<Element>, using generator: inout SeededGenerator
) -> [Element] {
  var result = Array(elements)
  for i in stride(from: result.count - 1, to: 0, by: -1) {
    result.swapAt(i, generator.below(i + 1))
  }
  return result
}
