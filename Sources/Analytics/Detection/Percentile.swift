// Percentiles as NumPy's `percentile` has them by default: linear between neighbours in order.

/// Where a percentile of `count` values in ascending order lies: between `lower` and the one behind it.
struct PercentilePlace {
  let lower: Int
  private let share: Double

  init(_ percentile: Double, of count: Int) {
    precondition(count > 0 && (0...100).contains(percentile), "a percentile of something")
    let place = percentile / 100 * Double(count - 1)
    lower = min(Int(place), count - 1)
    share = place - Double(lower)
  }

  /// Whether the next value counts as well.
  var needsNext: Bool { share > 0 }

  func value(_ a: Double, _ b: Double) -> Double {
    // NumPy starts from the nearer end.
    share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share)
  }
}

/// The percentile of `values`, which has some.
func percentile(_ percent: Double, of values: [Double]) -> Double {
  let place = PercentilePlace(percent, of: values.count)
  let sorted = values.sorted()
  let lower = sorted[place.lower]
  return place.needsNext ? place.value(lower, sorted[place.lower + 1]) : lower
}

/// The exact percentile of any number of Float32, in two passes over them and a megabyte: the first counts values by the
/// upper half of their bits, the second those by the lower half that share the upper one with what is looked for.
struct StreamedPercentile {
  private let percent: Double
  private var upper = [Int](repeating: 0, count: 1 << 16)
  /// By upper half, counts by lower half.
  private var lower: [Int: [Int]] = [:]
  private var count = 0
  private var place: PercentilePlace?

  init(_ percent: Double) { self.percent = percent }

  /// In the order of the values. Zero has two keys, one value.
  private static func key(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  private static func value(_ key: UInt32) -> Double {
    Double(Float(bitPattern: key & 0x8000_0000 == 0 ? ~key : key & 0x7FFF_FFFF))
  }

  mutating func add(_ values: ArraySlice<Float>) {
    if place == nil {
      count += values.count
      for value in values { upper[Int(Self.key(value) >> 16)] += 1 }
    } else {
      for value in values {
        let key = Self.key(value)
        lower[Int(key >> 16)]?[Int(key & 0xFFFF)] += 1
      }
    }
  }

  /// Between the passes.
  mutating func endFirstPass() {
    guard count > 0 else { return }
    let place = PercentilePlace(percent, of: count)
    self.place = place
    for rank in [place.lower, place.lower + 1] where rank < count {
      lower[bucket(rank).index] = [Int](repeating: 0, count: 1 << 16)
    }
  }

  /// The upper half of the value of a rank, and how many values lie below all of that half.
  private func bucket(_ rank: Int) -> (index: Int, below: Int) {
    var below = 0
    for index in upper.indices {
      if rank < below + upper[index] { return (index, below) }
      below += upper[index]
    }
    preconditionFailure("a rank of no value")
  }

  private func value(rank: Int) -> Double {
    let (index, start) = bucket(rank)
    var below = start
    for (low, number) in (lower[index] ?? []).enumerated() {
      if rank < below + number { return Self.value(UInt32(index) << 16 | UInt32(low)) }
      below += number
    }
    preconditionFailure("the second pass has other values")
  }

  /// After both passes; nil of no values.
  var result: Double? {
    guard let place else { return nil }
    let lower = value(rank: place.lower)
    return place.needsNext ? place.value(lower, value(rank: place.lower + 1)) : lower
  }
}
