// Which tokens of a sample a recording is taken of.

internal import Basics

/// Which token of a sample is taken where a layer has several.
package enum TokenChoice: Hashable, Sendable, CustomStringConvertible {
  case first
  /// The last one that is no padding.
  case last
  /// The mean of those that are no padding.
  case mean
  case at(Int)
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
      guard let position = Int(text), position >= 0 else {
        throw CaptureError(
          "--tokens takes first, last, mean, all or a position from 0, not '\(text.shown(80))'")
      }
      self = .at(position)
    }
  }

  package var description: String {
    switch self {
    case .first: "first"
    case .last: "last"
    case .mean: "mean"
    case .at(let position): "\(position)"
    case .all: "all"
    }
  }
}
