// Numbers as people read them, without Foundation. Leaves out: locales, grouping of thousands.

internal import Basics
import Glibc

/// Numbers in words of a page.
package enum NumberText {
  /// Three significant digits (whole numbers in full): 0.0123, 4.56, 789, 12345, 1.23e-5. NaN is "–".
  package static func short(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : (value < 0 ? "−∞" : "∞") }
    guard value != 0 else { return "0" }
    let magnitude = abs(value)
    var exponent = Int(log10(magnitude).rounded(.down))
    // 9.996 rounds up into the next decade.
    if (magnitude * power(digits - 1 - exponent)).rounded() >= power(digits) { exponent += 1 }
    if exponent < -4 || exponent > 6 {
      return fixed(value / power(exponent), decimals: digits - 1) + "e\(exponent)"
    }
    return fixed(value, decimals: max(0, digits - 1 - exponent))
  }

  /// The same to three digits; "–" for nil.
  package static func short(_ value: Double?) -> String { value.map { short($0) } ?? "–" }

  /// A share from 0 to 1 as a percentage: "76.1 %".
  package static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    return short(100 * share) + " %"
  }

  /// The same; "–" for nil.
  package static func percent(_ share: Double?) -> String { share.map { percent($0) } ?? "–" }

  /// Exactly `decimals` digits after the point; a typographic minus would break copying, so "-".
  package static func fixed(_ value: Double, decimals: Int) -> String {
    Basics.fixed(value, decimals)
  }

  /// At most `decimals` digits after the point, none of them a trailing zero.
  package static func trimmed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "0" }
    return Basics.fixedTrimmed(value, decimals)
  }

  /// "1 class", "3 classes".
  package static func count(_ number: Int, _ one: String, _ many: String) -> String {
    "\(number) \(number == 1 ? one : many)"
  }

  static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }
}
