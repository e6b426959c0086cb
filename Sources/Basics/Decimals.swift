// Numbers with a fixed number of decimals, without Foundation. How many are shown of what is the caller's choice.

internal import Glibc

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

/// Without zeros at its end, or a point.
package func trimmed(_ text: String) -> String {
  guard text.contains(".") else { return text }
  var text = text
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}
