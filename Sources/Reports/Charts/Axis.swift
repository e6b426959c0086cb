// From values to positions along a line, and the ticks that label it. Leaves out: drawing.

internal import Basics
import Glibc

/// A scale from `low` to `high`; positions run from 0 at `low` to 1 at `high`.
package struct Axis: Sendable, Equatable {
  /// How values are spread: evenly, by their square roots, by their logarithms.
  package enum Transform: Sendable { case linear, squareRoot, logarithmic }

  /// A value on the axis and how it is written.
  package struct Tick: Sendable, Equatable {
    package let value: Double
    package let label: String
  }

  package let low: Double
  package let high: Double
  package let transform: Transform

  /// A span that is empty or not finite is widened to one; a logarithmic axis wants 0 < low.
  package init(low: Double, high: Double, transform: Transform = .linear) {
    precondition(transform != .logarithmic || low > 0, "a logarithmic axis starts above zero")
    precondition(transform != .squareRoot || low >= 0, "a square-root axis starts at zero or above")
    let usable = low.isFinite && high.isFinite && low < high
    self.low = low.isFinite ? low : 0
    self.high = usable ? high : self.low + max(1e-12, abs(self.low), low == 0 ? 1 : 0)
    self.transform = transform
  }

  /// Where `value` lies, from 0 to 1; values beyond the ends lie on them.
  package func position(_ value: Double) -> Double {
    let share = (apply(value) - apply(low)) / (apply(high) - apply(low))
    return share.isNaN ? 0 : min(1, max(0, share))
  }

  private func apply(_ value: Double) -> Double {
    switch transform {
    case .linear: value
    case .squareRoot: max(0, value).squareRoot()
    case .logarithmic: log10(max(value, low))
    }
  }

  /// `value` > 0 raised to one significant digit.
  package static func roundedUp(_ value: Double) -> Double {
    let unit = NumberText.power(Int(log10(value).rounded(.down)))
    return (value / unit - 1e-9).rounded(.up) * unit
  }

  /// `value` > 0 lowered to one significant digit.
  package static func roundedDown(_ value: Double) -> Double {
    let unit = NumberText.power(Int(log10(value).rounded(.down)))
    return max(1, (value / unit + 1e-9).rounded(.down)) * unit
  }

  /// About `count` round numbers within the axis, ascending and never closer than readable.
  package func ticks(_ count: Int = 5) -> [Tick] {
    precondition(count > 0, "an axis has at least one tick")
    return transform == .linear ? linearTicks(count) : spacedTicks(count)
  }

  private func linearTicks(_ count: Int) -> [Tick] {
    let raw = (high - low) / Double(count)
    var exponent = Int(log10(raw).rounded(.down))
    let lead = raw / NumberText.power(exponent)
    var step = lead <= 1.0001 ? 1.0 : lead <= 2.0001 ? 2 : lead <= 5.0001 ? 5 : 10
    if step == 10 { (step, exponent) = (1, exponent + 1) }
    step *= NumberText.power(exponent)
    var ticks: [Tick] = []
    var index = (low / step - 1e-9).rounded(.up)
    while index * step <= high + 1e-9 * step {
      let value = index * step
      let label =
        exponent < -5 || exponent > 6
        ? NumberText.short(value, digits: 2)
        : NumberText.fixed(value, decimals: max(0, -exponent))
      ticks.append(Tick(value: value, label: label))
      index += 1
    }
    return ticks
  }

  /// 0 and 1, 2, 5 × 10ⁿ, taken from the top while they stand far enough apart.
  private func spacedTicks(_ count: Int) -> [Tick] {
    let gap = 0.7 / Double(count)
    let top = Int(log10(high).rounded(.down))
    var ticks: [Tick] = []
    var last = Double.infinity
    func offer(_ value: Double) {
      guard value >= low * 0.999_999, value <= high * 1.000_001 else { return }
      let place = position(value)
      guard last - place >= gap else { return }
      ticks.append(
        Tick(value: value, label: value == 0 ? "0" : NumberText.trimmedShort(value)))
      last = place
    }
    offer(high)
    // Whole decades first when there are many of them.
    let decades = transform == .logarithmic ? log10(high / low) : 0
    for exponent in stride(from: top, through: top - 14, by: -1) {
      for lead in decades > 2.5 ? [1.0] : [5, 2, 1] {
        offer(lead * NumberText.power(exponent))
      }
    }
    if low == 0 {
      if let lowest = ticks.last, position(lowest.value) < gap { ticks.removeLast() }
      ticks.append(Tick(value: 0, label: "0"))
    }
    return ticks.reversed()
  }
}

extension NumberText {
  /// A round number in as few characters as it needs: 0.05, 20, 1e-5.
  static func trimmedShort(_ value: Double) -> String {
    let text = short(value)
    guard let mark = text.firstIndex(of: "e") else {
      return text.contains(".") ? trimmed(value, decimals: 7) : text
    }
    var lead = String(text[..<mark])
    while lead.hasSuffix("0") { lead.removeLast() }
    if lead.hasSuffix(".") { lead.removeLast() }
    return lead + text[mark...]
  }
}
