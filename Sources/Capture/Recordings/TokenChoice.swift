// Which tokens of a sample a recording is taken of.

internal import Basics
internal import Networks

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

  /// What a layer over tokens is taken of where a sample stays one.
  /// - Throws: `CaptureError` where tokens would be samples of their own.
  func reduction() throws -> TokenReduction {
    switch self {
    case .first: .first
    case .last: .last
    case .mean: .mean
    case .at(let position): .at(position)
    case .several, .all:
      throw CaptureError(
        "--tokens \(self): expected one token of a sample, or the mean: first, last, mean or a position; tokens that "
          + "are samples of their own come from recordings (engram-ingest help recordings)")
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
