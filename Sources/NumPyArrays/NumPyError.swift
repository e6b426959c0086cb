// The one error of this library.

/// Why a .npy file cannot be used, in one line with its path.
package struct NumPyError: Error, CustomStringConvertible {
  package let description: String

  init(_ subject: String, expected: String, found: String) {
    description = "\(subject): expected \(expected), found \(found)"
  }
}
