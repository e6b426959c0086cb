// One comparison of two numbers that a claim rests on, with the difference, its interval and what they say. Findings are
// made by what they claim, a difference, a likeness or a number of things, so that one rule judges every difference.

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
  package let kind: Kind

  /// What is claimed, and so what an interval has to say about it.
  package enum Kind: Sendable {
    /// That two numbers differ: an interval that does not exclude 0 bears nothing out.
    case difference
    /// That they do not, or not by much: an interval that holds 0 is no evidence against it.
    case likeness
    /// How many of several things there are, each judged by its own interval; one that stands beside them judges none.
    case count
  }

  private init(
    _ kind: Kind, _ what: String, _ numbers: String, difference: Double?, interval: Interval?,
    over: String?, holds: Bool, isWithinError: Bool
  ) {
    (self.kind, self.what, self.numbers, self.difference) = (kind, what, numbers, difference)
    (self.interval, self.over) = (interval, over)
    (self.holds, self.isWithinError) = (holds, isWithinError)
  }

  /// The rule of every difference: it is one where its interval excludes 0. Where nothing says how far numbers depend
  /// on the samples, they stand for themselves.
  static func isBeyondError(_ interval: Interval?) -> Bool { interval?.excludesZero ?? true }

  /// A claim that two numbers differ, which the numbers alone say where `isSaid`.
  static func difference(
    _ what: String, _ numbers: String, _ difference: Double, interval: Interval?,
    over: String? = nil, isSaid: Bool
  ) -> ClaimFinding {
    let isBeyond = isBeyondError(interval)
    return ClaimFinding(
      .difference, what, numbers, difference: difference, interval: interval, over: over,
      holds: isSaid && isBeyond, isWithinError: isSaid && !isBeyond)
  }

  /// A claim that two numbers do not differ, or not by much.
  static func likeness(
    _ what: String, _ numbers: String, difference: Double? = nil, interval: Interval? = nil,
    over: String? = nil, holds: Bool
  ) -> ClaimFinding {
    ClaimFinding(
      .likeness, what, numbers, difference: difference, interval: interval, over: over,
      holds: holds, isWithinError: false)
  }

  /// A claim on how many things there are beyond sampling error; `isSaid` where that many are there, beyond it or not.
  static func count(
    _ what: String, _ numbers: String, difference: Double? = nil, interval: Interval? = nil,
    over: String? = nil, holds: Bool, isSaid: Bool = false
  ) -> ClaimFinding {
    ClaimFinding(
      .count, what, numbers, difference: difference, interval: interval, over: over, holds: holds,
      isWithinError: isSaid && !holds)
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
    difference(
      what, words(a, b) + wanted, a.value - b.value, interval: Interval.of([(1, a), (-1, b)]),
      isSaid: test(a.value, b.value))
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
    likeness(
      what, words(a, b) + ratioText(a, b, wanted), difference: a.value - b.value,
      interval: Interval.of([(1, a), (-1, b)]), holds: test(a.value / b.value))
  }

  /// Claims a ≤ b: refuted where a is the larger beyond sampling error.
  static func notAbove(_ what: String, _ a: Measured, _ b: Measured) -> ClaimFinding {
    let interval = Interval.of([(1, a), (-1, b)])
    return likeness(
      what, words(a, b), difference: a.value - b.value, interval: interval,
      holds: a.value <= b.value || a.value > b.value && !isBeyondError(interval))
  }

  static func words(_ numbers: Measured...) -> String {
    numbers.map { "\($0.label) \(NumberText.short($0.value))" }.joined(separator: ", ")
  }

  private static func ratioText(_ a: Measured, _ b: Measured, _ wanted: String) -> String {
    "; ratio \(NumberText.short(a.value / b.value)), wanted \(wanted)"
  }
}
