// Numbers for people. Files and pipes get full precision elsewhere.

internal import Basics
import Glibc

/// `digits` significant digits, without an exponent between 1e-4 and 1e7, without trailing zeros.
package func significant(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  if value == 0 { return "0" }
  let magnitude = Int(log10(abs(value)).rounded(.down))
  if magnitude < -4 || magnitude >= 7 {
    // In two steps: the power of ten of a subnormal number is itself 0.
    let half = magnitude / 2
    let scaled = value / pow(10, Double(half)) / pow(10, Double(magnitude - half))
    return trimmed(fixed(scaled, digits - 1)) + "e\(magnitude)"
  }
  return trimmed(fixed(value, max(0, digits - 1 - magnitude)))
}

/// "12.3 MB": decimal units of bytes.
package func byteSize(_ bytes: Int) -> String {
  var value = Double(bytes)
  for unit in ["B", "kB", "MB", "GB"] {
    if value < 1000 { return "\(significant(value, 3)) \(unit)" }
    value /= 1000
  }
  return "\(significant(value, 3)) TB"
}
