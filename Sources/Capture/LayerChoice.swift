// Which fully connected layers a run captures: all, the last few, or some by name.

internal import Basics

/// `all`, `last:N` or a list of names.
package enum LayerChoice: Equatable, Sendable {
  case all
  case last(Int)
  case named([String])

  /// - Throws: `CaptureError` for `last:` without a positive number and for empty names.
  package init(parsing text: String) throws {
    if text == "all" {
      self = .all
    } else if text.hasPrefix("last:") {
      guard let count = Int(text.dropFirst(5)), count > 0 else {
        throw CaptureError("layers '\(text)': last: takes a positive number, as in last:3")
      }
      self = .last(count)
    } else {
      let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard !names.contains("") else {
        throw CaptureError("layers '\(text)': expected all, last:N or names such as fc1,fc2")
      }
      self = .named(names)
    }
  }

  /// The chosen names, in the network's order.
  /// - Parameter known: The fully connected layers, first to last.
  /// - Throws: `CaptureError` where a name is unknown or more layers are asked for than there are.
  package func names(from known: [String]) throws -> [String] {
    switch self {
    case .all:
      return known
    case .last(let count):
      guard count <= known.count else {
        throw CaptureError(
          "layers last:\(count): the network has \(known.count) fully connected layers "
            + "(\(known.joined(separator: ", ")))")
      }
      return Array(known.suffix(count))
    case .named(let names):
      for name in names where !known.contains(where: name.hasBytes(of:)) {
        throw CaptureError(
          "layer '\(name)': not a fully connected layer of the network "
            + "(it has \(known.joined(separator: ", ")))")
      }
      return known.filter { name in names.contains(where: name.hasBytes(of:)) }
    }
  }
}
