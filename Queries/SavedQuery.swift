// A saved query: its head comment, parsed, and its SQL. README.md beside this file has the head's grammar.
// Leaves out: running it, and checking values against what a warehouse holds.

/// A saved query's head is malformed.
package struct SavedQueryError: Error, CustomStringConvertible {
  package let description: String
}

/// One parameter of a saved query. Unset ones are null, and the SQL itself resolves the default.
package struct QueryParameter: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case int, real, text
    /// Several with commas between them.
    case texts
  }

  /// Without its colon.
  package let name: String
  package let kind: Kind
  /// Where the known values stand, when the value has to be one of them.
  package let domain: Domain?
  package let defaultText: String
  package let meaning: String

  /// A column of a table.
  package struct Domain: Hashable, Sendable {
    package let table: String
    package let column: String

    /// What a value of it is called: "run" for run.name, "rule" for rank.rule.
    package var label: String { ["name", "key"].contains(column) ? table : column }
  }
}

package struct SavedQuery: Sendable {
  package let name: String
  /// One line, ending in a question mark.
  package let question: String
  package let notes: String?
  /// What else people call what it is about, beside the words of its name and question.
  package let keywords: [String]
  package let parameters: [QueryParameter]
  /// Where it stands in the catalogue, by size; nil for the end.
  package let place: Int?
  /// What the SQL needs beyond SQLite itself; nil for plain SQL.
  package let needs: String?
  /// The result's columns, in order.
  package let columns: [String]
  /// The whole file: a comment and one statement.
  package let text: String

  /// The statement without the head comment.
  package var sql: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.drop { $0.hasPrefix("--") || $0.isEmpty }
    return body.joined(separator: "\n")
  }

  /// Whether a text has a head to parse.
  package static func hasHead(_ text: String) -> Bool { text.hasPrefix("-- Question:") }

  /// - Throws: `SavedQueryError` naming the query, the line and what it should be.
  package init(name: String, text: String) throws(SavedQueryError) {
    var head = Head(query: name)
    for line in try Head.logicalLines(of: text, query: name) { try head.read(line) }
    guard let question = head.question else { throw head.error("its question is missing") }
    guard let columns = head.columns else { throw head.error("its Columns are missing") }
    self.name = name
    self.question = question
    notes = head.notes
    keywords = head.keywords
    parameters = head.parameters
    place = head.place
    needs = head.needs
    self.columns = columns
    self.text = text
  }

  package func parameter(_ name: String) -> QueryParameter? {
    parameters.first { $0.name == name }
  }
}

/// The head while it is read.
private struct Head {
  let query: String
  var question: String?
  var notes: String?
  var keywords: [String] = []
  var needs: String?
  var place: Int?
  var columns: [String]?
  var parameters: [QueryParameter] = []

  init(query: String) { self.query = query }

  /// The leading comment's lines, continuation lines (three spaces deep) joined to their first.
  static func logicalLines(of text: String, query: String) throws(SavedQueryError) -> [String] {
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("--") else { break }
      if line.hasPrefix("--   ") {
        guard let last = lines.popLast() else {
          throw Head(query: query).error("it begins with a continuation line")
        }
        lines.append(last + " " + line.dropFirst(5))
      } else {
        lines.append(String(line.dropFirst(line.hasPrefix("-- ") ? 3 : 2)))
      }
    }
    return lines
  }

  mutating func read(_ line: String) throws(SavedQueryError) {
    if line.hasPrefix(":") {
      let parameter = try parameter(line.dropFirst())
      guard !parameters.contains(where: { $0.name == parameter.name }) else {
        throw error("parameter :\(parameter.name) stands twice")
      }
      parameters.append(parameter)
      return
    }
    let parts = line.split(separator: ":", maxSplits: 1)
    let value = parts.count == 2 ? trimmed(parts[1]) : ""
    guard !value.isEmpty else {
      throw error("'\(line)' is neither 'KEY: TEXT' nor ':name type = default; meaning'")
    }
    switch parts[0] {
    case "Question":
      guard value.hasSuffix("?") else { throw error("its question does not end in '?'") }
      question = value
    case "Notes": notes = value
    case "Keywords": keywords = value.split(separator: ",").map(trimmed)
    case "Needs": needs = value
    case "Place":
      guard let number = Int(value) else { throw error("its Place '\(value)' is no number") }
      place = number
    case "Columns": columns = value.split(separator: ",").map(trimmed)
    default:
      throw error("'\(parts[0])' is none of Question, Notes, Keywords, Needs, Place, Columns")
    }
  }

  /// `name type [of table.column] = default; meaning`.
  private func parameter(_ text: Substring) throws(SavedQueryError) -> QueryParameter {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let words = sides[0].split(separator: " ").map(String.init)
    let tail = sides.count == 2 ? sides[1].split(separator: ";", maxSplits: 1).map(trimmed) : []
    guard tail.count == 2, words.count == 2 || words.count == 4 && words[2] == "of" else {
      throw error("':\(text)' is not ':name type [of table.column] = default; meaning'")
    }
    guard let kind = QueryParameter.Kind(rawValue: words[1]) else {
      throw error(
        ":\(words[0]) has the type '\(words[1])'; known are "
          + QueryParameter.Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    var domain: QueryParameter.Domain?
    if words.count == 4 {
      let path = words[3].split(separator: ".").map(String.init)
      guard path.count == 2, path.allSatisfy(isIdentifier) else {
        throw error("'\(words[3])' is not table.column")
      }
      domain = QueryParameter.Domain(table: path[0], column: path[1])
    }
    return QueryParameter(
      name: words[0], kind: kind, domain: domain, defaultText: tail[0], meaning: tail[1])
  }

  func error(_ reason: String) -> SavedQueryError {
    SavedQueryError(description: "saved query \(query): \(reason)")
  }
}

/// Domains become part of SQL text, so nothing but plain names may stand there.
private func isIdentifier(_ text: String) -> Bool {
  !text.isEmpty && text.utf8.allSatisfy { $0 == 95 || (97...122).contains($0) }
}

private func trimmed(_ text: some StringProtocol) -> String {
  var rest = text[...]
  while rest.first == " " { rest.removeFirst() }
  while rest.last == " " { rest.removeLast() }
  return String(rest)
}
