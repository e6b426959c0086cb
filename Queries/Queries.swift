// The saved queries, compiled in from the files beside this one.

extension SavedQuery {
  /// Every saved query, in the order of their heads' places; queries without one come last, by name.
  /// - Throws: `SavedQueryError` where a head is malformed, which a test rules out.
  package static func all() throws(SavedQueryError) -> [SavedQuery] {
    var queries: [SavedQuery] = []
    for (name, text) in embeddedTexts { queries.append(try SavedQuery(name: name, text: text)) }
    // Files come by name, and this sort keeps the order of equals.
    return queries.sorted { ($0.place ?? .max) < ($1.place ?? .max) }
  }
}
