// The labels a network is trained on: true ones, or random ones drawn once by seed.

/// How training labels come about: `true`, `random` or `random:FRACTION`.
package enum LabelMode: Hashable, Sendable, CustomStringConvertible {
  case `true`
  /// Each sample's label is replaced with this probability by one drawn from all classes alike,
  /// which may be the true one again (Zhang et al. 2017).
  case random(fraction: Double)

  package init(parsing text: String) throws(DataSetError) {
    switch text {
    case "true": self = .true
    case "random": self = .random(fraction: 1)
    default:
      let prefix = "random:"
      guard text.hasPrefix(prefix), let fraction = Double(text.dropFirst(prefix.count)),
        fraction > 0, fraction <= 1
      else {
        throw DataSetError(
          "labels", expected: "true, random or random:FRACTION with a fraction up to 1",
          found: "'\(text)'")
      }
      self = .random(fraction: fraction)
    }
  }

  package var description: String {
    switch self {
    case .true: "true"
    case .random(let fraction): fraction == 1 ? "random" : "random:\(fraction)"
    }
  }
}

extension LabelMode: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// One label per sample of the whole data set, before any selection; nil for samples without one.
///
/// A sample's label depends on its position, the seed and the number of classes only: a subset is
/// trained on the same labels as the whole, and a larger fraction keeps a smaller one's labels.
package func assignedLabels(
  for set: ImageDataSet, mode: LabelMode, seed: UInt64
) -> [Int?] {
  guard case .random(let fraction) = mode else { return set.labels }
  return set.labels.enumerated().map { position, label in
    guard let label else { return nil }
    var generator = SeededGenerator(seed: seed, 0x1ABE1, UInt64(position))
    let drawn = generator.below(set.classes.count)
    return generator.unit() < fraction ? drawn : label
  }
}
