// Numbers for people. Files and pipes get full precision elsewhere.

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

/// Exactly `decimals` digits behind the point.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  let scale = pow(10, Double(decimals))
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 9e15 else { return "\(value)" }
  var digits = String(Int(scaled))
  while digits.count <= decimals { digits = "0" + digits }
  let point = digits.index(digits.endIndex, offsetBy: -decimals)
  let sign = value < 0 && scaled != 0 ? "-" : ""
  return sign + digits[..<point] + (decimals > 0 ? "." + digits[point...] : "")
}

private func trimmed(_ text: String) -> String {
  guard text.contains(".") else { return text }
  var text = text
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
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
