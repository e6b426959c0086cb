// The one error of this library. Nothing is printed here.

internal import Basics

/// Why a name, an option or a weight file's tensors could not be used: one line that says what was expected and found.
/// Files that cannot be read are WeightFiles'.
package struct NetworkError: Error, CustomStringConvertible, Equatable {
  package let description: String

  /// Control characters, which names out of files may have, are shown as dots.
  package init(_ description: String) { self.description = description.shown(100_000) }
}
