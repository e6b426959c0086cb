// What goes wrong with a data set, said in one line for a user.

internal import Basics

/// A data set that cannot be read, or a choice that it cannot satisfy.
package struct DataSetError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// `subject: expected …, found …`, and what to do about it.
  init(_ subject: String, expected: String, found: String, hint: String? = nil) {
    self.init("\(subject): expected \(expected), found \(found)" + (hint.map { "; \($0)" } ?? ""))
  }
}

/// "x, y and z" of the names, with the nearest to `name` first where there is one.
func knownNames(_ known: [String], nearestTo name: String) -> String {
  let list = listed(known, most: 20)
  return nearest(to: name, among: known, slips: 1).map { "did you mean '\($0)'? (known: \(list))" }
    ?? "known: \(list)"
}
