// One comparison of two numbers that a claim rests on, with the difference, its interval and what they say.

/// What one comparison says of a claim.
package struct ClaimFinding: Sendable, Equatable {
  /// What is compared: "fc3 separation".
  package let what: String
  /// The numbers, in words: "overtrained 0.200, best 0.400".
  package let numbers: String
  package let difference: Double?
  package let interval: Interval?
  /// What the interval is over where it is not over samples.
  package let over: String?
  package let holds: Bool
  /// The numbers alone say what is claimed, but their difference may be none.
  package let isWithinError: Bool

  package init(
    _ what: String, _ numbers: String, difference: Double? = nil, interval: Interval? = nil,
    over: String? = nil, holds: Bool, isWithinError: Bool = false
  ) {
    (self.what, self.numbers, self.difference) = (what, numbers, difference)
    (self.interval, self.over) = (interval, over)
    (self.holds, self.isWithinError) = (holds, isWithinError)
  }

  package var text: String { "\(what): \(numbers)" }

  /// "-0.200 [-0.210, -0.190]".
  package var differenceText: String {
    guard let difference else { return "" }
    guard let interval else { return NumberText.short(difference) }
    let (low, high) = (NumberText.short(interval.low), NumberText.short(interval.high))
    return "\(NumberText.short(difference)) [\(low), \(high)]" + (over.map { " " + $0 } ?? "")
  }

  /// Claims that a is not b in the way `test` says; a difference within sampling error bears nothing out.
  static func differs(
    _ what: String, _ a: Measured, _ b: Measured, wanted: String = "",
    _ test: (Double, Double) -> Bool
  ) -> ClaimFinding {
    let interval = Interval.of([(1, a), (-1, b)])
    let isSaid = test(a.value, b.value)
    let isWithin = interval?.contains(0) ?? false
    return ClaimFinding(
      what, words(a, b) + wanted, difference: a.value - b.value, interval: interval,
      holds: isSaid && !isWithin, isWithinError: isSaid && isWithin)
  }

  /// Claims a < b.
  static func less(_ what: String, _ a: Measured, _ b: Measured) -> ClaimFinding {
    differs(what, a, b) { $0 < $1 }
  }

  /// Claims that the ratio a / b passes a test that 1 does not pass.
  static func ratio(
    _ what: String, _ a: Measured, _ b: Measured, _ wanted: String, _ test: (Double) -> Bool
  ) -> ClaimFinding {
    differs(what, a, b, wanted: ratioText(a, b, wanted)) { test($0 / $1) }
  }

  /// Claims that the ratio a / b is near 1, which an interval states and does not judge.
  static func alike(
    _ what: String, _ a: Measured, _ b: Measured, _ wanted: String, _ test: (Double) -> Bool
  ) -> ClaimFinding {
    ClaimFinding(
      what, words(a, b) + ratioText(a, b, wanted), difference: a.value - b.value,
      interval: Interval.of([(1, a), (-1, b)]), holds: test(a.value / b.value))
  }

  /// Claims a ≤ b: refuted where a is the larger beyond sampling error.
  static func notAbove(_ what: String, _ a: Measured, _ b: Measured) -> ClaimFinding {
    let interval = Interval.of([(1, a), (-1, b)])
    return ClaimFinding(
      what, words(a, b), difference: a.value - b.value, interval: interval,
      holds: a.value <= b.value || interval?.contains(0) ?? false)
  }

  static func words(_ numbers: Measured...) -> String {
    numbers.map { "\($0.label) \(NumberText.short($0.value))" }.joined(separator: ", ")
  }

  private static func ratioText(_ a: Measured, _ b: Measured, _ wanted: String) -> String {
    "; ratio \(NumberText.short(a.value / b.value)), wanted \(wanted)"
  }
}
