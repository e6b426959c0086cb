// What goes wrong with a data set, said in one line for a user.

/// A data set that cannot be read, or a choice that it cannot satisfy.
package struct DataSetError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// `subject: expected …, found …`, and what to do about it.
  init(_ subject: String, expected: String, found: String, hint: String? = nil) {
    self.init("\(subject): expected \(expected), found \(found)" + (hint.map { "; \($0)" } ?? ""))
  }
}

/// The known name closest to `name` by edit distance, if it is close enough to be a slip.
func nearest(to name: String, in known: [String]) -> String? {
  let candidates = known.map { (name: $0, distance: editDistance(name, $0)) }
  guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, name.count / 3) ? best.name : nil
}

/// "x, y and z" of the names, with the nearest to `name` first where there is one.
func knownNames(_ known: [String], nearestTo name: String) -> String {
  let list = known.joined(separator: ", ")
  return nearest(to: name, in: known).map { "did you mean '\($0)'? (known: \(list))" }
    ?? "known: \(list)"
}

/// Levenshtein's distance, letter case ignored.
private func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a.lowercased())
  let b = Array(b.lowercased())
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(diagonal + (letter == other ? 0 : 1), min(above, row[j]) + 1)
      diagonal = above
    }
  }
  return row[b.count]
}
