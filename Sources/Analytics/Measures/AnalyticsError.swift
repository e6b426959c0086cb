// The error of this library: one line, ready to be shown.

/// A measure that cannot be taken from the data it was given.
package struct AnalyticsError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
