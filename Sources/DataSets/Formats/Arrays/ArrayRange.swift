// Which number of an array means white: told by the type and the numbers, or by the user; and what becomes of numbers that
// are no whole grey levels.

internal import Basics
internal import NumPyArrays

/// An array's numbers as grey levels: x · 255 / white, rounded.
struct ArrayRange: Sendable {
  /// The number that becomes 255.
  let white: Double
  /// Elements that are no whole grey level within a thousandth, and the largest distance of one from what it becomes.
  private(set) var rounded = 0
  private(set) var deviation = 0.0
  /// What else there is to say.
  private(set) var remark: String?

  /// Grey levels by which rounding errors of Float32 and Float16's neighbours stay whole.
  private static let tolerance = 1e-3
  /// An image whose brightest pixel is so dark would be nearly black if white were 255.
  private static let darkest = 16.0

  private struct Extremes: Sendable {
    var least = Double.infinity
    var most = -Double.infinity
    var isWhole = true
    /// Where a number is not finite.
    var strange: Int?
  }

  /// - Parameters:
  ///   - chosen: The user's `range=`.
  ///   - name: The data set as the user wrote it, for the message.
  init(_ images: ArrayFile, chosen: Double?, name: String) throws(DataSetError) {
    let found = Self.extremes(images)
    let (least, most) = (found.least, found.most)
    if let strange = found.strange {
      throw DataSetError(
        images.path, expected: "finite numbers",
        found: "\(images.value(strange)) at element \(strange)")
    }
    let told = "\(Self.told(least)) to \(Self.told(most))"
    guard least >= 0 else {
      throw DataSetError(
        images.path, expected: "numbers from 0 (black) to 1 or 255 (white)", found: told,
        hint: "save the images as they are before a mean is taken off, which --preprocess does")
    }
    if let chosen {
      white = chosen
    } else if images.element.kind == .truth {
      white = 1
    } else if images.element == .byte {
      white = 255
      if most <= Self.darkest {
        remark =
          "its largest number is \(Self.told(most)); if that means white, add "
          + "range=\(Self.told(most == 0 ? 1 : most))"
      }
    } else if most <= 1 + Self.tolerance / 255, !found.isWhole {
      white = 1
    } else if most > Self.darkest {
      white = 255
    } else {
      throw DataSetError(
        images.path, expected: "numbers that tell which of them means white",
        found: "\(images.element.name)\(found.isWhole ? ", all whole," : "") from \(told)",
        hint: "write \(name):range=1, or the number that means white")
    }
    guard most <= white * (1 + Self.tolerance / 255) else {
      throw DataSetError(
        images.path, expected: "numbers from 0 to \(Self.told(white))", found: told,
        hint: "write \(name):range=N with the number N that means white")
    }
    if !found.isWhole || (white != 255 && white != 1) { measureRounding(images) }
  }

  /// What the notes say of it, without the array's name.
  func told(_ images: ArrayFile) -> String {
    var text = "\(images.element.name) from 0 to \(Self.told(white))"
    if rounded > 0 {
      text +=
        "; \(rounded) of \(images.count) numbers are no whole grey levels and were rounded, "
        + "by \(fixed(deviation, 4)) levels at most"
    }
    return text + (remark.map { "; " + $0 } ?? "")
  }

  private mutating func measureRounding(_ images: ArrayFile) {
    let scale = 255 / white
    let tolerance = Self.tolerance
    let parts = Parallel.map(images.count, atATime: 1 << 18) { range in
      var (rounded, deviation) = (0, 0.0)
      let bytes = images.bytes
      for i in range {
        let level = images.element.value(i, of: bytes) * scale
        let distance = abs(level - nearest(level))
        if distance > tolerance { rounded += 1 }
        deviation = max(deviation, distance)
      }
      return (rounded, deviation)
    }
    for part in parts {
      rounded += part.0
      deviation = max(deviation, part.1)
    }
  }

  private static func extremes(_ images: ArrayFile) -> Extremes {
    let tolerance = tolerance
    let parts = Parallel.map(images.count, atATime: 1 << 18) { range in
      var found = Extremes()
      let bytes = images.bytes
      for i in range {
        let value = images.element.value(i, of: bytes)
        guard value.isFinite else {
          if found.strange == nil { found.strange = i }
          continue
        }
        found.least = min(found.least, value)
        found.most = max(found.most, value)
        if abs(value - nearest(value)) > tolerance { found.isWhole = false }
      }
      return found
    }
    return parts.reduce(into: Extremes()) { sum, part in
      sum.least = min(sum.least, part.least)
      sum.most = max(sum.most, part.most)
      sum.isWhole = sum.isWhole && part.isWhole
      sum.strange = sum.strange ?? part.strange
    }
  }

  private static func told(_ number: Double) -> String { trimmed(fixed(number, 6)) }
}

/// The nearest whole number: rounded() is a call of a library without a CPU's newer instructions.
private func nearest(_ value: Double) -> Double {
  // From 2⁵² on all are whole.
  abs(value) < 0x1p51 ? (value + 0x1.8p52) - 0x1.8p52 : value
}

extension ArrayFile {
  fileprivate func value(_ index: Int) -> Double { element.value(index, of: bytes) }
}
