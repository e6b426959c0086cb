// Which tokens of a sample a run is taken of, and what tokens are called that are samples of their own.

internal import Basics
internal import Networks
internal import Warehouse

/// Which tokens of a sample are taken where arrays have several.
package enum TokenChoice: Hashable, Sendable, CustomStringConvertible {
  case first
  /// The last one that is no padding.
  case last
  /// The mean of those that are no padding.
  case mean
  case at(Int)
  /// Several positions, ascending, each a sample of its own.
  case several([Int])
  /// Every one that is no padding, a sample of its own.
  case all

  /// - Throws: `CaptureError` for another text.
  package init(parsing text: String) throws {
    switch text {
    case "first": self = .first
    case "last": self = .last
    case "mean": self = .mean
    case "all": self = .all
    default:
      let words = text.split(separator: ",", omittingEmptySubsequences: false)
      let positions = words.compactMap { Int($0) }
      guard positions.count == words.count, positions.allSatisfy({ $0 >= 0 }),
        Set(positions).count == positions.count
      else {
        throw CaptureError(
          "--tokens takes first, last, mean, all, a position from 0 or several of them with commas, each once, "
            + "not '\(text.shown(80))'")
      }
      self = positions.count == 1 ? .at(positions[0]) : .several(positions.sorted())
    }
  }

  package var description: String {
    switch self {
    case .first: "first"
    case .last: "last"
    case .mean: "mean"
    case .at(let position): "\(position)"
    case .several(let positions): positions.map(String.init).joined(separator: ",")
    case .all: "all"
    }
  }

  /// What a layer over tokens is taken of.
  var reduction: TokenReduction {
    switch self {
    case .first: .first
    case .last: .last
    case .mean: .mean
    case .at(let position): .at(position)
    case .several(let positions): .several(positions)
    case .all: .all
    }
  }

  /// The greatest position that it names.
  var greatest: Int? {
    switch self {
    case .at(let position): position
    case .several(let positions): positions.last
    case .first, .last, .mean, .all: nil
    }
  }

  /// The tokens that become samples of their own, of a sample of so many; nil where the sample stays one.
  func spread(_ length: Int) -> [Int]? {
    switch self {
    case .several(let positions): positions
    case .all: Array(0..<length)
    case .first, .last, .mean, .at: nil
    }
  }

  /// Whether tokens become samples of their own.
  var isSpread: Bool { spread(1) != nil }

  /// The key of a token that is a sample of its own.
  /// - Parameter sample: The key of what it is a token of.
  static func key(_ sample: String, token: Int) -> String { "\(sample)#\(token)" }

  /// The tokens that a sample which stays one is taken of.
  func tokens(_ length: Int) -> Range<Int> {
    switch self {
    case .first: 0..<1
    case .last: length - 1..<length
    case .at(let position): position..<position + 1
    case .mean, .several, .all: 0..<length
    }
  }
}

extension LabellingRecord {
  /// Tokens that are samples of their own, grouped by what they are tokens of.
  /// - Parameter origin: The key of that, by the token's position.
  static func tokens(
    _ rows: [SampleRow], source: String, origin: (Int) -> String
  ) -> LabellingRecord {
    LabellingRecord(
      name: "sample", source: source,
      labels: Dictionary(uniqueKeysWithValues: rows.map { ($0.id, origin($0.position)) }))
  }
}
