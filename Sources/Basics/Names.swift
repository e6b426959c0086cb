// Says what is known, and what comes nearest, where a name is not.

/// "unknown KIND 'NAME'; did you mean 'X'? (known: A, B, C)".
package func unknown(
  _ kind: String, _ name: String, known: [String], most: Int = 20
) -> String {
  let best = nearest(to: name, among: known)
  var text = "unknown \(kind) '\(name.shown(200))'"
  if let best {
    text += "; did you mean '\(best.shown(200))'?"
    // Both look alike.
    if best == name, !best.hasBytes(of: name) { text += " It is in Unicode's other normal form." }
  }
  let first = known.count > most ? best.map { [$0] } ?? [] : []
  let shown = first + known.filter { one in !first.contains(where: one.hasBytes(of:)) }
  return text + (known.isEmpty ? " (none is known)" : " (known: \(listed(shown, most: most)))")
}

/// The items with commas between them: `most` of them, and how many more there are.
package func listed(_ items: [String], most: Int = 10, separator: String = ", ") -> String {
  let shown = items.prefix(most).map { $0.shown(200) }.joined(separator: separator)
  return items.count > most ? shown + separator + "and \(items.count - most) more" : shown
}

/// The candidate with the least edit distance, where that is small enough to be a slip: a third of the name, or `slips`
/// letters where that is more.
package func nearest(to name: String, among candidates: [String], slips: Int = 2) -> String? {
  let scored = candidates.map { (distance: editDistance(name, $0), name: $0) }
  guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(slips, name.count / 3) ? best.name : nil
}

/// Levenshtein's distance, letter case aside.
package func editDistance(_ a: String, _ b: String) -> Int {
  let target = Array(b.lowercased())
  var row = Array(0...target.count)
  for (i, letter) in a.lowercased().enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in target.indices {
      let substitution = diagonal + (letter == target[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
    }
  }
  return row[target.count]
}
