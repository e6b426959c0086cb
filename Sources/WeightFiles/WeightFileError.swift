// The one error of this library. Nothing is printed here.

internal import Basics

/// Why a weight file could not be read or written: one line that says what was expected and found.
package struct WeightFileError: Error, CustomStringConvertible, Equatable {
  package let description: String

  /// Control characters, which names out of files may have, are shown as dots.
  package init(_ description: String) { self.description = description.shown(2000) }
}
