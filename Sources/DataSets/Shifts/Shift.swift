// Which shift of a data set a text such as "blur:3" or "gaussian-noise:2,seed=7" means. Applying it is in
// ShiftedImage.swift.

/// A shift as a user writes it.
///
/// - `blur:S`, `contrast:S`, `brightness:S`, `pixelate:S`, `jpeg:S`: severity S from 1 to 5.
/// - `gaussian-noise:S` or `gaussian-noise:S,seed=N`: the same with random numbers; the seed is 0
///   without one.
/// - `sign-noise:eps=E` or `sign-noise:eps=E,seed=N`: E from 0 to 1, a number or a fraction as in 8/255.
///
/// Equal shifts have equal descriptions, which are texts that mean them.
package struct Shift: Hashable, Sendable, CustomStringConvertible {
  enum Strength: Hashable, Sendable {
    case severity(Int)
    /// Of a range of 1.
    case epsilon(Double)
  }

  package let kind: ShiftKind
  let strength: Strength
  /// 0 where nothing is random.
  package let seed: UInt64

  package init(parsing text: String) throws(DataSetError) {
    let colon = text.firstIndex(of: ":") ?? text.endIndex
    let name = String(text[..<colon])
    guard let kind = ShiftKind(rawValue: name) else {
      let known = knownNames(ShiftKind.allCases.map(\.rawValue), nearestTo: name)
      throw DataSetError("shift '\(text)': no shift '\(name)'; \(known)")
    }
    var parts = text[colon...].dropFirst().split(separator: ",", omittingEmptySubsequences: false)
      .map(String.init)[...]
    strength = try Self.strength(parts.popFirst() ?? "", of: kind, in: text)
    self.kind = kind
    seed = try Self.seed(parts, of: kind, in: text)
  }

  package var description: String {
    let strength =
      switch strength {
      case .severity(let severity): "\(severity)"
      case .epsilon(let epsilon): "eps=\(Self.fraction(epsilon))"
      }
    return "\(kind.rawValue):\(strength)" + (seed == 0 ? "" : ",seed=\(seed)")
  }

  private static func strength(
    _ part: String, of kind: ShiftKind, in text: String
  ) throws(DataSetError) -> Strength {
    let found = part.isEmpty ? "none" : "'\(part)'"
    if kind == .signNoise {
      guard part.hasPrefix("eps="), let epsilon = number(part.dropFirst("eps=".count)),
        (0...1).contains(epsilon)
      else {
        throw DataSetError(
          "shift '\(text)'",
          expected: "eps=E with E from 0 to 1, such as \(kind.rawValue):eps=8/255", found: found)
      }
      return .epsilon(epsilon)
    }
    guard let severity = Int(part), (1...5).contains(severity) else {
      throw DataSetError(
        "shift '\(text)'", expected: "a severity 1, 2, 3, 4 or 5, such as \(kind.rawValue):3",
        found: found)
    }
    return .severity(severity)
  }

  private static func seed(
    _ parts: ArraySlice<String>, of kind: ShiftKind, in text: String
  ) throws(DataSetError) -> UInt64 {
    guard let part = parts.first else { return 0 }
    let rest = parts.joined(separator: ",")
    guard kind.isRandom else {
      throw DataSetError(
        "shift '\(text)'",
        expected: "nothing behind the severity, as \(kind.rawValue) is not random",
        found: "'\(rest)'")
    }
    guard parts.count == 1, part.hasPrefix("seed="),
      let seed = UInt64(part.dropFirst("seed=".count))
    else {
      throw DataSetError(
        "shift '\(text)'", expected: "seed=N with N from 0 and nothing else", found: "'\(rest)'")
    }
    return seed
  }

  /// "0.03" or "8/255"; nil for anything else.
  private static func number(_ text: Substring) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let numerator = Double(parts[0]) else { return nil }
    guard parts.count == 2 else { return numerator }
    return Double(parts[1]).map { numerator / $0 }
  }

  /// "8/255" for whole grey levels, else the shortest decimals.
  private static func fraction(_ epsilon: Double) -> String {
    let levels = (epsilon * 255).rounded()
    return levels / 255 == epsilon ? "\(Int(levels))/255" : "\(epsilon)"
  }
}

extension Shift: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
