// The one error of Bits: a blob that is not what it claims to be, or two that do not fit together.

/// What was expected, what was found; one line without the name of the blob, which the caller knows.
package struct BitsError: Error, CustomStringConvertible, Hashable, Sendable {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
