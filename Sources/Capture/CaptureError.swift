// What can go wrong between a network, a data set and a warehouse.

/// One line: what was expected, what was found, what to do.
package struct CaptureError: Error, CustomStringConvertible, Equatable {
  package let description: String
  package init(_ description: String) { self.description = description }
}
