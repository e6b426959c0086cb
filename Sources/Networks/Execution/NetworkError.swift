// The one error of this library. Nothing is printed here.

internal import Pickle

/// Why a weight file, a name or a network could not be used: one line that says what was expected
/// and found.
package struct NetworkError: Error, CustomStringConvertible, Equatable {
  package let description: String

  /// Control characters, which names out of files may have, are shown as dots.
  package init(_ description: String) { self.description = description.shown(100_000) }
}
