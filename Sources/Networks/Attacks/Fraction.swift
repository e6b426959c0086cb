// A number as people write distances between pixels: 8/255, or 0.5.

/// numerator / denominator, which keep their places: 16/510 is another text, and another value,
/// than 8/255.
package struct Fraction: Hashable, Sendable, CustomStringConvertible {
  package let numerator: Double
  /// Positive.
  package let denominator: Double

  package init(_ numerator: Double, over denominator: Double = 1) {
    precondition(denominator > 0, "A denominator is positive.")
    self.numerator = numerator
    self.denominator = denominator
  }

  /// "8/255" or "0.5"; nil for what is neither, or not finite.
  package init?(parsing text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.compactMap(Self.number)
    guard numbers.count == parts.count, numbers.count == 1 || numbers[1] > 0 else { return nil }
    self.init(numbers[0], over: numbers.count == 1 ? 1 : numbers[1])
  }

  package var value: Double { numerator / denominator }

  /// value · factor, exact where numerator · factor / denominator is: 8/255 times 255 is 8.
  package func times(_ factor: Double) -> Double { numerator * factor / denominator }

  package var description: String {
    Self.text(numerator) + (denominator == 1 ? "" : "/" + Self.text(denominator))
  }

  private static func number(_ text: Substring) -> Double? {
    guard text.allSatisfy({ "0123456789.eE+-".contains($0) }), let number = Double(text),
      number.isFinite
    else { return nil }
    return number
  }

  private static func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}
