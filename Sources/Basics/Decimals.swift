// Numbers with a fixed number of decimals, without Foundation. How many are shown of what is the caller's choice.

internal import Glibc

/// Exactly `decimals` digits behind the point.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  guard let digits = digits(value, decimals) else { return "\(value)" }
  return String(decoding: digits, as: UTF8.self)
}

/// As few digits behind the point as say the same as `fixed`, and no point without any.
package func fixedTrimmed(_ value: Double, _ decimals: Int) -> String {
  guard var digits = digits(value, decimals) else { return trimmed("\(value)") }
  guard decimals > 0 else { return String(decoding: digits, as: UTF8.self) }
  while digits.last == UInt8(ascii: "0") { digits.removeLast() }
  if digits.last == UInt8(ascii: ".") { digits.removeLast() }
  return String(decoding: digits, as: UTF8.self)
}

/// nil where a number is too large for its digits to be told.
private func digits(_ value: Double, _ decimals: Int) -> [UInt8]? {
  let scale =
    decimals >= 0 && decimals < powers.count ? powers[decimals] : pow(10, Double(decimals))
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 9e15 else { return nil }
  var rest = Int(scaled)
  var digits: [UInt8] = []
  // From the last one on.
  repeat {
    digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
    rest /= 10
    if digits.count == decimals { digits.append(UInt8(ascii: ".")) }
  } while rest > 0 || digits.count < decimals || digits.last == UInt8(ascii: ".")
  if value < 0, scaled != 0 { digits.append(UInt8(ascii: "-")) }
  return digits.reversed()
}

/// Of ten, as `pow` has them.
private let powers: [Double] = [1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8]

/// Without zeros at its end, or a point.
package func trimmed(_ text: String) -> String {
  guard text.contains(".") else { return text }
  var text = text
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}
