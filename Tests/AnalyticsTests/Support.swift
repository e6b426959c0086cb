// Random numbers by seed and the random profiles and matrices the tests share.

/// SplitMix64: the same numbers in every version of Swift.
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Roughly normal: the sum of twelve uniform numbers.
  mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }

  /// Counters between 0 and `samples`, both ends often.
  mutating func counters(_ count: Int, samples: Int) -> [UInt32] {
    (0..<count).map { _ in
      switch below(8) {
      case 0: 0
      case 1: UInt32(samples)
      default: UInt32(below(samples + 1))
      }
    }
  }

  mutating func normals(_ count: Int) -> [Float] { (0..<count).map { _ in Float(normal()) } }
}

/// Equal within a relative error, or both smaller than `floor`.
func isClose(_ a: Double, _ b: Double, relative: Double = 1e-9, floor: Double = 0) -> Bool {
  abs(a - b) <= max(relative * max(abs(a), abs(b)), floor)
}
