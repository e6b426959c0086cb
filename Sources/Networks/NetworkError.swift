// The one error of this library. Nothing is printed here.

/// Why a weight file, a name or a network could not be used: one line that says what was expected and found.
package struct NetworkError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}
