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

  /// The saved query of that name; nil where there is none. No other's head is parsed for it.
  /// - Throws: `SavedQueryError` where its head is malformed, which a test rules out.
  package static func named(_ name: String) throws(SavedQueryError) -> SavedQuery? {
    guard let entry = embeddedTexts.first(where: { $0.name == name }) else { return nil }
    return try SavedQuery(name: entry.name, text: entry.text)
  }
}
