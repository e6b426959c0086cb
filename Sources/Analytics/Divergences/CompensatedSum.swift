// A sum that keeps what rounding takes off (Neumaier 1974): sums of thousands of numbers of the order of 1 whose difference is
// what counts, and of equal numbers, which are all rounded the same way.

/// The sum is `value`; sums are subtracted part by part.
struct CompensatedSum {
  private var sum: Double
  private var lost: Double

  init(_ sum: Double = 0, lost: Double = 0) { (self.sum, self.lost) = (sum, lost) }

  var value: Double { sum + lost }

  mutating func add(_ value: Double) {
    let next = sum + value
    lost += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
    sum = next
  }

  static func - (a: CompensatedSum, b: CompensatedSum) -> Double {
    (a.sum - b.sum) + (a.lost - b.lost)
  }
}
