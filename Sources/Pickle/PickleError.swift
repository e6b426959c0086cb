// The one error of this library.

/// Why a pickle could not be read: half a line, without the file's path, which the caller puts
/// before it.
package struct PickleError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}
